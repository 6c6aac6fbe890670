"""The two counters and the recount program say the same of any evidence, definition, period, aliases and exclusions."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rollcall.counting.answer import CountResult
from rollcall.period import Period
from rollcall.rows import EvidenceRow
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import NO_RESOLUTION, Resolution
from tests.rollcall.counting import world
from tests.rollcall.counting.world import JUNE, define, ref, row


def agreed(
    files: list[list[EvidenceRow]],
    definition: ActivityDefinition,
    period: Period,
    resolution: Resolution = NO_RESOLUTION,
) -> CountResult:
    """Count with all three, see that they agree, and return the plain count."""
    rows = [found for file in files for found in file]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        paths = [world.store(file, folder / str(number)) for number, file in enumerate(files)]
        plain = world.count_plainly(rows, definition, period, resolution)
        fast = world.count_by_columns(paths, definition, period, resolution)
        assert world.difference(plain, fast) == ""
        again = world.recount_evidence(rows, definition, period, resolution, folder=folder)
        assert again == world.Figures(plain.active_users, plain.daily_active_users)
        assert fast.verdicts.write(folder / "verdicts.csv") == plain.verdicts.digest
    return plain


@settings(deadline=None, max_examples=30 * world.CAMPAIGN)
@given(
    files=st.lists(world.evidence, min_size=1, max_size=3),
    definition=world.definitions,
    period=world.periods,
    resolution=world.resolutions(),
)
@example(files=[[]], definition=define(), period=JUNE, resolution=NO_RESOLUTION)
def test_any_evidence(
    files: list[list[EvidenceRow]], definition: ActivityDefinition, period: Period, resolution: Resolution
) -> None:
    result = agreed(files, definition, period, resolution)

    # Every user of the period is in exactly one bucket.
    users = {
        (resolution.person(found.user_ref), found.instance if definition.per_instance else "")
        for file in files
        for found in file
        if period.contains(found.day)
    }
    verdicts = list(result.verdicts)
    assert len(verdicts) == len(users)
    assert {(verdict.user_ref, verdict.instance) for verdict in verdicts} == users
    assert sum(verdict.counted for verdict in verdicts) == result.active_users
    assert all(verdict.counted == (verdict.why == "counted") for verdict in verdicts)


ANNA, BERT = row("anna", 3), row("bert", 3)


@pytest.mark.parametrize(
    ("case", "rows", "definition", "resolution", "users"),
    [
        ("nobody", [], define(), NO_RESOLUTION, 0),
        ("two people", [ANNA, BERT], define(), NO_RESOLUTION, 2),
        ("one person on two instances", [ANNA, row("anna", 3, instance="us")], define(), NO_RESOLUTION, 1),
        ("the same, per instance", [ANNA, row("anna", 3, instance="us")], define(per_instance=True), NO_RESOLUTION, 2),
        ("an action not named", [row("anna", 3, action="logout")], define(actions=["login"]), NO_RESOLUTION, 0),
        ("an action in capitals", [row("anna", 3, action="LOGIN")], define(actions=["login"]), NO_RESOLUTION, 1),
        ("a glob in capitals", [row("anna", 3, action="file.read")], define(actions=["FILE.*"]), NO_RESOLUTION, 1),
        ("exactly the events", [row("anna", 3, events=3)], define(min_events=3), NO_RESOLUTION, 1),
        ("one event short", [row("anna", 3, events=2)], define(min_events=3), NO_RESOLUTION, 0),
        ("events of two days", [row("anna", 3, events=2), row("anna", 4)], define(min_events=3), NO_RESOLUTION, 1),
        ("exactly the days", [ANNA, row("anna", 9)], define(min_days=2), NO_RESOLUTION, 1),
        ("two actions on one day", [ANNA, row("anna", 3, action="x")], define(min_days=2), NO_RESOLUTION, 0),
        ("the first day", [row("anna", 1, minute=0)], define(), NO_RESOLUTION, 1),
        ("the last day", [row("anna", 30, minute=1439)], define(), NO_RESOLUTION, 1),
        ("the day before", [row("anna", date(2026, 5, 31))], define(), NO_RESOLUTION, 0),
        ("the day after", [row("anna", date(2026, 7, 1))], define(), NO_RESOLUTION, 0),
        ("an alias", [ANNA, BERT], define(), Resolution({ref("bert"): ref("anna")}, frozenset()), 1),
        ("an excluded person", [ANNA, BERT], define(), Resolution({}, frozenset([ref("bert")])), 1),
        (
            "an alias of an excluded person",
            [ANNA, BERT],
            define(),
            Resolution({ref("bert"): ref("robot")}, frozenset([ref("robot")])),
            1,
        ),
        (
            "days of two aliases add up",
            [ANNA, row("bert", 4)],
            define(min_days=2),
            Resolution({ref("bert"): ref("anna")}, frozenset()),
            1,
        ),
    ],
)
def test_table(
    case: str, rows: list[EvidenceRow], definition: ActivityDefinition, resolution: Resolution, users: int
) -> None:
    assert agreed([rows], definition, JUNE, resolution).active_users == users, case


def test_a_day_counts_people_without_thresholds_and_without_the_excluded() -> None:
    rows = [ANNA, BERT, row("carl", 3), row("anna", 4), row("dora", 4, action="logout")]
    resolution = Resolution({}, frozenset([ref("carl")]))
    result = agreed([rows], define(actions=["login"], min_days=2), JUNE, resolution)
    assert result.active_users == 1
    assert result.daily_active_users == {date(2026, 6, 3): 2, date(2026, 6, 4): 1}


def test_the_reasons_are_given_in_their_order() -> None:
    rows = [
        row("robot", 3, action="logout"),
        row("idle", 3, action="logout", events=9),
        row("seldom", 3),
        row("burst", 3, events=5, minute=1),
        row("often", 3, events=2),
        row("often", 5, minute=1438),
    ]
    definition = define(actions=["login"], min_events=2, min_days=2)
    result = agreed([rows], definition, JUNE, Resolution({}, frozenset([ref("robot")])))
    verdicts = {verdict.user_ref: verdict for verdict in result.verdicts}
    assert {name: verdicts[ref(name)].why for name in ("robot", "idle", "seldom", "burst", "often")} == {
        "robot": "excluded",
        "idle": "no_qualifying_action",
        "seldom": "below_min_events",
        "burst": "below_min_days",
        "often": "counted",
    }
    often, idle = verdicts[ref("often")], verdicts[ref("idle")]
    assert (often.first_at, often.last_at) == ("2026-06-03T10:00", "2026-06-05T23:59")
    assert (often.active_days, often.events, often.counted) == (2, 3, True)
    assert (idle.first_at, idle.last_at, idle.active_days, idle.events) == ("", "", 0, 0)


def test_a_year_is_counted_as_one_window() -> None:
    year = Period(date(2026, 1, 1), date(2027, 1, 1))
    rows = [row("anna", date(2026, month, 28)) for month in range(1, 13)] + [row("bert", date(2026, 12, 31))]
    result = agreed([rows], define(min_days=12), year)
    assert result.active_users == 1
    assert len(result.daily_active_users) == 13
