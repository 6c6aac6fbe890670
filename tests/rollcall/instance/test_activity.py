"""Activity as the product hands it over: calls and queries, and what no report could hold."""

import sqlite3
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from rollcall.instance import host
from rollcall.instance.activity import Activity, ActivityRefused, moment
from rollcall.rows import QUANTITY_WHOLE_DIGITS
from rollcall.signing.report_file import rows_of
from rollcall.signing.report_rows import LONGEST_LINE, ReportRow, RowsRefused, parse_row, readable_line
from rollcall.zones import instant_of, zone_table
from tests.rollcall.instance.site import Site

BERLIN = zone_table("Europe/Berlin")
DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "signed-reports.md"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Times:
    """A cursor that gives the third column as a time, as drivers of server databases do."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    def execute(self, query: str) -> object:
        return self._cursor.execute(query)

    def fetchmany(self, size: int) -> list[tuple[object, ...]]:
        return [(user, did, datetime.fromisoformat(at), *rest) for user, did, at, *rest in self._cursor.fetchmany(size)]


class Database:
    def __init__(self, *rows: tuple[object, ...]) -> None:
        self._open = sqlite3.connect(":memory:")
        self._open.execute("CREATE TABLE audit_log (who, did, at, size)")
        self._open.executemany("INSERT INTO audit_log VALUES (?, ?, ?, ?)", rows)

    def cursor(self) -> Times:
        return Times(self._open.cursor())


def test_a_query_gives_sums_by_user_action_and_day_of_the_zone() -> None:
    activity = Activity(BERLIN)
    activity.add_query(
        Database(
            ("Ana@aurel.example", "export", "2026-06-01T08:00:30+02:00", 3),
            ("ana@aurel.example", "export", "2026-06-01T23:59:00+02:00", 4),
            # One minute later in Berlin, still the first of June in UTC.
            ("ana@aurel.example", "export", "2026-06-01T22:00:00+00:00", 5),
        ),
        "SELECT who, did, at, size FROM audit_log",
    )
    found = {(user, str(day)): (one.events, one.quantity) for user, _, day, one in activity.between(date.min, date.max)}
    assert found == {
        ("ana@aurel.example", "2026-06-01"): (2, Decimal(7)),
        ("ana@aurel.example", "2026-06-02"): (1, Decimal(5)),
    }
    assert activity.spellings == {"ana@aurel.example": "Ana@aurel.example"}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            ("ana", "login", "2026-06-01T08:00:00", None),
            "Row 2 of the query: The time 2026-06-01 08:00:00 of ana names",
        ),
        (("  ", "login", "2026-06-01T08:00:00Z", None), "Row 2 of the query: An activity needs a user and an action"),
        (("ana", "log\nin", "2026-06-01T08:00:00Z", None), "Row 2 of the query: A user or an action has a line break"),
    ],
)
def test_a_row_of_a_query_that_cannot_be_counted_is_named(row: tuple[object, ...], words: str) -> None:
    database = Database(("bo", "login", "2026-06-01T08:00:00Z", None), row)
    with pytest.raises(ActivityRefused, match=words):
        Activity(BERLIN).add_query(database, "SELECT * FROM audit_log")


def test_a_query_of_other_columns_is_refused() -> None:
    with pytest.raises(ActivityRefused, match="Row 1 of the query is not user, action, time"):
        Activity(BERLIN).add_query(
            Database(("bo", "login", "2026-06-01", None)), "SELECT who, did, at, 1, 2 FROM audit_log"
        )


@pytest.mark.parametrize(
    ("user", "quantity", "words"),
    [
        ("u" * LONGEST_LINE, None, "is longer than 8,192 bytes"),
        ("ana", Decimal(10) ** QUANTITY_WHOLE_DIGITS, "has a number that is none"),
        ("a\rb", None, "is no row of six fields"),
    ],
)
def test_a_row_that_no_reader_would_take_is_never_written(user: str, quantity: Decimal | None, words: str) -> None:
    with pytest.raises(RowsRefused, match=words):
        readable_line(ReportRow(user, "login", NOON, NOON, 1, quantity))
    ana = ReportRow("ana", "login", NOON, NOON, 1, quantity=None)
    assert parse_row(readable_line(ana), 1) == ana


def test_times_before_1970_stay_what_they_are() -> None:
    early = datetime(1969, 12, 31, 23, 58, tzinfo=UTC)
    assert moment(instant_of(early)) == early
    assert moment(instant_of(early + timedelta(microseconds=1))) == early


def test_a_file_and_a_call_give_the_same_sums(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("event_id,user_id,occurred_at,action\n1,Ana,2026-06-01T12:00:00Z,login\n")
    read, called = Activity(BERLIN), Activity(BERLIN)
    read.add_files([path])
    called.add(user="Ana", action="login", at=NOON)
    assert (read.sums, read.spellings) == (called.sums, called.spellings)


def test_the_example_of_the_documentation_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site.at(tmp_path / "rollcall-home")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(host, "look", lambda: site.host)
    _, _, rest = DOCUMENT.read_text().partition("```python\n")
    rows = Database(("bo@aurel.example", "login", "2026-06-02T08:00:00Z", None))
    known = {"connection": rows, "exported_at": NOON}
    exec(compile(rest.partition("```")[0], str(DOCUMENT), "exec"), known)
    (path,) = site.home.outbox().glob("*.report.txt")
    assert [(row.user, row.action) for row, _ in rows_of(path)] == [
        ("ana@aurel.example", "export"),
        ("bo@aurel.example", "login"),
    ]
    assert site.check(path).findings == ()
