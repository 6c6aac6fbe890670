"""A bundle is reproduced from its own rows; whatever was changed in it is found, with the user concerned."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollcall.evidence import BundleContents, CountFolder, add_names, write_bundle
from rollcall.evidence.verify import verify_bundle
from rollcall.evidence.write import write_members
from rollcall.rows import digest_of_rows
from rollcall.terms.contract import ContractTerms
from rollcall.terms.metrics import Metric
from tests.rollcall.evidence import bundles, printed
from tests.rollcall.evidence.bundles import KEY, OTHER_KEY, SALT, Case, row

PUBLIC, OTHER_PUBLIC = bytes(KEY.verify_key), bytes(OTHER_KEY.verify_key)
NAMES = ("anna", "anna.old", "bert", "carl", "dora", "emil", "svc-backup")
PEOPLE = Case(
    reports={
        "berlin": [
            row("anna", 1),
            row("anna", 9, "report.open", events=3),
            row("anna.old", 5),
            row("bert", 2),
            row("carl", 3),
            row("dora", 5, "logout"),
            row("svc-backup", 3),
        ],
        "linz": [row("anna", 9, instance="us"), row("emil", 10, instance='"u,s"\nb\tc\\')],
    },
    terms=bundles.terms_document(
        {**bundles.LOGIN, "excluded_users": ["svc-*"], "identity": {"aliases": {"anna.old": "anna"}}}
    ),
    names=NAMES,
)
PEAK: dict[str, Any] = {"kind": "active_users", "definition": dict(bundles.LOGIN), "calculation": "max"}
CASES = {
    "people, aliases, exclusions": PEOPLE,
    "days and events": replace(
        PEOPLE, terms=bundles.terms_document({"actions": ["*"], "min_events": 2, "min_days": 2})
    ),
    "per instance": replace(PEOPLE, terms=bundles.terms_document({**bundles.LOGIN, "per_instance": True})),
    "window at the end": replace(PEOPLE, terms=bundles.terms_document({**bundles.LOGIN, "window": {"days": 24}})),
    "window read daily": replace(
        PEOPLE,
        terms=bundles.terms_document({**bundles.LOGIN, "window": {"days": 7}, "evaluate": "daily", "min_days": 2}),
    ),
    "peak of people": replace(PEOPLE, terms=bundles.terms_document(metric=PEAK), covered={"": range(1, 29)}),
    "peaks of instances": replace(
        PEOPLE,
        terms=bundles.terms_document(metric={**PEAK, "across_instances": "peak_then_sum"}),
        covered={"Berlin-1": range(1, 31), "us": range(1, 31), '"u,s"\nb\tc\\': [10]},
        instances={"eu": "Berlin-1"},
    ),
    "sums of instances": replace(
        PEOPLE,
        terms=bundles.terms_document(metric={**PEAK, "across_instances": "sum_then_peak"}),
        covered={"": range(1, 31)},
    ),
    "quantities": Case(
        reports={"one": [row("anna", 1, "export", quantity="2.5"), row("bert", 2, "export", events=2), row("anna", 3)]},
        terms=bundles.terms_document(
            metric={
                "kind": "action_quantity",
                "definition": {"actions": ["export"]},
                "measure": "sum",
                "unit": "gigabyte",
                "units": "gigabytes",
            },
            charges={"seats": {"metric": "active", "price": {"model": "per_user", "unit_price": "1.10"}}},
        ),
    ),
    "nobody": Case(reports={}),
}


def words(path: Path, key: bytes | None = PUBLIC, engine: str = "auto") -> list[str]:
    """Return what a check finds, in words."""
    return [found.words() for found in verify_bundle(path, key=key, engine=engine).differences]


@pytest.mark.parametrize("engine", ["plain", "columnar"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_honest_bundle_is_equal(case: Case, engine: str, tmp_path: Path) -> None:
    found = verify_bundle(bundles.bundle(case, tmp_path), key=PUBLIC, engine=engine)
    assert [one.words() for one in found.differences] == []
    assert (found.outcome, found.status) == ("equal", 0)


@pytest.mark.parametrize("case", [each for name, each in CASES.items() if name != "nobody"])
def test_the_recount_script_of_the_bundle_agrees(case: Case, tmp_path: Path) -> None:
    with zipfile.ZipFile(bundles.bundle(case, tmp_path)) as archive:
        archive.extractall(tmp_path / "out")
    readme = (tmp_path / "out" / "README.txt").read_text()
    command = next(line.strip() for line in readme.splitlines() if "recount.py --definition" in line)
    arguments = [sys.executable, "-I", "recount.py", *command.split("recount.py ")[1].split(), "--json"]
    done = subprocess.run(arguments, cwd=tmp_path / "out", capture_output=True, text=True, check=True)
    (count,) = (tmp_path / "out" / "counts").iterdir()
    said = json.loads((count / "COUNT.json").read_text())
    (period,) = json.loads(done.stdout)["periods"]
    assert period["active_users"] == said["active_users"]
    assert period["daily_active_users"] == said["daily"]
    assert f"must say {said['active_users']:,} active users" in readme


def test_the_same_contents_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (bundles.bundle(PEOPLE, tmp_path, name=name).read_bytes() for name in ("a.zip", "b.zip"))
    assert first == second


def test_without_a_key_it_is_consistent_and_no_more(tmp_path: Path) -> None:
    found = verify_bundle(bundles.bundle(PEOPLE, tmp_path))
    assert (found.outcome, found.status, found.key_checked) == ("signer not checked", 3, False)


def test_another_key_is_refused(tmp_path: Path) -> None:
    path = bundles.bundle(PEOPLE, tmp_path, sign=OTHER_KEY)
    found = verify_bundle(path, key=PUBLIC)
    assert found.status == 1
    assert found.differences[0].code == "signature"
    assert words(path, OTHER_PUBLIC) == []


def test_one_changed_byte_in_any_member_is_found(tmp_path: Path) -> None:
    path, changed = bundles.bundle(PEOPLE, tmp_path), tmp_path / "changed.zip"
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    assert len(members) == 15
    for name, content in members.items():
        for place in (0, len(content) // 2, len(content) - 1):
            other = bytearray(content)
            other[place] ^= 1
            write_members({**members, name: bytes(other)}, changed)
            found = verify_bundle(changed, key=PUBLIC)
            assert found.status == 1, f"{name}, byte {place}"
            assert name in found.differences[0].words(), f"{name}, byte {place}"


def test_one_changed_byte_anywhere_in_the_file_is_found(tmp_path: Path) -> None:
    path, changed = bundles.bundle(PEOPLE, tmp_path), tmp_path / "changed.zip"
    content = path.read_bytes()
    for place in range(0, len(content), 97):
        other = bytearray(content)
        other[place] ^= 0x55
        changed.write_bytes(other)
        assert verify_bundle(changed, key=PUBLIC).status == 1, place


def test_a_member_more_or_less_is_found(tmp_path: Path) -> None:
    path, changed = bundles.bundle(PEOPLE, tmp_path), tmp_path / "changed.zip"
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    write_members({**members, "evidence/0123456789abcdef.csv": b"x"}, changed)
    assert words(changed) == ["evidence/0123456789abcdef.csv: is in the archive, but not in the manifest."]
    for name in ("recount.py", "INVOICE.xml"):
        write_members({one: content for one, content in members.items() if one != name}, changed)
        assert name in words(changed)[0]


def flipped(contents: BundleContents, terms: ContractTerms, user: str) -> BundleContents:
    """Return contents that bill one user less, with every figure and digest behind it changed to fit."""
    (count,) = contents.counts
    assert isinstance(count.verdicts, bytes)
    said: dict[str, Any] = json.loads(json.dumps(count.document))
    verdicts = b"".join(
        line.replace(b",yes,counted,", b",no,below_min_events,")
        if line.startswith(bundles.ref(user).encode())
        else line
        for line in count.verdicts.splitlines(keepends=True)
    )
    assert verdicts != count.verdicts
    said["active_users"] -= 1
    said["given"] = {"users": said["active_users"]}
    said["verdicts_digest"] = f"sha256:{hashlib.sha256(verdicts).hexdigest()}"
    metric = terms.metrics["active"]
    assert isinstance(metric, Metric)
    text = "\n".join(
        [
            f"definition {metric.definition.digest()}",
            "period 2026-06-01 2026-07-01",
            f"active_users {said['active_users']}",
            *(f"day {day} {users}" for day, users in sorted(said["daily"].items())),
            f"verdicts {said['verdicts_digest']}",
        ]
    )
    said["digest"] = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    other = CountFolder(document=said, verdicts=verdicts, resolution=count.resolution)
    rated, own = bundles.rated_folder(PEOPLE, terms, other, bundles.usage_of(other))
    span = {"start": "2026-06-01", "end": "2026-07-01"}
    lines = [{**line.to_json(), "period": span} for line in own.lines]
    invoice = bundles.invoice_document(PEOPLE, terms, lines, own, other)
    invoice["evidence"] = printed.printed_files(PEOPLE.reports)
    snapshot = f"sha256:{hashlib.sha256(rfc8785.dumps(invoice)).hexdigest()}"
    chain = f"sha256:{hashlib.sha256(f'{chr(10)}{snapshot}'.encode()).hexdigest()}"
    return replace(
        contents,
        counts=[other],
        rated=[rated],
        invoice=invoice,
        invoice_xml=printed.xml_of(invoice),
        snapshot_digest=snapshot,
        chain_digest=chain,
    )


def test_a_flipped_user_with_everything_made_to_fit_is_refused_and_named(tmp_path: Path) -> None:
    contents = flipped(bundles.contents_of(PEOPLE, tmp_path), ContractTerms.from_json(dict(PEOPLE.terms)), "carl")
    path, with_names = tmp_path / "flipped.zip", tmp_path / "named.zip"
    write_bundle(contents, path, sign=KEY)
    found = verify_bundle(path, key=PUBLIC)
    assert found.status == 1
    assert found.differences[0].user_ref == bundles.ref("carl")
    assert "not counted (below min events), 1 active days" in found.differences[0].sentence
    assert [step.outcome for step in found.steps if step.what in ("signature", "evidence")] == ["valid", "hashes match"]
    add_names(path, with_names, names=bundles.names_file(NAMES, tmp_path), salt=SALT)
    named = verify_bundle(with_names, key=PUBLIC)
    assert (named.status, named.differences[0].user) == (1, "carl")
    assert named.differences[0].words().startswith(f"counts/{contents.counts[0].folder}/verdicts.csv: user carl: ")


@pytest.mark.parametrize(
    ("place", "change", "words_found"),
    [
        ("totals", {"gross": "1.00"}, "The amount with tax is stated as 1.00; it comes out as "),
        ("totals", {"net": "1.00"}, "The net amount is stated as 1.00"),
        ("lines", {"amount": "1.00"}, "The amount of line 1"),
        ("lines", {"quantity": "7"}, "The quantity of line 1"),
        ("counts", {"active": 9}, "The number of active users is stated as 9; it comes out as 4."),
        ("count", {"digest": "sha256:00"}, "The digest of the count"),
        ("contract", {"terms_digest": "sha256:00"}, "The digest of the terms"),
    ],
)
def test_a_changed_invoice_is_found(place: str, change: dict[str, Any], words_found: str, tmp_path: Path) -> None:
    def changing(invoice: dict[str, Any]) -> None:
        (invoice[place][0] if isinstance(invoice[place], list) else invoice[place]).update(change)

    path = tmp_path / "changed.zip"
    write_bundle(bundles.contents_of(PEOPLE, tmp_path, change=changing), path, sign=KEY)
    assert any(words_found in one for one in words(path))


def test_the_e_invoice_must_say_the_same(tmp_path: Path) -> None:
    contents, path = bundles.contents_of(PEOPLE, tmp_path), tmp_path / "changed.zip"
    assert isinstance(contents.invoice_xml, bytes)
    gross = contents.invoice["totals"]["gross"].encode()
    other = contents.invoice_xml.replace(b"<i:GrandTotalAmount>" + gross, b"<i:GrandTotalAmount>1.00")
    write_bundle(replace(contents, invoice_xml=other), path, sign=KEY)
    assert words(path) == [
        f"INVOICE.xml: The amount with tax (BT-112) is stated as 1; it comes out as {gross.decode()}."
    ]
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + contents.invoice_xml.partition(b"?>")[2]
    write_bundle(replace(contents, invoice_xml=bomb), path, sign=KEY)
    assert "declares types or entities" in words(path)[0]


def test_names_must_make_their_references(tmp_path: Path) -> None:
    path, named = bundles.bundle(PEOPLE, tmp_path), tmp_path / "named.zip"
    names = bundles.names_file(NAMES, tmp_path)
    add_names(path, named, names=names, salt=SALT)
    found = verify_bundle(named, key=PUBLIC)
    assert (found.status, found.stated) == (0, ())
    add_names(path, named, names=names, salt=b"another salt")
    assert verify_bundle(named, key=PUBLIC).differences[0].code == "names"
    names.write_text(names.read_text().replace('"bert"', '"beat"'))
    add_names(path, named, names=names, salt=SALT)
    assert verify_bundle(named, key=PUBLIC).differences[0].user_ref == bundles.ref("bert")


def test_an_exclusion_that_the_terms_do_not_know_is_found_by_the_names(tmp_path: Path) -> None:
    contents = bundles.contents_of(PEOPLE, tmp_path)
    (count,) = contents.counts
    assert count.resolution is not None
    excluded = sorted([*count.resolution["excluded"], bundles.ref("carl")])
    other = replace(count, resolution={**count.resolution, "excluded": excluded})
    rated = [replace(one, count=other) for one in contents.rated]
    path, named = tmp_path / "changed.zip", tmp_path / "named.zip"
    write_bundle(replace(contents, counts=[other], rated=rated), path, sign=KEY)
    add_names(path, named, names=bundles.names_file(NAMES, tmp_path), salt=SALT)
    found = verify_bundle(named, key=PUBLIC).differences[0]
    assert (found.code, found.user) == ("resolution", "carl")


ROWS = PEOPLE.reports["berlin"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    number=st.integers(0, len(ROWS) - 1),
    change=st.sampled_from(
        [
            {"events": 7},
            {"action": "login2"},
            {"instance": "asia"},
            {"first_minute": 0},
            {"last_minute": 1439},
            {"user_ref": bundles.ref("zoe")},
            {"day": ROWS[0].day.replace(day=28)},
            None,
        ]
    ),
)
def test_any_change_of_one_row_is_noticed(number: int, change: dict[str, Any] | None, tmp_path: Path) -> None:
    """Also where the evidence and the manifest were made to fit the changed row and the count was left as it was."""
    contents = bundles.contents_of(PEOPLE, tmp_path)
    rows = list(ROWS)
    changed = rows.pop(number)
    if change is not None:
        rows.append(changed._replace(**change))
    digest = digest_of_rows(ROWS)
    evidence = {**contents.evidence, digest: bundles.csv_bytes(rows, tmp_path)}
    path = tmp_path / "changed.zip"
    write_bundle(replace(contents, evidence=evidence), path, sign=KEY)
    found = verify_bundle(path, key=PUBLIC)
    assert found.status == 1
    assert found.differences[0].code.startswith("evidence.")
