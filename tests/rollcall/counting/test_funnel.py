"""From rows to people: both counters say the same, the steps add up, and each row is in exactly one of them."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rollcall.counting import columnar, plain
from rollcall.counting.funnel import Funnel, funnel_of_rows
from rollcall.period import Period
from rollcall.rows import EvidenceRow
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import NO_RESOLUTION, Resolution
from tests.rollcall.counting import world
from tests.rollcall.counting.world import JUNE, define, ref, row


def both(
    files: list[list[EvidenceRow]],
    definition: ActivityDefinition,
    period: Period = JUNE,
    resolution: Resolution = NO_RESOLUTION,
    since: date | None = None,
) -> tuple[Funnel, dict[str, int]]:
    """Make the steps with both, see that they agree with each other and with the count, and return them."""
    rows = [found for file in files for found in file]
    known = {"definition": definition, "period": period, "resolution": resolution, "since": since}
    with tempfile.TemporaryDirectory() as temporary:
        paths = [world.store(file, Path(temporary) / str(number)) for number, file in enumerate(files)]
        slow, fast = funnel_of_rows(rows=rows, **known), columnar.funnel(parquet_paths=paths, **known)
        assert fast == slow
        assert columnar.funnel(parquet_paths=paths, **known, rows_at_a_time=1) == slow
        counted = columnar.count(parquet_paths=paths, **known)
        by_shares = columnar.count(parquet_paths=paths, **known, rows_at_a_time=1)
    assert counted.by_verdict == plain.count(rows=rows, **known).by_verdict == by_shares.by_verdict
    return slow, counted.by_verdict


@settings(deadline=None, max_examples=20 * world.CAMPAIGN)
@given(
    files=st.lists(world.evidence, min_size=1, max_size=3),
    definition=world.definitions,
    period=world.periods,
    resolution=world.resolutions(),
)
@example(files=[[]], definition=define(), period=JUNE, resolution=NO_RESOLUTION)
def test_the_steps_add_up(
    files: list[list[EvidenceRow]], definition: ActivityDefinition, period: Period, resolution: Resolution
) -> None:
    funnel, by_verdict = both(files, definition, period, resolution)

    assert funnel.rows == sum(found.events for file in files for found in file)
    assert funnel.people == sum(by_verdict.values())
    assert sum(rows for _, rows in funnel.other_actions) <= funnel.not_qualifying
    assert min(funnel.same_person, funnel.on_several) >= 0
    # Somebody counts exactly where a row can: whoever has none did nothing, whoever is left out is not asked.
    if not by_verdict.keys() - {"no_qualifying_action"}:
        assert funnel.qualifying == 0


def test_each_step_takes_what_it_says() -> None:
    """Five days and six people, worked out by hand."""
    rows = [
        row("anna", date(2026, 5, 31), events=7),  # before the window
        row("anna", 3, events=2),
        row("anna", 3, instance="us"),  # the same person elsewhere
        row("anna.old", 4),  # another id of anna on the same instance
        row("bert", 5, action="logout", events=3),  # nothing that counts
        row("bert", 6, action="ping", events=4),
        row("carl", 7),  # one event, two are asked for
        row("dora", 8, events=2),  # two events on one day, two days are asked for
        row("svc-mail", 9, events=9),  # left out
        row("emil", 10),
        row("emil", 11),
    ]
    definition = define(actions=["login"], min_events=2, min_days=2, excluded_users=["svc-*"])
    resolution = Resolution(aliases={ref("anna.old"): ref("anna")}, excluded=frozenset({ref("svc-mail")}))
    funnel, by_verdict = both([rows[:6], rows[6:]], definition, JUNE, resolution)

    assert funnel == Funnel(
        outside=7,
        not_qualifying=7,
        qualifying=2 + 1 + 1 + 1 + 2 + 9 + 1 + 1,
        other_actions=(("ping", 4), ("logout", 3)),
        ids_by_instance={"eu": 7, "us": 1},
        same_person=1,
        on_several=1,
    )
    assert funnel.people == 6
    assert by_verdict == {
        "counted": 2,
        "excluded": 1,
        "no_qualifying_action": 1,
        "below_min_events": 1,
        "below_min_days": 1,
    }


@pytest.mark.parametrize(("per_instance", "on_several", "people"), [(False, 1, 1), (True, 0, 2)])
def test_a_person_on_two_instances(per_instance: bool, on_several: int, people: int) -> None:
    funnel, _ = both([[row("anna", 3)], [row("anna", 3, instance="us")]], define(per_instance=per_instance))
    assert (funnel.ids_by_instance, funnel.on_several, funnel.people) == ({"eu": 1, "us": 1}, on_several, people)


def test_a_rolling_window_looks_back() -> None:
    """A row of May is inside where the window of thirty days reaches it, and outside where the contract began later."""
    definition = define(window={"days": 30})
    rows = [row("anna", date(2026, 5, 31)), row("bert", 30)]
    looking_back, _ = both([rows], define(window={"days": 30}, look_back_before_start=True), since=date(2026, 6, 1))
    from_the_start, _ = both([rows], definition, since=date(2026, 6, 1))
    assert (looking_back.outside, from_the_start.outside) == (1, 1)
    daily = define(window={"days": 30}, evaluate="daily", look_back_before_start=True)
    assert both([rows], daily, since=date(2026, 6, 1))[0].outside == 0
