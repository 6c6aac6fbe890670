"""Zones and the edges of periods, as users of other systems complained about them: one story for each.

Exports are read as they came, in the zone of the bill, and counted by both counters and the independent program.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from rollcall.period import BillingCycle, Period, civil_day
from tests.rollcall.counting.stories import counted, did, export, person, taken, verdicts
from tests.rollcall.counting.world import define

APRIL = Period(date(2026, 4, 1), date(2026, 5, 1))
MAY = Period(date(2026, 5, 1), date(2026, 6, 1))
WEST, EAST, CENTER = "America/Los_Angeles", "Pacific/Auckland", "UTC"


def users_of(text: str, zone: str, folder: Path) -> tuple[int, int]:
    """Return who was active in April and in May, by the days of a zone."""
    result, rows = taken(text, "export.csv", folder, zone)
    assert result.rows.accepted == result.rows.read > 0
    april, may = (counted(rows, define(), folder, period=period) for period in (APRIL, MAY))
    return april.active_users, may.active_users


@pytest.mark.parametrize(("zone", "offset"), [(WEST, "-07:00"), (EAST, "+12:00"), (CENTER, "+00:00")])
def test_the_end_of_the_day_was_not_that_of_the_accounts_zone(zone: str, offset: str, tmp_path: Path) -> None:
    """killbill/killbill#1856: double billing; each instant is in exactly one period, and the two touch."""
    last, first = f"2026-04-30T23:59:59.999999{offset}", f"2026-05-01T00:00:00{offset}"
    assert users_of(export(("in April", last), ("in May", first), ("too", first)), zone, tmp_path) == (1, 2)
    assert APRIL.instants(zone)[1] == MAY.instants(zone)[0] == datetime.fromisoformat(first)


@pytest.mark.parametrize("zone", [CENTER, WEST])
def test_the_usage_of_the_last_day_was_left_out_for_one_zone_and_kept_for_another(zone: str, tmp_path: Path) -> None:
    """killbill/killbill#1918: left out for accounts in UTC, kept for those in PST."""
    noon = [(f"user {day}", f"2026-04-{day:02}T20:00:00Z") for day in (1, 15, 30)]
    result, rows = taken(export(*noon), "export.csv", tmp_path, zone)
    april = counted(rows, define(), tmp_path, period=APRIL)
    assert (result.days[-1], april.active_users) == ("2026-04-30", 3)
    assert april.daily_active_users[APRIL.last_day] == 1


@pytest.mark.parametrize(
    ("zone", "ends_at"),
    [
        (CENTER, datetime(2026, 4, 16, 0, tzinfo=UTC)),
        (WEST, datetime(2026, 4, 16, 7, tzinfo=UTC)),
        (EAST, datetime(2026, 4, 15, 12, tzinfo=UTC)),
    ],
)
def test_cancelling_behaved_differently_by_zone(zone: str, ends_at: datetime, tmp_path: Path) -> None:
    """killbill/killbill#1981: a contract that ends on the 15th ends when that day ends there, everywhere."""
    *_, last = BillingCycle("month", date(2026, 1, 1)).periods(Period(date(2026, 1, 1), date(2026, 4, 16)))
    assert (str(last), last.instants(zone)[1]) == ("2026-04-01/2026-04-16", ends_at)
    second = timedelta(seconds=1)
    text = export(("kept", (ends_at - second).isoformat()), ("gone", ends_at.isoformat()))
    _, rows = taken(text, "export.csv", tmp_path, zone)
    assert list(verdicts(counted(rows, define(), tmp_path, period=last))) == [person("kept")]


@pytest.mark.parametrize("zone", ["Asia/Tokyo", EAST, "Pacific/Kiritimati"])
def test_zones_ahead_of_utc_had_their_month_twice(zone: str) -> None:
    """getlago/lago-api#879: two invoices, because the day in UTC and the day there disagree for hours."""
    cycle = BillingCycle("month", date(2026, 1, 1))
    begin = datetime(2026, 4, 30, tzinfo=UTC)
    hours = [begin + timedelta(hours=hour) for hour in range(-24, 48)]
    current = [cycle.period_of(civil_day(hour, zone)) for hour in hours]
    # Hour by hour there is one change, from April to May, at the instant that both call theirs.
    assert [new for old, new in pairwise(current) if new != old] == [MAY]
    assert hours[current.index(MAY)] == MAY.instants(zone)[0] == APRIL.instants(zone)[1] < begin + timedelta(days=1)


@pytest.mark.parametrize(("zone", "first_hour"), [(CENTER, 0), (WEST, 8), (EAST, -13)])
def test_a_first_part_month_began_and_ended_in_another_zone(zone: str, first_hour: int, tmp_path: Path) -> None:
    """getlago/lago-api#2244: the end of a trial, where paying begins, was computed without the zone."""
    first, second, *_ = BillingCycle("month", date(2026, 1, 1)).periods(Period(date(2026, 1, 15), date(2027, 1, 1)))
    starts_at = datetime(2026, 1, 15, tzinfo=UTC) + timedelta(hours=first_hour)
    assert (first.days, first.instants(zone)) == (17, (starts_at, starts_at + timedelta(days=17)))
    text = export(
        ("on trial", (starts_at - timedelta(seconds=1)).isoformat()),
        ("pays", starts_at.isoformat()),
        ("pays in February", (starts_at + timedelta(days=17)).isoformat()),
    )
    _, rows = taken(text, "export.csv", tmp_path, zone)
    said = [list(verdicts(counted(rows, define(), tmp_path, period=period))) for period in (first, second)]
    assert said == [[person("pays")], [person("pays in February")]]


def test_an_anniversary_on_30_january_had_wrong_bounds_in_february(tmp_path: Path) -> None:
    """getlago/lago-api#1840: February ends the cycle on its last day, and the 30th comes back in March."""
    periods = BillingCycle("month", date(2026, 1, 30)).periods(Period(date(2026, 1, 30), date(2026, 5, 30)))
    assert [str(period) for period in periods] == [
        "2026-01-30/2026-02-28",
        "2026-02-28/2026-03-30",
        "2026-03-30/2026-04-30",
        "2026-04-30/2026-05-30",
    ]
    cycle = BillingCycle("month", date(2026, 1, 30))
    assert [cycle.period_of(date(2026, 2, day)) for day in (27, 28)] == list(periods[:2])
    assert cycle.period_of(date(2026, 3, 29)) == periods[1]
    leap = BillingCycle("month", date(2028, 1, 30)).period_of(date(2028, 2, 29))
    assert str(leap) == "2028-02-29/2028-03-30"
    days = [date(2026, 1, 30), date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 29), date(2026, 3, 30)]
    rows = [did(str(day), day) for day in days]
    assert [counted(rows, define(), tmp_path, period=period).active_users for period in periods] == [2, 2, 1, 0]


def test_timestamps_had_to_be_shifted_by_hand_for_a_customer_in_another_zone(tmp_path: Path) -> None:
    """getlago/lago#61, #146: the same file, unchanged, is counted by the days of each customer's contract."""
    text = export(
        ("anna", "2026-04-30T11:30:00Z"),
        ("bert", "2026-04-30T12:30:00Z"),
        ("carl", "2026-05-01T06:30:00Z"),
        ("dora", "2026-05-01T07:30:00Z"),
    )
    assert {zone: users_of(text, zone, tmp_path) for zone in (WEST, CENTER, EAST)} == {
        WEST: (3, 1),
        CENTER: (2, 2),
        EAST: (1, 3),
    }


@pytest.mark.parametrize("written", ["2026-04-30T22:00:00-07:00", "2026-05-01T05:00:00Z", "2026-05-01T07:00:00+02:00"])
def test_30_april_at_22_o_clock_was_counted_in_may(written: str, tmp_path: Path) -> None:
    """iexg/IEX-API#922: however the exporter writes the instant, there it was April."""
    assert users_of(export(("anna", written)), WEST, tmp_path) == (1, 0)


def test_the_window_was_wrong_when_the_term_is_longer_than_a_year(tmp_path: Path) -> None:
    """Flagsmith/flagsmith#6099: a term of two years is one window, or twenty-four months that leave no day out."""
    term = Period(date(2025, 3, 15), date(2027, 3, 15))
    rows = [did("in the first month", date(2025, 3, 15)), did("after a year", date(2026, 3, 20))]
    rows += [did("on the last day", date(2027, 3, 14)), did("every year", date(2025, 4, 1))]
    rows += [did("every year", date(2026, 4, 1)), did("too early", date(2025, 3, 14)), did("late", date(2027, 3, 15))]
    whole = counted(rows, define(), tmp_path, period=term)
    assert (whole.active_users, verdicts(whole)[person("every year")].active_days) == (4, 2)
    months = BillingCycle("month", term.start).periods(term)
    assert (len(months), sum(month.days for month in months)) == (24, term.days)
    by_month = [counted(rows, define(), tmp_path, period=month).active_users for month in months]
    assert {str(month.start): users for month, users in zip(months, by_month, strict=True) if users} == {
        "2025-03-15": 2,
        "2026-03-15": 2,
        "2027-02-15": 1,
    }
