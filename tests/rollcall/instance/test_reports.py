"""Reports as the instance writes them: days, chain, late activity, pseudonyms, and what a kill leaves."""

import json
import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from rollcall.cli import main
from rollcall.instance.home import HomeRefused
from rollcall.instance.people import known_names, pseudonym
from rollcall.instance.write_report import NothingToReport
from rollcall.signing.keys import public_file
from rollcall.signing.license import read_license, write_license
from rollcall.signing.receipt import ReceiptStatement, write_receipt
from rollcall.signing.report_file import rows_of, statement_of
from rollcall.signing.revocations import KeyRevoked, Revocation, Revocations
from tests.rollcall.instance.site import Site, at
from tests.rollcall.signing.licenses import INSTANCE, NEXT, VENDOR, name, public


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Ana works on three days, Bo on one, a robot every day."""
    made = Site.at(tmp_path / "home")
    made.did("Ana@Aurel.example", at(1, 6, 2), at(1, 15, 40), at(2), at(5))
    made.did("bo@aurel.example", at(3, 7, 55), action="report.open")
    return made.did("svc-backup", at(1), at(2), at(3))


def test_a_week_becomes_one_report_that_says_everything(site: Site) -> None:
    (path,) = site.write(8).paths
    said, envelope = statement_of(path)
    assert (said.sequence, said.previous, str(said.start), str(said.end)) == (1, "", "2026-06-01", "2026-06-08")
    assert [(day.active_users, day.rows) for day in said.days] == [
        (2, 2),
        (2, 2),
        (2, 2),
        (0, 0),
        (1, 1),
        (0, 0),
        (0, 0),
    ]
    # The robot is in the rows, and the definition leaves it out of the count.
    assert (said.users, dict(said.counts)) == (3, {"active": 2})
    assert said.provisioned is not None
    assert said.provisioned.users == 250
    first = path.read_text().splitlines()[3]
    assert first == "ana@aurel.example,login,2026-06-01T06:02:00Z,2026-06-01T15:40:00Z,2,"
    found = site.check(path)
    assert (found.findings, found.signer) == ((), envelope.signer)


def test_the_vendors_own_count_of_the_file_is_the_one_that_it_states(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (path,) = site.write(8).paths
    terms = tmp_path / "definition.json"
    terms.write_text(json.dumps(site.license.definitions["active"].definition))
    span = ["--from", "2026-06-01", "--to", "2026-06-08"]
    assert main(["count", str(path), "--definition", str(terms), *span, "--json"]) == 0
    counted = json.loads(capsys.readouterr().out)
    assert counted["periods"][0]["active_users"] == statement_of(path)[0].counts["active"] == 2


def test_the_next_report_follows_the_one_before(site: Site) -> None:
    (first,) = site.write(3).paths
    site.now = at(9)
    (second,) = site.write(9).paths
    one, two = statement_of(first)[0], statement_of(second)[0]
    assert (two.sequence, two.previous, two.start) == (2, one.digest, date(2026, 6, 3))
    site.now = at(9, 10)
    with pytest.raises(NothingToReport, match="2026-06-09 is reported already"):
        site.write(9)


def test_what_comes_late_is_left_out_until_a_reason_is_given(site: Site) -> None:
    site.write(8)
    site.did("cleo@aurel.example", at(2, 11))
    site.now = at(10)
    written = site.write(10)
    assert [str(day) for day in written.late] == ["2026-06-02"]
    said = statement_of(written.paths[0])[0]
    assert (said.corrections, str(said.start)) == ((), "2026-06-08")
    (correction,) = site.write(10, reason="The log shipper was behind.").paths
    said = statement_of(correction)[0]
    assert (said.sequence, str(said.start), str(said.end)) == (3, "2026-06-02", "2026-06-03")
    assert [(one.of_sequence, str(one.day), one.reason) for one in said.corrections] == [
        (1, "2026-06-02", "The log shipper was behind.")
    ]
    assert said.days[0].active_users == 3
    assert site.check(correction).findings == ()


@pytest.mark.parametrize("point", ["before the state", "after the state"])
def test_a_kill_between_the_steps_never_uses_a_number_twice(
    site: Site, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(type(site.home), "save" if point == "before the state" else "publish", killed)
    with pytest.raises(KeyboardInterrupt):
        site.write(3)
    monkeypatch.undo()
    if point == "before the state":
        (path,) = site.write(3).paths
        assert statement_of(path)[0].sequence == 1
    else:
        with pytest.raises(NothingToReport):
            site.write(3)
    reports = list(site.home.outbox().glob("*.report.txt"))
    assert [statement_of(path)[0].sequence for path in reports] == [1]
    assert site.check(reports[0]).findings == ()


def test_two_instances_name_one_person_alike_and_nobody_by_name(tmp_path: Path) -> None:
    sites = [
        Site.at(tmp_path / folder, namespace="customer_key").with_customer_key(b"k" * 32) for folder in ("one", "two")
    ]
    users = []
    for number, one in enumerate(sites):
        one.did(("Ana@Aurel.example", "ana@aurel.example ")[number], at(1)).did("svc-backup", at(1))
        (path,) = one.write(3).paths
        users.append({row.user for row, _ in rows_of(path)})
        assert b"aurel" not in path.read_bytes().lower()
        assert statement_of(path)[0].excluded == {"by the customer's list": 1}
    hidden = pseudonym(b"k" * 32, contract="K-2026-001", user_key="ana@aurel.example")
    assert users == [{hidden}, {hidden}]
    assert known_names(sites[0].home.folder) == {hidden: "ana@aurel.example"}
    assert known_names(sites[0].home.folder).keys() == users[1]


def test_an_alias_of_the_customer_makes_one_person_of_two_ids(tmp_path: Path) -> None:
    site = Site.at(tmp_path / "home", namespace="customer_key").with_customer_key(b"k" * 32)
    (site.home.folder / "people.json").write_text('{"aliases": {"ana.old@aurel.example": "ana@aurel.example"}}')
    site.did("ana@aurel.example", at(1, 8)).did("ana.old@aurel.example", at(1, 10), at(1, 11))
    (path,) = site.write(2).paths
    assert [(row.events, row.first_at, row.last_at) for row, _ in rows_of(path)] == [(3, at(1, 8), at(1, 11))]
    assert statement_of(path)[0].counts == {"active": 1}


def test_a_receipt_takes_the_report_from_the_outbox_and_goes_into_the_next(site: Site, tmp_path: Path) -> None:
    (path,) = site.write(3).paths
    said = statement_of(path)[0]
    receipt = ReceiptStatement(
        vendor_id=said.vendor_id,
        contract=said.contract,
        instance=said.instance,
        sequence=1,
        report=said.digest,
        received_at=at(8, 10),
        issued_at=at(8, 10),
        counts={"active": 2},
        findings=(),
    )
    file = tmp_path / "receipt.txt"
    file.write_text(write_receipt(receipt, sign=VENDOR))
    assert main(["report", "receipt", str(file), "--home", str(site.home.folder)]) == 0
    assert [one.name for one in site.home.outbox().glob("*.report.txt")] == []
    site.now = at(9)
    (following,) = site.write(9).paths
    named = statement_of(following)[0].receipt
    assert named is not None
    assert (named.sequence, named.digest) == (1, receipt.digest)
    file.write_text(write_receipt(replace(receipt, report="sha256:" + "00" * 32), sign=VENDOR))
    assert main(["report", "receipt", str(file), "--home", str(site.home.folder)]) == 3


def test_a_report_can_be_read_and_checked_before_it_leaves(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (path,) = site.write(8).paths
    assert main(["report", "inspect", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "Table      7 rows about 3 users" in shown
    assert "Counted    2 active users (active)" in shown
    assert path.with_name(path.name.replace(".report.txt", ".summary.txt")).read_text() in shown
    key = tmp_path / "instance.pub"
    key.write_text(public_file(public(INSTANCE)))
    assert main(["report", "verify", str(path), "--key", str(key)]) == 0
    changed = tmp_path / "changed.txt"
    changed.write_bytes(path.read_bytes().replace(b",2,\n", b",1,\n"))
    assert main(["report", "verify", str(changed), "--key", str(key)]) == 3
    assert "TABLE: " in capsys.readouterr().out


def test_a_key_that_others_can_read_signs_nothing(site: Site) -> None:
    os.chmod(site.home.folder / "instance.key", 0o644)
    with pytest.raises(HomeRefused, match="can be read by others"):
        site.write(3)


def test_a_key_that_a_licence_revokes_is_never_trusted_again(site: Site) -> None:
    revoked = Revocation(fingerprint=name(NEXT), kind="vendor", from_seq=None, at=at(5))
    site.home.trust_more(replace(site.license, revocations=Revocations(number=1, revoked=(revoked,))))
    site.home.trust_more(site.license)
    known = site.home.trusted()
    assert (set(known.keys), known.revocations.revoked) == ({name(VENDOR), name(NEXT)}, (revoked,))
    written = write_license(replace(site.license, serial=2, issued_at=at(6)), sign=NEXT)
    with pytest.raises(KeyRevoked, match="was revoked"):
        read_license(written, trusted=known)
