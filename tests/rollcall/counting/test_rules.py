"""Every rule of the folder says the same in its plain form and in its SQL form, for every definition it may meet."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from rollcall.counting import rules
from rollcall.counting.rules.kinds import RowRule, Rule, ScopeRule, Unit, UnitRule, VerdictRule
from rollcall.period import Period
from rollcall.rows import PARQUET_COLUMNS, EvidenceRow
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import NO_RESOLUTION, Resolution
from tests.rollcall.counting import world
from tests.rollcall.counting.world import JUNE, define, ref

DEFINITIONS = [
    define(actions=actions, min_events=min_events, min_days=min_days, per_instance=per_instance, **window)
    for actions in world.ACTION_CHOICES
    for min_events, min_days, per_instance in ((1, 1, False), (3, 2, True))
    for window in ({}, {"window": {"days": 12}}, {"window": {"days": 12}, "evaluate": "daily"})
]
RESOLUTIONS = (
    NO_RESOLUTION,
    Resolution({ref("person 1"): ref("person 2"), ref("person 3"): ref("nobody")}, frozenset([ref("person 2")])),
)


def rows_of_the_table() -> list[EvidenceRow]:
    """Return the same rows on every run: every action on every instance, around the edges of June."""
    chance = random.Random(7)
    return [
        EvidenceRow(
            ref(chance.choice(world.PEOPLE)),
            instance,
            action,
            date(2026, 5, 30) + timedelta(days=chance.randrange(34)),
            chance.randint(1, 3),
            None,
            0,
            1,
        )
        for action in world.ACTIONS
        for instance in world.INSTANCES
    ]


ROWS = rows_of_the_table()


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """The rows as the table `evidence`, in their order."""
    with duckdb.connect() as connected:
        connected.execute(
            f"CREATE TABLE evidence({', '.join(f'{name} {kind}' for name, kind in PARQUET_COLUMNS.items())})"
        )
        connected.executemany("INSERT INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [list(row) for row in ROWS])
        yield connected


def fill(connection: duckdb.DuckDBPyConnection, definition: ActivityDefinition, resolution: Resolution) -> None:
    """Make the tables that the SQL forms may read."""
    connection.execute("CREATE OR REPLACE TABLE counted_actions(action VARCHAR)")
    for action in sorted(definition.counted_actions(world.ACTIONS)):
        connection.execute("INSERT INTO counted_actions VALUES (?)", [action])
    connection.execute("CREATE OR REPLACE TABLE aliases(user_ref VARCHAR, person VARCHAR)")
    for alias in resolution.aliases.items():
        connection.execute("INSERT INTO aliases VALUES (?, ?)", list(alias))
    connection.execute("CREATE OR REPLACE TABLE excluded(user_ref VARCHAR)")
    for excluded in resolution.excluded:
        connection.execute("INSERT INTO excluded VALUES (?)", [excluded])


def by_sql(connection: duckdb.DuckDBPyConnection, expression: str, source: str = "evidence") -> list[object]:
    """Return the expression's value for every row of the source."""
    return [value for (value,) in connection.execute(f"SELECT {expression} FROM {source}").fetchall()]


def units() -> dict[Unit, list[EvidenceRow]]:
    """Return the rows by person, one person without any."""
    found: dict[Unit, list[EvidenceRow]] = defaultdict(list)
    for row in ROWS:
        found[Unit(row.user_ref, "")].append(row)
    found[Unit(ref("only idle"), "")] = []
    return found


@pytest.mark.parametrize("rule", rules.ALL, ids=lambda rule: rule.name)
def test_both_forms_of_a_rule_agree(rule: Rule, connection: duckdb.DuckDBPyConnection) -> None:
    decided: set[object] = set()
    for definition in DEFINITIONS:
        make_units(connection, definition)
        for resolution in RESOLUTIONS:
            fill(connection, definition, resolution)
            plain, fast = forms(rule, connection, definition, resolution)
            assert plain == fast
            decided |= set(plain)
    assert len(decided) > 1, "the table does not make this rule decide anything"


def make_units(connection: duckdb.DuckDBPyConnection, definition: ActivityDefinition) -> None:
    """Make the table that the SQL forms of verdict rules read."""
    connection.execute(
        "CREATE OR REPLACE TABLE units(user_ref VARCHAR, instance VARCHAR, events BIGINT, active_days BIGINT,"
        " most_events BIGINT, reaches BOOLEAN)"
    )
    for unit, rows in units().items():
        # One window alone has all the rows that are looked at.
        sums = [sum(row.events for row in rows), len({row.day for row in rows})]
        readings = [read(rows, window) for window in define(window={"days": 12}, evaluate="daily").windows(JUNE)]
        reaches = any(events >= definition.min_events and days >= definition.min_days for events, days in readings)
        most = max(events for events, _ in readings)
        connection.execute("INSERT INTO units VALUES (?, ?, ?, ?, ?, ?)", [*unit, *sums, most, reaches])


def read(rows: list[EvidenceRow], window: Period) -> tuple[int, int]:
    """Return the events and the days of one reading."""
    inside = [row for row in rows if window.contains(row.day)]
    return sum(row.events for row in inside), len({row.day for row in inside})


def forms(
    rule: Rule, connection: duckdb.DuckDBPyConnection, definition: ActivityDefinition, resolution: Resolution
) -> tuple[list[object], list[object]]:
    """Return what the plain form and the SQL form say of every row, or of every unit."""
    windows = definition.windows(JUNE)
    if isinstance(rule, ScopeRule):
        plain: list[object] = [rule.plain(row, definition, windows) for row in ROWS]
        return plain, by_sql(connection, rule.sql(definition, windows))
    if isinstance(rule, RowRule):
        return [rule.plain(row, definition) for row in ROWS], by_sql(connection, rule.sql(definition))
    if isinstance(rule, UnitRule):
        form = rule.sql(definition, resolution) or "''"
        return [rule.plain(row, definition, resolution) for row in ROWS], by_sql(connection, form)
    assert isinstance(rule, VerdictRule)
    looked_at = (Period(date(2026, 1, 1), date(2027, 1, 1)),) if len(windows) == 1 else windows
    refused: list[object] = [
        rule.plain(unit, rows, definition, resolution, looked_at) for unit, rows in units().items()
    ]
    return refused, by_sql(connection, rule.sql(definition, resolution, windows), "units")


def test_every_file_of_the_folder_takes_part() -> None:
    folder = Path(rules.__file__).parent
    files = {file.stem for file in folder.glob("*.py")} - {"__init__", "kinds"}
    assert files == {"actions", "aliases", "exclusions", "min_days", "min_events", "per_instance", "window"}
    assert [rule.name for rule in rules.VERDICT] == [
        "excluded",
        "no_qualifying_action",
        "below_min_events",
        "below_min_days",
    ]
    assert len({rule.rank for rule in rules.VERDICT}) == len(rules.VERDICT)
    assert set(rules.UNIT) == set(Unit._fields)
