"""Parts of a cycle, by the published numbers of billing systems that measure them in different ways."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.period import BillingCycle, Period
from rollcall.rating.proration import share_of
from rollcall.terms.contract import ContractTerms
from rollcall.terms.proration import DAY_COUNTS, NotInOneCycle, length_of, part_of
from tests.rollcall.terms.documents import full_terms


def days(start: str, end: str) -> Period:
    return Period(date.fromisoformat(start), date.fromisoformat(end))


def terms_of(unit: str, anchor: str, *, day_count: str = "real_days", timezone: str = "UTC") -> ContractTerms:
    written = full_terms() | {
        "timezone": timezone,
        "term": {"start": "2007-01-01", "end": "2029-01-01"},
        "cycle": {"unit": unit, "anchor": anchor},
        "day_count": day_count,
    }
    return ContractTerms.from_json(written)


@pytest.mark.parametrize(
    ("unit", "anchor", "start", "end", "share"),
    [
        # Kill Bill: a leading fragment is measured against the cycle before the first whole one.
        ("month", "2011-01-13", "2011-02-01", "2011-02-13", "12/31"),
        ("year", "2011-02-13", "2011-02-01", "2011-02-13", "12/365"),
        ("quarter", "2010-06-17", "2010-09-17", "2010-09-25", "8/91"),
        # Lago: 24 of 31 days; the day of the start counts.
        ("month", "2023-01-01", "2023-01-08", "2023-02-01", "24/31"),
        # OpenMeter and the quoted Stripe example: half-open, 15 of 31 and 17 of 31.
        ("month", "2026-01-01", "2026-01-01", "2026-01-16", "15/31"),
        ("month", "2024-05-01", "2024-05-15", "2024-06-01", "17/31"),
        # Polar: 304 of 365 days of a year that begins after the leap day.
        ("year", "2024-08-01", "2024-10-01", "2025-08-01", "304/365"),
    ],
)
def test_published_parts_by_real_days(unit: str, anchor: str, start: str, end: str, share: str) -> None:
    assert share_of(terms_of(unit, anchor), days(start, end)) == Fraction(share)


@pytest.mark.parametrize("start", ["2023-05-23", "2023-02-23", "2024-02-23"])
def test_kill_bill_counts_22_days_in_months_of_30(start: str) -> None:
    end = (date.fromisoformat(start) + timedelta(days=31)).replace(day=15)
    period = Period(date.fromisoformat(start), end)
    assert length_of(period=period, day_count="30_day_months", timezone="UTC") == 22
    cycle = days(start, end.replace(day=23).isoformat())
    assert part_of(period=period, whole=cycle, day_count="30_day_months", timezone="UTC") == Fraction(22, 30)


def test_a_31st_is_no_day_of_its_own_in_months_of_30() -> None:
    terms = terms_of("month", "2026-01-01", day_count="30_day_months")
    pieces = {
        ("2026-01-16", "2026-01-31"): 15,  # 16 to 30 Jan
        ("2026-01-16", "2026-02-01"): 15,  # and the 31st, which counts for nothing
        ("2026-01-30", "2026-01-31"): 1,
        ("2026-01-31", "2026-02-01"): 0,
        ("2026-01-30", "2026-02-01"): 1,
        ("2026-02-16", "2026-03-01"): 15,  # 16 to 27 Feb are 12 days, and the 28th fills up to 30
        ("2026-02-28", "2026-03-01"): 3,
        ("2028-02-29", "2028-03-01"): 2,
        ("2026-04-30", "2026-05-01"): 1,
    }
    for (start, end), counted in pieces.items():
        assert share_of(terms, days(start, end)) == Fraction(counted, 30), (start, end)


@given(
    start=st.dates(date(2024, 1, 1), date(2027, 12, 31)),
    length=st.integers(1, 400),
)
def test_months_of_30_days_are_counted_day_by_day(start: date, length: int) -> None:
    """Each of the days 1 to 30 counts one, a 31st none, the last day of February what is missing to 30."""
    counted = 0
    for day in (start + timedelta(days=number) for number in range(length)):
        is_last_of_february = day.month == 2 and (day + timedelta(days=1)).month == 3
        counted += 31 - day.day if is_last_of_february else day.day <= 30
    period = Period(start, start + timedelta(days=length))
    assert length_of(period=period, day_count="30_day_months", timezone="UTC") == counted


def test_seconds_see_the_hour_that_the_clock_lost_and_days_do_not() -> None:
    march = days("2026-03-01", "2026-03-16"), days("2026-03-16", "2026-04-01")
    by_seconds = terms_of("month", "2026-01-01", day_count="seconds", timezone="Europe/Berlin")
    by_days = terms_of("month", "2026-01-01", timezone="Europe/Berlin")
    assert [share_of(by_seconds, half) for half in march] == [Fraction(15 * 24, 743), Fraction(383, 743)]
    assert [share_of(by_days, half) for half in march] == [Fraction(15, 31), Fraction(16, 31)]


def test_a_part_is_never_more_than_the_whole() -> None:
    with pytest.raises(NotInOneCycle, match="nothing costs more than a whole cycle"):
        share_of(terms_of("month", "2026-01-01"), days("2026-01-01", "2026-03-01"))


@given(
    anchor=st.dates(date(2024, 1, 1), date(2024, 12, 31)),
    unit=st.sampled_from(["month", "quarter", "half_year", "year"]),
    number=st.integers(-12, 24),
    cuts=st.lists(st.floats(0, 1), max_size=4),
    day_count=st.sampled_from(DAY_COUNTS),
    timezone=st.sampled_from(["UTC", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia"]),
)
def test_the_pieces_of_a_cycle_add_up_to_one(
    anchor: date, unit: str, number: int, cuts: list[float], day_count: str, timezone: str
) -> None:
    whole = BillingCycle(unit, anchor).period(number)
    ends = sorted({whole.start, whole.end, *(whole.start + timedelta(days=int(cut * whole.days)) for cut in cuts)})
    pieces = [Period(start, end) for start, end in pairwise(ends)]
    shares = [part_of(period=piece, whole=whole, day_count=day_count, timezone=timezone) for piece in pieces]
    assert sum(shares) == 1
    assert all(0 <= share <= 1 for share in shares)
