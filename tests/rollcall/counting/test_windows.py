"""Rolling windows, series of instances and sums of quantities: both counters against a third way to say it."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall.counting import columnar, plain
from rollcall.counting.answer import AddedUp
from rollcall.period import Period
from rollcall.rows import EvidenceRow
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import NO_RESOLUTION, Resolution
from tests.rollcall.counting import world
from tests.rollcall.counting.world import JUNE, define, ref, row

DAY = timedelta(days=1)
windows = st.one_of(st.just("period"), st.integers(1, 40).map(lambda days: {"days": days}))
definitions = st.builds(
    lambda window, evaluate, look_back, min_events, min_days, per_instance, actions: define(
        window=window,
        evaluate=evaluate,
        look_back_before_start=look_back if window != "period" else False,
        min_events=min_events,
        min_days=min_days,
        per_instance=per_instance,
        actions=actions,
    ),
    windows,
    st.sampled_from(["at_period_end", "daily"]),
    st.booleans(),
    st.integers(1, 5),
    st.integers(1, 4),
    st.booleans(),
    st.sampled_from([["*"], ["login"], ["report.*", "FILE.?ead"]]),
)
measured_rows = st.builds(
    lambda found, quantity: found._replace(quantity=quantity),
    world.evidence_rows,
    st.one_of(st.none(), st.decimals(0, 50, places=6), st.sampled_from([Decimal(1), Decimal("2.5")])),
)
measured = st.lists(measured_rows, max_size=40).map(world.one_row_per_key)


def active(
    rows: list[EvidenceRow], definition: ActivityDefinition, first: date, end: date, resolution: Resolution
) -> set[tuple[str, str]]:
    """Say who satisfies a definition in a span of days: nothing but dictionaries."""
    events: Counter[tuple[str, str]] = Counter()
    days = defaultdict(set)
    for found in rows:
        if first <= found.day < end and definition.counts_action(found.action):
            unit = (resolution.person(found.user_ref), found.instance if definition.per_instance else "")
            events[unit] += found.events
            days[unit].add(found.day)
    return {
        unit
        for unit in events
        if unit[0] not in resolution.excluded
        and events[unit] >= definition.min_events
        and len(days[unit]) >= definition.min_days
    }


def expected(
    rows: list[EvidenceRow], definition: ActivityDefinition, period: Period, resolution: Resolution, since: date
) -> tuple[int, dict[date, int]]:
    """Return the active users and the daily series, reading every window for itself."""

    def read(end: date) -> set[tuple[str, str]]:
        first = end - timedelta(days=definition.window_days or 0)
        if not definition.look_back_before_start:
            first = max(first, since)
        return active(rows, definition, first, end, resolution)

    if definition.reads_daily:
        daily = {day: read(day + DAY) for day in period.each_day()}
        return len(set().union(*daily.values())), {day: len(units) for day, units in daily.items() if units}
    of_a_day = define(**definition.to_json() | {"window": "period", "min_events": 1, "min_days": 1})
    first = period.start
    if definition.window_days is not None:
        first = max(first, period.end - timedelta(days=definition.window_days))
    each = {day: active(rows, of_a_day, day, day + DAY, resolution) for day in period.each_day() if day >= first}
    daily_users = {day: len(units) for day, units in each.items() if units}
    if definition.window_days is None:
        return len(active(rows, definition, period.start, period.end, resolution)), daily_users
    return len(read(period.end)), daily_users


@settings(deadline=None, max_examples=40 * world.CAMPAIGN)
@given(
    rows=world.evidence,
    definition=definitions,
    period=world.periods,
    resolution=world.resolutions(),
    before=st.integers(0, 40),
)
def test_any_window(
    rows: list[EvidenceRow], definition: ActivityDefinition, period: Period, resolution: Resolution, before: int
) -> None:
    since = period.start - timedelta(days=before)
    with tempfile.TemporaryDirectory() as temporary:
        path = world.store(rows, Path(temporary) / "evidence")
        asked = {"definition": definition, "period": period, "resolution": resolution, "since": since}
        slow = plain.count(rows=rows, **asked)
        fast = columnar.count(parquet_paths=[path], **asked)
        assert world.difference(slow, fast) == ""
        assert (slow.active_users, slow.daily_active_users) == expected(rows, definition, period, resolution, since)
        apart = plain.daily_by_instance(rows=rows, **asked)
        assert columnar.daily_by_instance(parquet_paths=[path], **asked, rows_at_a_time=5) == apart
        for instance in {found.instance for found in rows}:
            alone = [found for found in rows if found.instance == instance]
            _, series = expected(alone, define(**definition.to_json()), period, resolution, since)
            assert apart.get(instance, {}) == series


@settings(deadline=None, max_examples=40 * world.CAMPAIGN)
@given(rows=measured, definition=world.definitions, period=world.periods, resolution=world.resolutions())
def test_any_sum(
    rows: list[EvidenceRow], definition: ActivityDefinition, period: Period, resolution: Resolution
) -> None:
    counted = active(rows, definition, period.start, period.end, resolution)
    of: Counter[str] = Counter({person: Decimal(0) for person, _ in counted})
    actions: Counter[str] = Counter({person: 0 for person, _ in counted})
    without = 0
    for found in rows:
        unit = (resolution.person(found.user_ref), found.instance if definition.per_instance else "")
        if unit in counted and period.contains(found.day) and definition.counts_action(found.action):
            of[unit[0]] += found.quantity or Decimal(0)
            actions[unit[0]] += found.events
            without += found.events if found.quantity is None else 0
    with tempfile.TemporaryDirectory() as temporary:
        path = world.store(rows, Path(temporary) / "evidence")
        for measure, each, unknown in (("sum", of, without), ("count", actions, 0)):
            histogram = tuple(sorted((Decimal(amount), users) for amount, users in Counter(each.values()).items()))
            wanted = AddedUp(
                quantity=sum(map(Decimal, each.values()), Decimal(0)), by_user=histogram, without_quantity=unknown
            )
            asked = {"definition": definition, "period": period, "measure": measure, "resolution": resolution}
            assert plain.add_up(rows=rows, **asked) == wanted
            assert columnar.add_up(parquet_paths=[path], **asked, rows_at_a_time=5) == wanted


ANNA_IN_MAY = row("anna", date(2026, 5, 20))


@pytest.mark.parametrize(
    ("case", "rows", "definition", "since", "users"),
    [
        ("the 30 days before July hold all of June", [row("anna", 1)], define(window={"days": 30}), JUNE.start, 1),
        ("28 days before July leave the 1st and 2nd out", [row("anna", 2)], define(window={"days": 28}), None, 0),
        ("and hold the 3rd", [row("anna", 3)], define(window={"days": 28}), None, 1),
        ("90 days look back into May", [ANNA_IN_MAY], define(window={"days": 90}), date(2026, 1, 1), 1),
        ("but not before the contract", [ANNA_IN_MAY], define(window={"days": 90}), JUNE.start, 0),
        (
            "unless the contract says so",
            [ANNA_IN_MAY],
            define(window={"days": 90}, look_back_before_start=True),
            JUNE.start,
            1,
        ),
        (
            "read daily, a user of 20 May is active until 18 June",
            [ANNA_IN_MAY],
            define(window={"days": 30}, evaluate="daily"),
            date(2026, 1, 1),
            1,
        ),
        (
            "three times within a week, not within the month",
            [row("anna", 1), row("anna", 9), row("anna", 17)],
            define(window={"days": 7}, evaluate="daily", min_events=3),
            None,
            0,
        ),
        (
            "three times within a week",
            [row("anna", 11), row("anna", 14), row("anna", 17)],
            define(window={"days": 7}, evaluate="daily", min_events=3, min_days=3),
            None,
            1,
        ),
    ],
)
def test_windows_of_june(
    case: str,
    rows: list[EvidenceRow],
    definition: ActivityDefinition,
    since: date | None,
    users: int,
    tmp_path: Path,
) -> None:
    path = world.store(rows, tmp_path / "evidence")
    slow = plain.count(rows=rows, definition=definition, period=JUNE, since=since)
    fast = columnar.count(parquet_paths=[path], definition=definition, period=JUNE, since=since)
    assert (slow.active_users, fast.active_users) == (users, users), case


def test_a_window_read_daily_has_a_number_for_every_day() -> None:
    definition = define(window={"days": 3}, evaluate="daily")
    result = plain.count(rows=[row("anna", 4), row("bert", 5)], definition=definition, period=JUNE)
    assert result.daily_active_users == {date(2026, 6, day): users for day, users in ((4, 1), (5, 2), (6, 2), (7, 1))}


def test_a_person_on_two_instances_is_in_the_series_of_both() -> None:
    rows = [row("anna", 3), row("anna", 3, instance="us"), row("bert", 4, instance="us")]
    excluded = Resolution({}, frozenset([ref("bert")]))
    for resolution, on_us in (
        (NO_RESOLUTION, {date(2026, 6, 3): 1, date(2026, 6, 4): 1}),
        (excluded, {date(2026, 6, 3): 1}),
    ):
        series = plain.daily_by_instance(rows=rows, definition=define(), period=JUNE, resolution=resolution)
        assert series == {"eu": {date(2026, 6, 3): 1}, "us": on_us}
