"""Deliberate faults in either counter: the comparison with the other one must notice every one of them.

A mutant is a copy of `rollcall/counting` in which one piece of source text is replaced. It counts the same generated
evidence as the original's other counter; a mutant that gives equal answers everywhere would be a hole in the tests.
"""

from __future__ import annotations

import importlib
import random
import shutil
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from rollcall.counting import __file__ as counting_file
from rollcall.period import Period
from rollcall.rows import EvidenceRow
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import Resolution
from tests.rollcall.counting import world
from tests.rollcall.counting.world import define, ref

COUNTING = Path(counting_file).parent


class Mutation(NamedTuple):
    """One replacement in one file of the package."""

    fault: str
    file: str
    before: str
    after: str


ACTIONS, ALIASES, EXCLUSIONS, MIN_DAYS = (
    "rules/actions.py",
    "rules/aliases.py",
    "rules/exclusions.py",
    "rules/min_days.py",
)
READINGS = "readings.py"
MIN_EVENTS, PER_INSTANCE, WINDOW = "rules/min_events.py", "rules/per_instance.py", "rules/window.py"
GATHERED = "rows_of_unit = qualifying[_unit(row, definition, resolution)]"
ACTIVE_DAYS = "coalesce(bit_count(bitstring_agg(number, 0, {scope.days - 1}) FILTER (qualifies)), 0)"
UNMARKED = '[action for action in definition.counted_actions(found) if " !" not in action]'

PLAIN = (
    Mutation("a day more is needed", MIN_DAYS, "inside}) >= definition", "inside}) > definition"),
    Mutation("an event more is needed", MIN_EVENTS, "(row.day)) < definition", "(row.day)) <= definition"),
    Mutation("rows are taken for events", MIN_EVENTS, "sum(row.events for row", "sum(1 for row"),
    Mutation("rows are taken for days", MIN_DAYS, "len({row.day for row in inside})", "len(inside)"),
    Mutation("exclusions are dropped", EXCLUSIONS, "return unit.user_ref in", "return None in"),
    Mutation("aliases are dropped", ALIASES, "resolution.person(row.user_ref)", "row.user_ref"),
    Mutation("the day after the last counts", WINDOW, "row.day < window.end", "row.day <= window.end"),
    Mutation("the first day does not count", WINDOW, "window.start <= row.day", "window.start < row.day"),
    Mutation(
        "instances are always apart", PER_INSTANCE, 'row.instance if definition.per_instance else ""', "row.instance"
    ),
    Mutation("instances are never apart", PER_INSTANCE, 'row.instance if definition.per_instance else ""', '""'),
    Mutation(
        "case of actions matters",
        ACTIONS,
        "definition.counts_action(row.action)",
        'row.action in definition.actions or "*" in definition.actions',
    ),
    Mutation(
        "every action qualifies", "plain.py", "if all(rule.plain(row, definition) for rule in rules.ROW):", "if True:"
    ),
    Mutation(
        "what is no activity counts",
        ACTIONS,
        "definition.counts_action(row.action)",
        'definition.counts_action(row.action.partition(" !")[0])',
    ),
    Mutation(
        "what is no activity never counts",
        ACTIONS,
        "definition.counts_action(row.action)",
        'definition.counts_action(row.action) and " !" not in row.action',
    ),
    Mutation("excluded people are in the daily series", "plain.py", "if reasons[unit] != EXCLUDED", "if True"),
    Mutation(
        "the daily series keeps to thresholds",
        "plain.py",
        "if reasons[unit] != EXCLUDED",
        "if reasons[unit] == COUNTED",
    ),
    Mutation("the first minute is the last", "plain.py", "first_at=min(", "first_at=max("),
    Mutation(
        "a day sees all windows", "plain.py", "resolution, (window,)) == COUNTED", "resolution, windows) == COUNTED"
    ),
    Mutation("a window holds the day after it", "plain.py", "seen[window.last_day]", "seen[window.end]"),
    Mutation(
        "who did nothing is not listed",
        "plain.py",
        GATHERED,
        f"{GATHERED} if rules.ROW[0].plain(row, definition) else []",
    ),
)
COLUMNAR = (
    Mutation(
        "a day stays in the window too long",
        READINGS,
        "{self.definition.window_days}",
        "{self.definition.window_days} + 1",
    ),
    Mutation("a day enters its window late", READINGS, "number - {before}, 0", "number - {before} + 1, 0"),
    Mutation(
        "a window ends before the day in it",
        READINGS,
        "lead(first, 1, {len(self.windows)})",
        "lead(first, 1, first + 1)",
    ),
    Mutation(
        "a day sees the window of another",
        "columnar.py",
        "numbers[reading] += change",
        "numbers[reading - 1] += change",
    ),
    Mutation("the most events are those of any window", READINGS, "max(read_events)", "min(read_events)"),
    Mutation("a day more is needed", MIN_DAYS, "active_days >= {", "active_days > {"),
    Mutation("an event more is needed", MIN_EVENTS, "'most_events'} < {", "'most_events'} <= {"),
    Mutation(
        "rows are taken for events",
        "columnar.py",
        "coalesce(sum(events) FILTER (qualifies), 0)",
        "coalesce(count(events) FILTER (qualifies), 0)",
    ),
    Mutation("rows are taken for days", "columnar.py", ACTIVE_DAYS, "coalesce(count(number) FILTER (qualifies), 0)"),
    Mutation("exclusions are dropped", EXCLUSIONS, 'if resolution.excluded else "false"', 'if False else "false"'),
    Mutation("aliases are dropped", ALIASES, "if not resolution.aliases:", "if True:"),
    Mutation(
        "the last day does not count",
        WINDOW,
        "AND day < DATE '{windows[-1].end}'",
        "AND day < DATE '{windows[-1].end}' - 1",
    ),
    Mutation("the first day does not count", WINDOW, 'f"day >= DATE', 'f"day > DATE'),
    Mutation(
        "instances are always apart",
        PER_INSTANCE,
        '"evidence.instance" if definition.per_instance else None',
        '"evidence.instance"',
    ),
    Mutation(
        "instances are never apart", PER_INSTANCE, '"evidence.instance" if definition.per_instance else None', "None"
    ),
    Mutation(
        "case of actions matters",
        "columnar.py",
        "definition.counted_actions(found)",
        "set(found) & set(definition.actions)",
    ),
    Mutation("every action qualifies", ACTIONS, "    if all_count(definition):\n", "    if True:\n"),
    Mutation(
        "what is no activity counts for the glob of everything",
        ACTIONS,
        "f\"NOT contains(action, '{NO_ACTIVITY_MARK}')\"",
        '"true"',
    ),
    Mutation("what is no activity never counts", "columnar.py", "definition.counted_actions(found)", UNMARKED),
    Mutation("excluded people are in the daily series", "columnar.py", "why <> '{EXCLUDED}' AND", ""),
    Mutation("the daily series keeps to thresholds", "columnar.py", "why <> '{EXCLUDED}' AND", "why = '{COUNTED}' AND"),
    Mutation(
        "the first minute is the last",
        "columnar.py",
        "min(number * 1440 + first_minute)",
        "max(number * 1440 + first_minute)",
    ),
    Mutation(
        "who did nothing is not listed",
        "columnar.py",
        "FROM evidence WHERE {inside};",
        "FROM evidence WHERE {inside} AND {qualifies};",
    ),
)

PERIODS = (Period(date(2026, 6, 1), date(2026, 7, 1)), Period(date(2026, 6, 10), date(2026, 6, 17)))


def generated_rows() -> list[EvidenceRow]:
    """Return the same evidence on every run."""
    chance = random.Random(20260601)
    rows = [
        EvidenceRow(
            user_ref=ref(chance.choice(world.PEOPLE)),
            instance=chance.choice(world.INSTANCES),
            action=chance.choice(world.ACTIONS),
            day=date(2026, 5, 30) + timedelta(days=chance.randrange(34)),
            events=chance.randint(1, 4),
            quantity=None,
            first_minute=chance.randrange(0, 700),
            last_minute=chance.randrange(700, 1440),
        )
        for _ in range(160)
    ]
    lonely = [
        world.row("only a robot", 9),
        world.row("only outside", date(2026, 7, 1)),
        world.row("just twice", 12, events=2),
    ]
    return world.one_row_per_key(rows + lonely)


def questions() -> Iterator[tuple[ActivityDefinition, Period, Resolution]]:
    """Yield definitions, periods and resolutions that between them use every rule."""
    robots = frozenset([ref("only a robot"), ref("person 5")])
    resolution = Resolution(
        aliases={ref("person 1"): ref("person 0"), ref("person 2"): ref("person 5")}, excluded=robots
    )
    for period in PERIODS:
        for actions, min_events, min_days in (
            (["*"], 1, 1),
            (["login"], 1, 1),
            (["login", "f*"], 2, 2),
            (["*"], 2, 3),
            (["login", "LOGIN !failed"], 1, 1),
        ):
            for per_instance in (False, True):
                definition = define(
                    actions=actions, min_events=min_events, min_days=min_days, per_instance=per_instance
                )
                yield definition, period, resolution
        for min_events, min_days in ((1, 1), (2, 2), (3, 1)):
            rolling = define(min_events=min_events, min_days=min_days, window={"days": 5}, evaluate="daily")
            yield rolling, period, resolution
            yield define(min_events=min_events, window={"days": 5}), period, resolution


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The generated rows as an evidence file."""
    return world.store(generated_rows(), tmp_path_factory.mktemp("mutants") / "evidence")


@pytest.fixture(scope="module")
def asked(evidence: Path) -> list[tuple[ActivityDefinition, Period, Resolution]]:
    """The questions, once both unchanged counters have answered all of them alike."""
    asked = list(questions())
    for question in asked:
        fast, plain = world.count_by_columns([evidence], *question), world.count_plainly(generated_rows(), *question)
        assert world.difference(plain, fast) == ""
    return asked


def mutant(mutation: Mutation, folder: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Import a copy of the package, under a name of its own, with one fault in it."""
    name = f"mutant_{abs(hash((mutation.fault, mutation.file, folder)))}"
    copy = folder / name
    shutil.copytree(COUNTING, copy, ignore=shutil.ignore_patterns("__pycache__"))
    changed = copy / mutation.file
    source = changed.read_text()
    assert source.count(mutation.before) == 1, f"{mutation.file} no longer says {mutation.before!r} once"
    changed.write_text(source.replace(mutation.before, mutation.after))
    for file in copy.rglob("*.py"):
        file.write_text(file.read_text().replace("rollcall.counting", name))
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()
    return importlib.import_module(f"{name}.{'columnar' if mutation in COLUMNAR else 'plain'}")


@pytest.mark.parametrize("mutation", PLAIN, ids=lambda mutation: mutation.fault)
def test_a_fault_in_the_plain_counter_is_noticed(
    mutation: Mutation,
    evidence: Path,
    asked: list[tuple[ActivityDefinition, Period, Resolution]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faulty, rows = mutant(mutation, tmp_path, monkeypatch), generated_rows()
    assert any(
        world.difference(
            faulty.count(rows=rows, definition=definition, period=period, resolution=resolution),
            world.count_by_columns([evidence], definition, period, resolution),
        )
        for definition, period, resolution in asked
    )


@pytest.mark.parametrize("mutation", COLUMNAR, ids=lambda mutation: mutation.fault)
def test_a_fault_in_the_fast_counter_is_noticed(
    mutation: Mutation,
    evidence: Path,
    asked: list[tuple[ActivityDefinition, Period, Resolution]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faulty, rows = mutant(mutation, tmp_path, monkeypatch), generated_rows()
    assert any(
        world.difference(
            world.count_plainly(rows, definition, period, resolution),
            faulty.count(parquet_paths=[evidence], definition=definition, period=period, resolution=resolution),
        )
        for definition, period, resolution in asked
    )


def test_a_copy_without_a_fault_differs_nowhere(
    evidence: Path,
    asked: list[tuple[ActivityDefinition, Period, Resolution]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nothing = Mutation("nothing", "connection.py", "THREADS = 2", "THREADS = 1")
    copy = importlib.import_module(f"{mutant(nothing, tmp_path, monkeypatch).__name__.rpartition('.')[0]}.columnar")
    assert copy.__name__ != "rollcall.counting.columnar"
    assert copy.__name__ in sys.modules
    for definition, period, resolution in asked:
        found = copy.count(parquet_paths=[evidence], definition=definition, period=period, resolution=resolution)
        assert world.difference(world.count_plainly(generated_rows(), definition, period, resolution), found) == ""
