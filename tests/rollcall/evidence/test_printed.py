"""One value changed in an otherwise honest bundle, signed again with the right key: a sentence says which it is."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from rollcall.evidence.verify import verify_bundle
from tests.rollcall.evidence import bundles, printed
from tests.rollcall.evidence.bundles import KEY, Case, row

CASE = Case(
    reports={
        "berlin": [row("anna", 1, events=4), row("bert", 2)],
        "linz": [row("carl", 3, instance="us")],
    },
    terms=bundles.terms_document(
        charges={
            "seats": {
                "metric": "active",
                "price": {"model": "per_user", "unit_price": "10.00"},
                "floor": {"minimum_users": 5, "shortfall_priced_by": "tiers"},
            }
        }
    ),
)
OTHER = "sha256:" + "0" * 64
INVOICE, REPORTS, COUNT = "INVOICE.json", "REPORTS.json", "COUNT.json"


def put(value: Any, *way: str | int) -> Callable[[Any], None]:
    """Return what sets one value in a document."""

    def change(document: Any) -> None:
        for step in way[:-1]:
            document = document[step]
        assert document[way[-1]] != value
        document[way[-1]] = value

    return change


def twice(document: Any) -> None:
    """Let a list of the invoice name its first file twice."""
    document["evidence"].append(document["evidence"][0])


def another_version(document: Any) -> None:
    """Let the invoice tell a version that no rating of the bundle knows."""
    document["contract"]["versions"] = [{"number": 2, "start": "2026-06-11", "end": "2026-07-01", "sentences": []}]


def not_once(document: Any) -> None:
    """Let the invoice leave out its last file."""
    document["evidence"].pop()


def six_activities(document: Any) -> None:
    """Let the five rows of the first file stand for six activities; its evidence has five."""
    document[0]["events"] = 6


def unknown(document: Any) -> None:
    """Let a file with numbers stand among the reports that nothing adds up."""
    document.append(printed.report_of("extra"))


CHANGES: dict[str, tuple[str, Callable[[Any], None], str]] = {
    "provisioned": (INVOICE, put({"users": 9}, "counts", "provisioned"), "The number of provisioned users is stated"),
    "reported": (INVOICE, put(9, "counts", "reported"), "reported users is stated as 9; it comes out as nothing."),
    "active": (INVOICE, put(9, "counts", "active"), "The number of active users is stated as 9; it comes out as 3."),
    "billable": (INVOICE, put(9, "counts", "billable"), "billable users is stated as 9; it comes out as 3."),
    "billed": (INVOICE, put(3, "counts", "billed"), "billed users is stated as 3; it comes out as 5."),
    "nobody billed": (INVOICE, put(None, "counts", "billed"), "is stated as nothing; it comes out as 5."),
    "count": (INVOICE, put(OTHER, "count", "digest"), "The digest of the count is stated as"),
    "set": (INVOICE, put(OTHER, "count", "evidence_set_digest"), "The digest of all evidence is stated as"),
    "engine": (INVOICE, put("9.9", "count", "engine_version"), "The version of the engine is stated as 9.9"),
    "zones": (INVOICE, put("1999a", "count", "tzdata_version"), "The version of the time zones is stated as 1999a"),
    "definition": (INVOICE, put(OTHER, "definition", "digest"), "The digest of the definition is stated as"),
    "words": (INVOICE, put("Everybody.", "definition", "words"), "The definition is stated as Everybody."),
    "terms": (INVOICE, put(OTHER, "contract", "terms_digest"), "The digest of the terms is stated as"),
    "sentences": (INVOICE, put("Free.", "contract", "sentences", 0), "the terms are not told as they are."),
    "versions": (INVOICE, another_version, "the versions that rule it are not told as they are."),
    "noun": (INVOICE, put("beds", "charges", "seats", "noun"), "The charge seats is stated as"),
    "charge's kind": (INVOICE, put("seats", "charges", "seats", "metric"), "The charge seats is stated as"),
    "step": (INVOICE, put("Free.", "working", 0, "words"), "Step 1 of the working is stated as"),
    "steps": (INVOICE, put([], "working"), "Step 1 of the working is stated as nothing"),
    "credits": (INVOICE, put([{}], "credits"), "What happened to credits is stated as"),
    "schema": (INVOICE, put(2, "schema"), "The schema is stated as 2"),
    "rating": (INVOICE, put(OTHER, "ratings", 0, "digest"), "The digest of the rating of seats, 1 to 30 Jun 2026, is"),
    "charge": (INVOICE, put("other", "ratings", 0, "charge"), "The list of rated charges is stated as"),
    "no rating": (INVOICE, put([], "ratings"), "The list of rated charges is stated as []"),
    "attached terms": (INVOICE, put("USD", "attachments", "TERMS.json", "currency"), "the attached TERMS.json is not"),
    "attached usage": (INVOICE, put([], "attachments", "USAGE.json", "periods"), "the attached USAGE.json is not"),
    "attached rule": (INVOICE, put({}, "attachments", "DEFINITION.json"), "the attached DEFINITION.json is not"),
    "digest of a file": (INVOICE, put(OTHER, "evidence", 0, "digest"), "is behind none of the counts"),
    "report of a file": (INVOICE, put("rp_x", "evidence", 0, "report_public_id"), "is behind none of the counts"),
    "name of a file": (
        INVOICE,
        put("x.csv", "evidence", 0, "file_name"),
        "The name of the file berlin.csv (rp_berlin)",
    ),
    "hash of a file": (INVOICE, put("0" * 64, "evidence", 0, "sha256"), "The SHA-256 of the file berlin.csv"),
    "instance": (INVOICE, put("Linz", "evidence", 0, "instance"), "The instance of the file berlin.csv"),
    "grade": (INVOICE, put("counts", "evidence", 0, "grade"), "The grade of the file berlin.csv"),
    "read": (INVOICE, put(99, "evidence", 0, "rows_read"), "The number of rows read of the file berlin.csv"),
    "accepted": (
        INVOICE,
        put(99, "evidence", 0, "rows_accepted"),
        "The number of rows accepted of the file berlin.csv",
    ),
    "apart": (INVOICE, put(0, "evidence", 0, "rows_quarantined"), "The number of rows kept apart of the file berlin"),
    "a file less": (INVOICE, not_once, "linz.csv (rp_linz) is behind a count, but not in the list of evidence."),
    "a file twice": (INVOICE, twice, "a file stands twice in the list of evidence."),
    "rows of a report": (
        REPORTS,
        put(4, 0, "rows_accepted"),
        "berlin.csv (rp_berlin) is stated as 4; it comes out as 5",
    ),
    "activities of a report": (
        REPORTS,
        six_activities,
        "The number of activities of berlin.csv (rp_berlin) is stated as 6; it comes out as 5",
    ),
    "too many rows": (REPORTS, put(5, 0, "rows_read"), "more rows were accepted and kept apart than read."),
    "hash of a report": (REPORTS, put("0" * 64, 0, "sha256"), "The SHA-256 of the file berlin.csv"),
    "no evidence": (REPORTS, put(None, 0, "evidence"), "has no report, or is not in the bundle."),
    "a report more": (REPORTS, unknown, "extra.csv (rp_extra) has no evidence, and no count adds up its numbers."),
    "a rule's digest": (COUNT, put(OTHER, "metric_digest"), "The digest of the metric is stated as"),
    "set of the count": (COUNT, put(OTHER, "evidence_set_digest"), "The digest of all evidence is stated as"),
    "version of a count": (COUNT, put("9.9", "engine_version"), "comes out as 9.9."),
}


def members_of(path: Path) -> dict[str, bytes]:
    """Return all members of a bundle."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_honest_bundle_is_equal_when_it_is_signed_again(tmp_path: Path) -> None:
    bundles.signed_again(members_of(bundles.bundle(CASE, tmp_path)), tmp_path / "again.zip")
    assert verify_bundle(tmp_path / "again.zip", key=bytes(KEY.verify_key)).status == 0


@pytest.mark.parametrize(("kind", "change", "sentence"), CHANGES.values(), ids=CHANGES)
def test_one_changed_value_is_said(kind: str, change: Callable[[Any], None], sentence: str, tmp_path: Path) -> None:
    members, path = members_of(bundles.bundle(CASE, tmp_path)), tmp_path / "changed.zip"
    (name,) = (name for name in members if name.endswith(kind))
    document = json.loads(members[name])
    change(document)
    bundles.signed_again({**members, name: rfc8785.dumps(document)}, path)
    found = verify_bundle(path, key=bytes(KEY.verify_key))
    told = [one.words() for one in found.differences]
    assert found.status == 1
    assert sentence in told[0], told
    # A value of a count is also printed on the invoice.
    assert len({one.code for one in found.differences}) == 1 or kind == COUNT, told


def test_rows_that_stand_for_fewer_activities_than_rows_are_no_reports(tmp_path: Path) -> None:
    members, path = members_of(bundles.bundle(CASE, tmp_path)), tmp_path / "changed.zip"
    document = json.loads(members[REPORTS])
    document[0]["events"] = document[0]["rows_accepted"] - 1
    bundles.signed_again({**members, REPORTS: rfc8785.dumps(document)}, path)
    found = verify_bundle(path, key=bytes(KEY.verify_key))
    assert found.status == 1
    assert "REPORTS.json is not written as reports are" in found.differences[0].words()
