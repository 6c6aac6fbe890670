"""Reports of totals alone: numbers of days leave the house, the rows stay, and one user can still be proven."""

import base64
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from rollcall.cli import main
from rollcall.instance.home import HomeRefused
from rollcall.signing.fields import PayloadRefused
from rollcall.signing.keys import public_file
from rollcall.signing.report import sign_report, with_seals
from rollcall.signing.report_file import statement_of, write_totals_file
from rollcall.signing.report_totals import totals_of
from tests.rollcall.instance.site import Site, at
from tests.rollcall.signing.licenses import INSTANCE, public

TABLE = """day,users_with_activity
2026-06-01,2
2026-06-02,1
2026-06-03,1
2026-06-04,0
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Ana works on two days, Bo on two; the licence counts nobody and wants totals alone."""
    made = Site.at(tmp_path / "home", disclosure="totals", definitions={})
    made.did("ana@aurel.example", at(1, 6), at(1, 15), at(2)).did("bo@aurel.example", at(1, 7), at(3, 7))
    return made


def kept(site: Site) -> list[Path]:
    return sorted(site.home.kept().iterdir())


def test_the_file_has_a_number_a_day_and_nobody_in_it(site: Site) -> None:
    (path,) = site.write(5).paths
    first, envelope, table = path.read_text().split("\n", 2)
    assert (first, table) == ("ROLLCALL REPORT 1", TABLE)
    stated = base64.b64decode(json.loads(envelope)["payload"])
    assert b"ana" not in stated
    assert b"aurel.example" not in stated
    said = statement_of(path)[0]
    assert (said.users, said.counts, said.table_rows, [day.rows for day in said.days]) == (2, {}, 4, [2, 1, 1, 0])
    assert site.check(path).findings == ()


def test_the_rows_stay_in_the_home_under_the_name_of_the_report(site: Site) -> None:
    (path,) = site.write(5).paths
    (rows,) = kept(site)
    assert rows.name == path.name.replace(".report.txt", ".rows.csv")
    assert rows.read_text().splitlines()[1] == "ana@aurel.example,login,2026-06-01T06:00:00Z,2026-06-01T15:00:00Z,2,"
    assert [one.name for one in site.home.outbox().iterdir() if "rows" in one.name] == []


def test_the_summary_says_what_leaves_and_what_stays(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    (path,) = site.write(5).paths
    assert main(["report", "inspect", str(path)]) == 0
    said = capsys.readouterr().out
    assert "Table      4 days: how many users were active on each. Nobody is named." in said
    assert "Kept here  the rows about 2 users" in said


@pytest.mark.parametrize(
    ("user", "words"), [("ana@aurel.example", "with these rows and no others:"), ("cleo@aurel.example", "is not in")]
)
def test_one_user_is_proven_from_the_rows_that_stayed(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str], user: str, words: str
) -> None:
    (path,) = site.write(5).paths
    proof, key_file = tmp_path / "proof.json", tmp_path / "instance.pub"
    key_file.write_text(public_file(public(INSTANCE)))
    assert main(["report", "prove", str(path), user]) == 3
    assert "the rows behind them lie in the folder `kept`" in capsys.readouterr().err
    assert main(["report", "prove", str(path), user, "--rows", str(kept(site)[0])]) == 0
    proof.write_text(capsys.readouterr().out)
    assert main(["report", "check", str(proof), "--key", str(key_file)]) == 0
    assert words in capsys.readouterr().out


def test_nothing_is_proven_from_rows_that_were_changed(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    (path,) = site.write(5).paths
    (rows,) = kept(site)
    rows.write_text(rows.read_text().replace("bo@", "bob@"))
    assert main(["report", "prove", str(path), "bob@aurel.example", "--rows", str(rows)]) == 3
    assert "are not those that the report was signed over" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("2026-06-02,1", "2026-06-02,0"), "Line 5 is not what"),
        (lambda text: text.replace("2026-06-04,0\n", ""), "Line 7 is not what"),
        (lambda text: text + "2026-06-05,1\n", "Line 8 is not what"),
        (lambda text: text.replace("day,users", "day,people"), "Line 3 is not what"),
    ],
    ids=["fewer users", "a day less", "a day more", "another header"],
)
def test_a_changed_number_is_refused_by_its_line(site: Site, change: object, words: str) -> None:
    (path,) = site.write(5).paths
    path.write_text(change(path.read_text()))  # type: ignore[operator]
    (found,) = site.check(path).findings
    assert found.code == "TABLE"
    assert words in found.words


def test_no_statement_of_totals_is_signed_over_another_table(site: Site) -> None:
    (path,) = site.write(5).paths
    said = statement_of(path)[0]
    for wrong in ({"table_sha256": "0" * 64}, {"table_rows": 3}, {"definitions": {"a": f"sha256:{'0' * 64}"}}):
        counts = dict.fromkeys(wrong.get("definitions", {}), 1)  # type: ignore[attr-defined]
        with pytest.raises(PayloadRefused, match="totals alone"):
            sign_report(replace(said, counts=counts, **wrong), sign=site.key)  # type: ignore[arg-type]


def test_a_lower_number_breaks_the_seal_even_where_it_is_signed_again(site: Site, tmp_path: Path) -> None:
    (path,) = site.write(5).paths
    said = statement_of(path)[0]
    days = (said.days[0], replace(said.days[1], active_users=0), *said.days[2:])
    table = totals_of(days)
    lower = replace(said, days=days, table_sha256=table.sha256, table_bytes=table.size)
    forged = tmp_path / "forged.txt"
    write_totals_file(forged, envelope=sign_report(lower, sign=site.key), table=table)
    assert [one.code for one in site.check(forged).findings] == ["SEAL"]
    resealed = replace(lower, days=with_seals(days, before=""))
    again = tmp_path / "again.txt"
    write_totals_file(again, envelope=sign_report(resealed, sign=site.key), table=table)
    # Nobody outside can see that; the next report of the true chain, a fork of the number, or an audit does.
    assert site.check(again).findings == ()


def test_what_comes_late_is_stated_anew_with_a_reason(site: Site) -> None:
    site.write(5)
    site.did("cleo@aurel.example", at(2, 11))
    site.now = at(10)
    (correction,) = site.write(5, reason="A log was late.").paths
    said = statement_of(correction)[0]
    assert (correction.read_text().split("\n", 2)[2], len(said.corrections)) == (
        "day,users_with_activity\n2026-06-02,2\n",
        1,
    )
    assert site.check(correction).findings == ()
    assert len(kept(site)) == 2


def test_a_kill_leaves_no_rows_of_a_report_that_never_was(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(type(site.home), "save", killed)
    with pytest.raises(KeyboardInterrupt):
        site.write(4)
    monkeypatch.undo()
    (path,) = site.write(5).paths
    assert [one.name[:28] for one in kept(site)] == [path.name[:28]]
    assert site.check(path).findings == ()


def test_a_licence_that_counts_people_cannot_want_totals_alone(tmp_path: Path) -> None:
    with pytest.raises(HomeRefused, match="counts people by a definition and wants totals alone"):
        Site.at(tmp_path / "home", disclosure="totals").write_until(date(2026, 6, 2))
