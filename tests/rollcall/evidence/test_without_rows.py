"""Counts that have no rows are added up from what they state; true-ups are the difference of two ratings."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from rollcall.evidence import CountFolder, write_bundle
from rollcall.evidence.findings import Verification
from rollcall.evidence.verify import verify_bundle
from rollcall.terms.contract import ContractTerms
from tests.rollcall.evidence import bundles, printed
from tests.rollcall.evidence.bundles import KEY, Case, row

PUBLIC = bytes(KEY.verify_key)
SPAN = {"start": "2026-06-01", "end": "2026-07-01"}
REPORTED = bundles.terms_document(metric={"kind": "reported_users", "calculation": "max"})
PROVISIONED = bundles.terms_document(metric={"kind": "provisioned_users", "calculation": "max"})


def digest_of(said: dict[str, Any]) -> str:
    """Return the digest of a JSON document."""
    return f"sha256:{hashlib.sha256(rfc8785.dumps(said)).hexdigest()}"


def stated(terms: ContractTerms, **more: Any) -> CountFolder:
    """Return a count without rows."""
    metric = terms.metrics["active"]
    said: dict[str, Any] = {
        "schema": 1,
        "metric": "active",
        "kind": metric.kind,
        "definition": None,
        "metric_terms": metric.to_json(),
        "metric_digest": metric.digest(),
        "period": SPAN,
        "timezone": "Europe/Berlin",
        "since": "2026-06-01",
        "active_users": None,
        "reported_users": None,
        "daily": {},
        "series": {},
        "covered": {},
        "instances": {},
        "quantity": None,
        "quantity_by_user": [],
        "without_quantity": 0,
        "look_back": {},
        "given": {},
        "reported": [],
        "provisioned": None,
        "evidence": [],
        "evidence_set_digest": "",
        "verdicts_digest": "",
        "digest": "",
        "engine_version": "0.1.0",
        "tzdata_version": "2025b",
    }
    return CountFolder(document={**said, **more})


def reported(days: dict[str, int], daily: dict[str, int], users: int) -> CountFolder:
    """Return a count of reported users of two instances."""
    terms = ContractTerms.from_json(REPORTED)
    said = {"metric": terms.metrics["active"].digest(), **SPAN, "daily": daily, "users": users}
    reports = [
        {"report": "rp_a", "instance": "Berlin", "days": days},
        {"report": "rp_b", "instance": "Linz", "days": {"2026-06-02": 5}},
    ]
    return stated(
        terms,
        reported_users=users,
        daily=daily,
        quantity=str(users),
        given={"daily_users": daily},
        reported=reports,
        evidence_set_digest=digest_of({"numbers": reports}),
        digest=digest_of(said),
    )


def provisioned(levels: dict[str, int], highest: int) -> CountFolder:
    """Return a count of accounts by dated numbers."""
    terms = ContractTerms.from_json(PROVISIONED)
    said = {"metric": terms.metrics["active"].digest(), **SPAN, "levels": levels}
    return stated(
        terms,
        daily={f"2026-06-{day:02d}": 8 if day < 20 else 11 for day in range(1, 31)},
        series={"": levels},
        covered={"": sorted(levels)},
        quantity=str(highest),
        given={"levels": levels},
        digest=digest_of(said),
    )


def check(terms_document: dict[str, Any], count: CountFolder, folder: Path) -> Verification:
    """Rate a count, put the bundle together and check it."""
    terms, case, path = (
        ContractTerms.from_json(terms_document),
        Case(reports={}, terms=terms_document),
        folder / "b.zip",
    )
    rated, own = bundles.rated_folder(case, terms, count, bundles.usage_of(count))
    lines = [{**line.to_json(), "period": SPAN} for line in own.lines]
    instances = {entry["report"]: entry["instance"] for entry in count.document["reported"]}
    stating = [printed.report_of(name[3:], instance=instance) for name, instance in instances.items()]
    invoice = bundles.invoice_document(case, terms, lines, own, count)
    invoice["evidence"] = [printed.printed_file(one, count.document["evidence_set_digest"]) for one in stating]
    contents = bundles.put_together(case, invoice, {}, [count], [rated], folder, stating=stating)
    write_bundle(contents, path, sign=KEY)
    return verify_bundle(path, key=PUBLIC)


def test_reported_users_are_added_up_and_taken_as_stated(tmp_path: Path) -> None:
    found = check(REPORTED, reported({"2026-06-02": 7, "2026-06-03": 90}, {"2026-06-02": 12}, 12), tmp_path)
    assert [one.words() for one in found.differences] == []
    assert found.stated == ("The reported users are as stated: nobody's activity is behind them.",)


def test_a_sum_of_reports_that_is_none_is_found(tmp_path: Path) -> None:
    found = check(REPORTED, reported({"2026-06-02": 7}, {"2026-06-02": 13}, 13), tmp_path)
    assert "The daily figure on 2026-06-02 is stated as 13; it comes out as 12." in found.differences[1].sentence


def test_provisioned_users_are_read_from_their_dates(tmp_path: Path) -> None:
    found = check(PROVISIONED, provisioned({"2026-05-10": 8, "2026-06-20": 11}, 11), tmp_path)
    assert [one.words() for one in found.differences] == []
    wrong = check(PROVISIONED, provisioned({"2026-05-10": 8, "2026-06-20": 11}, 12), tmp_path)
    assert wrong.differences[0].sentence == "The quantity is stated as 12; it comes out as 11."


@pytest.mark.parametrize(
    ("amount", "settled", "is_equal"),
    [("29.00", None, True), ("28.00", None, False), ("20.00", {"amount": "20.00", "reason": "goodwill"}, True)],
)
def test_a_true_up_is_the_difference_or_what_was_settled(
    amount: str, settled: dict[str, str] | None, is_equal: bool, tmp_path: Path
) -> None:
    before = Case(reports={"one": [row("anna", 1), row("bert", 2), row("carl", 3)]})
    late = Case(reports={**before.reports, "late": [row("dora", 4)]})
    terms = ContractTerms.from_json(dict(before.terms))
    counts = [bundles.count_folder(case, terms, case.reports) for case in (before, late)]
    sides = []
    for count, role in zip(counts, ("true_up_before", "true_up_after"), strict=True):
        more: dict[str, Any] = {"role": role, "true_up": "tu_1"}
        side, made = bundles.rated_folder(before, terms, count, bundles.usage_of(count), **more)
        sides.append(replace(side, settled=settled) if role == "true_up_after" else side)
    line = {
        "key": "seats/true-up/tu_1",
        "charge": "seats",
        "kind": "true_up",
        "quantity": "1",
        "unit_price": amount,
        "amount": amount,
        "words": "one user more",
        "period": SPAN,
    }
    invoice = bundles.invoice_document(before, terms, [line], made, counts[1])
    invoice["evidence"] = printed.printed_files(late.reports)
    path = tmp_path / "b.zip"
    write_bundle(bundles.put_together(before, invoice, late.reports, counts, sides, tmp_path), path, sign=KEY)
    found = verify_bundle(path, key=PUBLIC)
    assert (found.status == 0) is is_equal, [one.words() for one in found.differences]
    if not is_equal:
        assert "is stated as 28; it comes out as 29." in found.differences[0].sentence
