"""The table of a signed report: a row stands for all that a user did by one action on one day."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.rollcall.intake.readings import evidence_of, lines_of, reading

HEAD = 'ROLLCALL REPORT 1\n{"payload":"e30=","signatures":[]}\nuser,action,first_at,last_at,events,quantity\n'


def report(*rows: str) -> str:
    return HEAD + "".join(f"{row}\n" for row in rows)


def test_rows_become_evidence_with_all_events_and_both_minutes(tmp_path: Path) -> None:
    text = report(
        "ana,login,2026-06-01T06:15:00Z,2026-06-01T15:40:00Z,12,4.5",
        "ana,login,2026-06-01T05:00:00Z,2026-06-01T05:00:00Z,1,1",
        "ana,login,2026-06-01T22:30:00Z,2026-06-02T21:59:00Z,3,",
    )
    found = reading(tmp_path, text, timezone="Europe/Berlin")
    assert (found.outcome, found.format, found.kind) == ("accepted", "rollcall_report", "events")
    assert [(str(row.day), *row[4:]) for row in evidence_of(tmp_path)] == [
        ("2026-06-01", 13, Decimal("5.5"), 7 * 60, 17 * 60 + 40),
        ("2026-06-02", 3, None, 30, 23 * 60 + 59),
    ]


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("ana,login,2026-06-01T06:15:00Z,2026-06-01T06:14:00Z,2,", "time.order", "last_at"),
        ("ana,login,2026-06-01T06:15:00Z,2026-06-01T22:00:00Z,2,", "time.two_days", "last_at"),
        ("ana,login,2026-06-01T06:15:00Z,yesterday,2,", "time.invalid", "last_at"),
        ("ana,login,2026-06-01T06:15:00Z,2026-06-01T06:15:00Z,0,", "events.invalid", "events"),
        ("ana,login,2026-06-01T06:15:00Z,2026-06-01T06:15:00Z,1.5,", "events.invalid", "events"),
        ("ana,login,2026-06-01T06:15:00Z,2026-06-01T06:15:00Z,,", "events.invalid", "events"),
    ],
)
def test_a_row_that_cannot_be_one_day_is_kept_apart(tmp_path: Path, row: str, code: str, column: str) -> None:
    text = report("bo,login,2026-06-01T06:15:00Z,2026-06-01T06:15:00Z,1,", row)
    found = reading(tmp_path, text, timezone="Europe/Berlin")
    assert lines_of(found) == [(5, code)]
    assert found.findings[0].column == column
    assert found.rows.accepted == 1
