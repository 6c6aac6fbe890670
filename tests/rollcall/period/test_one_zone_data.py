"""One source of time zones: the bundled data decides every civil day, whatever the machine or DuckDB think."""

from __future__ import annotations

import ast
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import duckdb
import pytest

from rollcall.formats.mapping import ColumnMapping
from rollcall.intake.evidence import NAMES_FILE, PARQUET_FILE, read_names
from rollcall.intake.read import read
from rollcall.intake.request import ReadRequest
from rollcall.period import civil_day, zone_names
from rollcall.zones import DAY, EPOCH, SECOND, ZoneTable, day_of, instant_of, zone_table

ROOT = Path(__file__).parents[3]
ROOMS = ("rollcall", "ground", "licenses", "usage", "billing", "config")
# Only these may make a zone: the one source, and the program of the other side that must not share it.
SOURCES = {"rollcall/period.py", "rollcall/recount.py"}
FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
MAPPING = ColumnMapping.from_json(
    {
        "format": "csv",
        "encoding": "utf-8",
        "delimiter": ",",
        "header_line": 1,
        "columns": {"user": "user", "at": "at", "action": None, "event_id": None, "quantity": None, "instance": None},
        "constants": {"action": "login"},
        "time": {"format": "epoch_s", "date_order": None, "source_timezone": None},
    }
)


@cache
def _table(name: str) -> ZoneTable:
    """The engine keeps a few tables only; here each is asked for often."""
    return zone_table(name)


def _instants(name: str) -> list[int]:
    """Every change of the clock of a zone from 2020 to 2027, and the midnights around it, each with its neighbours."""
    table = _table(name)
    low, high = instant_of(FIRST), instant_of(LAST)
    changes = [start for start in table.starts if low <= start < high]
    edges = {*changes, low, high - SECOND}
    for change in changes or [low + 180 * DAY]:
        day = day_of(table.local(change))
        edges |= {table.start_of_day(day + timedelta(days=step)) for step in (-1, 0, 1, 2)}
    return sorted(edge + step * SECOND for edge in edges for step in (-1, 0, 1))


def _clock(name: str) -> tuple[tuple[int, int], ...]:
    """What the clocks of a zone did from 2020 to 2027; zones that did the same share a file."""
    table, first = _table(name), instant_of(FIRST)
    changes = (start for start in table.starts if first < start < instant_of(LAST))
    return tuple((at, table.offset_at(at)) for at in (first, *changes))


def test_nothing_else_makes_a_zone() -> None:
    makers = set()
    for path in (found for room in ROOMS for found in (ROOT / room).rglob("*.py")):
        imported = [
            node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom | ast.Import)
        ]
        names = {node.module if isinstance(node, ast.ImportFrom) else node.names[0].name for node in imported}
        if names & {"zoneinfo", "dateutil", "dateutil.tz", "pytz", "django.utils.timezone"}:
            makers.add(str(path.relative_to(ROOT)))
    assert makers == SOURCES


def test_the_machine_has_no_say() -> None:
    """With a machine that claims another clock for Berlin, the answer is still that of the bundled data."""
    program = (
        "import zoneinfo, sys; zoneinfo.reset_tzpath(to=[sys.argv[1]]); "
        "from datetime import datetime, UTC; from rollcall.zones import zone_table; from rollcall.period import civil_day; "
        "from rollcall.terms.activity import ActivityDefinition; "
        "ActivityDefinition.from_json({'actions': ['*'], 'timezone': 'Europe/Berlin'}); "
        "print(zone_table('Europe/Berlin').offset_at(1782864000 * 10**6) // 3600 // 10**6, "
        "civil_day(datetime(2026, 6, 30, 23, tzinfo=UTC), 'Europe/Berlin'))"
    )
    wrong = ROOT / "tests" / "rollcall" / "period" / "no-such-folder"
    told = subprocess.run(
        [sys.executable, "-c", program, str(wrong)], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert told.split() == ["2", "2026-07-01"]


def test_a_table_of_instants_says_the_same_as_the_calendar() -> None:
    for name in sorted(zone_names()):
        table = _table(name)
        for instant in _instants(name):
            moment = EPOCH + timedelta(microseconds=instant)
            assert day_of(table.local(instant)) == civil_day(moment, name), (name, moment)


@pytest.mark.parametrize(("engine", "used"), [("plain", "plain"), ("columnar", "columnar")])
def test_evidence_lies_on_the_day_that_the_calendar_says(tmp_path: Path, engine: str, used: str) -> None:
    """One file per clock of these years: a user per instant, so that each row's day can be read from the evidence."""
    clocks = {_clock(name): name for name in sorted(zone_names())}
    for number, name in enumerate(clocks.values()):
        folder = tmp_path / str(number)
        folder.mkdir()
        instants = _instants(name)
        rows = [f"{instant},{instant // SECOND}" for instant in instants]
        (folder / "export.csv").write_text("\n".join(["user,at", *rows, ""]))
        found = read(
            ReadRequest(
                files=(str(folder / "export.csv"),),
                filenames=("export.csv",),
                out_dir=str(folder),
                timezone=name,
                mapping=MAPPING,
                engine=engine,
            )
        )
        assert (found.outcome, found.engine, found.rows.accepted) == ("accepted", used, len(instants)), name
        names = read_names(folder / NAMES_FILE)
        evidence = duckdb.read_parquet(str(folder / PARQUET_FILE)).project("user_ref, day").fetchall()
        for user_ref, day in evidence:
            moment = EPOCH + timedelta(microseconds=int(names[user_ref]))
            assert day == civil_day(moment, name), (name, moment)
