"""On which days the rows of a file lie, from which it is proposed what the file covers."""

from datetime import date, timedelta
from pathlib import Path

from rollcall.intake.seen_days import MOST_RUNS, Run, joined, runs_of, runs_of_ends
from rollcall.intake.sniff import sniff
from rollcall.zones import DAY

HEADER = "user_id,occurred_at,action\n"


def seen(path: Path, *days: str) -> list[tuple[str, str, int]]:
    path.write_text(HEADER + "".join(f"ada,{day}T08:00:00Z,login\n" for day in days), encoding="utf-8")
    found = sniff(path, filename="usage.csv").seen
    return [(run["first"][:10], run["last"][:10], run["rows"]) for run in found]


def test_days_that_follow_each_other_are_one_run(tmp_path: Path) -> None:
    found = seen(tmp_path / "usage.csv", "2026-06-03", "2026-06-02", "2026-06-02", "2026-03-09", "2026-06-05")

    assert found == [("2026-03-09", "2026-03-09", 1), ("2026-06-02", "2026-06-03", 3), ("2026-06-05", "2026-06-05", 1)]


def test_what_lies_between_both_ends_of_a_large_file_is_no_gap(tmp_path: Path) -> None:
    days = [(date(2026, 1, 1) + timedelta(days=n)).isoformat() for n in range(118) for _ in range(500)]

    found = seen(tmp_path / "usage.csv", "2019-01-09", *days)

    assert [run[:2] for run in found] == [("2019-01-09", "2019-01-09"), ("2026-01-01", "2026-04-28")]
    assert runs_of_ends([2 * DAY], [90 * DAY]) == [Run(first=2 * DAY, last=90 * DAY, rows=2)]


def test_scattered_days_keep_their_widest_gaps() -> None:
    found = runs_of([*(day * 3 * DAY for day in range(1000)), 9000 * DAY])

    assert len(found) == MOST_RUNS
    assert sum(run.rows for run in found) == 1001
    assert found[-1] == Run(first=9000 * DAY, last=9000 * DAY, rows=1)
    assert joined([]) == []
