"""What each trick meets: every one is detected, named by its code, and said in a sentence."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from rollcall.instance.home import Home
from rollcall.instance.write_report import ReportWriter
from rollcall.period import Period
from rollcall.signing.report import Statement, sign_report, with_seals
from rollcall.signing.report_chain import HOLDING, Chain, ChainFinding, Known, follow
from rollcall.signing.report_file import rows_of, statement_of, write_report_file
from rollcall.terms.activity import ActivityDefinition
from tests.rollcall.instance.site import Site, at
from tests.rollcall.signing.licenses import INSTANCE, key


def story(folder: Path) -> Site:
    """Three people work every day of the first three weeks of June."""
    site = Site.at(folder)
    for day in range(1, 22):
        site.did("ana@aurel.example", at(day)).did("bo@aurel.example", at(day, 10)).did("cy@aurel.example", at(day, 11))
    return site


def weekly(site: Site, *ends: int) -> list[Path]:
    """Write a report up to each of these days, on the morning of that day."""
    paths = []
    for end in ends:
        site.now = at(end)
        paths += site.write(end).paths
    return paths


def judged(paths: list[Path], *, received: int = 25) -> list[ChainFinding]:
    """What the vendor says of the last of the reports, with the others there."""
    statements = [statement_of(path)[0] for path in paths]
    *before, last = statements
    near: dict[int, list[Known]] = {}
    for one in before:
        near.setdefault(one.sequence, []).append(Known(statement=one, digest=one.digest))
    earlier = [one for one in before if one.sequence < last.sequence]
    chain = Chain(
        near=near,
        spans=[(one.sequence, Period(one.start, one.end)) for one in earlier],
        newest_receipt=max((one.receipt.sequence for one in earlier if one.receipt), default=0),
    )
    return follow(last, digest=last.digest, chain=chain, received_at=at(received))


def codes(found: list[ChainFinding]) -> list[str]:
    return sorted({one.code for one in found})


def changed(site: Site, path: Path, to: Path, change: Callable[[Statement], Statement]) -> Path:
    """Sign a report again whose statement says something else: what the owner of the key can always do."""
    statement, _ = statement_of(path)
    lines = [line for _, line in rows_of(path)]
    write_report_file(to, envelope=sign_report(change(statement), sign=site.key), lines=lines)
    return to


def test_an_honest_chain_has_no_findings(tmp_path: Path) -> None:
    site = story(tmp_path / "home")
    paths = weekly(site, 8, 15, 22)
    for number in (1, 2, 3):
        assert judged(paths[:number]) == []
        assert site.check(paths[number - 1]).findings == ()


def test_a_report_that_is_left_out_leaves_a_gap_and_holds_nothing(tmp_path: Path) -> None:
    first, _, third = weekly(story(tmp_path / "home"), 8, 15, 22)
    found = judged([first, third])
    assert [one.code for one in found if one.code == "GAP"] == ["GAP"]
    assert "report 2 is missing" in found[0].words
    assert "GAP" not in HOLDING


def test_fewer_users_sealed_anew_for_the_same_days_are_a_fork(tmp_path: Path) -> None:
    site = story(tmp_path / "home")
    (honest,) = weekly(site, 8)
    again = Site.at(tmp_path / "again")
    again.did("ana@aurel.example", *(at(day) for day in range(1, 8)))
    (smaller,) = weekly(again, 8)
    assert again.check(smaller).findings == ()
    found = judged([honest, smaller])
    assert codes(found) == ["FORK"]
    assert "two reports with the number 1 for the same days: one names 1 user, the other 3" in found[0].words


def test_a_clone_that_goes_on_reporting_is_a_fork_on_another_machine(tmp_path: Path) -> None:
    site = story(tmp_path / "home")
    (first,) = weekly(site, 8)
    shutil.copytree(site.home.folder, tmp_path / "clone")
    clone = replace(site, home=Home(tmp_path / "clone"), machine="machine-2", deeds=site.deeds[:30])
    (second,), (cloned,) = weekly(site, 15), weekly(clone, 15)
    found = judged([first, second, cloned])
    assert codes(found) == ["FORK", "HOST"]
    assert "another install and machine" in next(one.words for one in found if one.code == "HOST")


def test_a_snapshot_from_before_a_receipt_is_a_roll_back(tmp_path: Path) -> None:
    site = story(tmp_path / "home")
    first, second = weekly(site, 8, 15)
    with site.home.locked() as state:
        site.home.save(replace(state, receipt={"seq": 2, "digest": "sha256:" + "22" * 32}))
    (third,) = weekly(site, 18)
    with site.home.locked() as state:
        site.home.save(replace(state, receipt={"seq": 1, "digest": "sha256:" + "11" * 32}))
    (fourth,) = weekly(site, 22)
    found = judged([first, second, third, fourth])
    assert codes(found) == ["ROLLBACK"]
    assert "knew the receipt of report 2 and now knows only that of report 1" in found[0].words


def test_days_that_are_skipped_with_the_numbers_in_order_show(tmp_path: Path) -> None:
    site = story(tmp_path / "home")
    (first,) = weekly(site, 8)
    with site.home.locked() as state:
        site.home.save(replace(state, reported_to="2026-06-12"))
    (second,) = weekly(site, 15)
    found = judged([first, second])
    assert codes(found) == ["COVERAGE"]
    assert "The 4 days from 2026-06-08 up to 2026-06-12 are in no report" in found[0].words


def test_a_day_stated_twice_without_a_word_shows(tmp_path: Path) -> None:
    site = story(tmp_path / "home")
    (first,) = weekly(site, 8)
    with site.home.locked() as state:
        site.home.save(replace(state, reported_to="2026-06-07"))
    (second,) = weekly(site, 15)
    assert codes(judged([first, second])) == ["COVERAGE"]


def test_a_day_that_was_sealed_anew_breaks_the_seals(tmp_path: Path) -> None:
    site = story(tmp_path / "home")
    first, second = weekly(site, 8, 15)

    def another_past(said: Statement) -> Statement:
        return replace(said, days=with_seals(said.days, before="ff" * 32))

    assert codes(judged([first, changed(site, second, tmp_path / "x", another_past)])) == ["SEAL"]


def test_one_seal_changed_inside_a_report_shows_without_the_others(tmp_path: Path) -> None:
    site = story(tmp_path / "home")
    (first,) = weekly(site, 8)

    def one_seal(said: Statement) -> Statement:
        days = list(said.days)
        days[3] = replace(days[3], seal="00" * 32)
        return replace(said, days=tuple(days))

    found = site.check(changed(site, first, tmp_path / "x", one_seal))
    assert [one.code for one in found.findings] == ["SEAL"]


def clock_words(paths: list[Path]) -> str:
    """The one thing that is said of the clock."""
    (found,) = (one for one in judged(paths) if one.code == "CLOCK")
    return found.words


def test_a_clock_that_is_ahead_shows(tmp_path: Path) -> None:
    site = story(tmp_path / "home")
    (path,) = weekly(site, 26)
    assert "was signed at 2026-06-26T09:00:00Z, which is to come" in clock_words([path])


def test_a_clock_that_went_back_shows(tmp_path: Path) -> None:
    site = story(tmp_path / "home")
    site.now = at(18)
    (first,) = site.write(8).paths
    (second,) = weekly(site, 15)
    assert "report 1 was signed at 2026-06-18T09:00:00Z, this one at 2026-06-15T09:00:00Z" in clock_words(
        [first, second]
    )


def test_a_machine_with_fewer_starts_than_before_shows(tmp_path: Path) -> None:
    site = story(tmp_path / "home")
    (first,) = weekly(site, 8)
    site.boot = 2
    (second,) = weekly(site, 15)
    with site.home.locked() as state:
        site.home.save(replace(state, boots=1))
    (third,) = weekly(site, 22)
    assert clock_words([first, second, third]) == "The machine counts 1 starts, and counted 2 before."


def test_a_machine_that_ran_for_a_shorter_time_shows(tmp_path: Path) -> None:
    site = story(tmp_path / "home")
    (first,) = weekly(site, 8)
    site.now = at(15)
    with site.home.locked() as state:
        slow = replace(site.host, monotonic_seconds=60)
        (second,) = ReportWriter(site.home, slow, site.asked(date(2026, 6, 15))).write(state).paths
    assert "has run for a shorter time" in clock_words([first, second])


def test_a_day_that_was_not_over_shows(tmp_path: Path) -> None:
    site = story(tmp_path / "home")
    site.now = at(7, 20)
    (path,) = site.write(8).paths
    found = judged([path])
    assert codes(found) == ["CLOCK"]
    assert "2026-06-07 was sealed at 2026-06-07T20:00:00Z, before the day was over" in found[0].words


def test_a_changed_count_is_counted_again(tmp_path: Path) -> None:
    site = story(tmp_path / "home")
    (path,) = weekly(site, 8)
    lower = changed(site, path, tmp_path / "x", lambda said: replace(said, counts={"active": 2}))
    (found,) = site.check(lower).findings
    assert (found.code, found.words) == (
        "COUNT",
        "The report states 2 active users (active); its own rows count to 3.",
    )


def test_another_definition_is_named(tmp_path: Path) -> None:
    site = story(tmp_path / "home")
    (path,) = weekly(site, 8)
    found = site.check(path, ActivityDefinition(actions=("export",), timezone="Europe/Berlin")).findings
    assert [one.code for one in found] == ["METRIC"]


def test_a_swapped_key_signs_nothing_that_is_believed(tmp_path: Path) -> None:
    site = story(tmp_path / "home")
    (path,) = weekly(site, 8)
    stranger = replace(site, key=key(66))
    found = site.check(changed(stranger, path, tmp_path / "x", lambda said: said))
    assert [one.code for one in found.findings] == ["KEY"]
    assert found.refusal is not None
    assert bytes(INSTANCE) == bytes(site.key)
