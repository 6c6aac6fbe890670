"""Billing cycles tile a term from an anchor that never moves."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.period import CYCLE_UNITS, BadCycle, BillingCycle, Period


def day(text):
    return date.fromisoformat(text)


def boundaries(unit, anchor, start, end, length=1):
    periods = BillingCycle(unit, day(anchor), length).periods(Period(day(start), day(end)))
    return [str(period.start) for period in periods] + [str(periods[-1].end)]


@pytest.mark.parametrize(
    ("case", "unit", "anchor", "term", "length", "expected"),
    [
        ("calendar months", "month", "2026-01-01", ("2026-01-01", "2026-04-01"), 1,
         "2026-01-01 2026-02-01 2026-03-01 2026-04-01"),
        ("the 31st is cut to a shorter month and comes back", "month", "2026-01-31", ("2026-01-31", "2026-06-30"), 1,
         "2026-01-31 2026-02-28 2026-03-31 2026-04-30 2026-05-31 2026-06-30"),
        ("in a leap year February has 29", "month", "2023-12-31", ("2023-12-31", "2024-04-30"), 1,
         "2023-12-31 2024-01-31 2024-02-29 2024-03-31 2024-04-30"),
        ("a term may start and end inside a cycle", "month", "2026-01-01", ("2026-01-20", "2026-03-10"), 1,
         "2026-01-20 2026-02-01 2026-03-01 2026-03-10"),
        ("a term may lie inside one cycle", "year", "2026-01-01", ("2026-03-01", "2026-03-02"), 1,
         "2026-03-01 2026-03-02"),
        ("the anchor may lie after the term", "month", "2030-01-15", ("2026-01-01", "2026-02-20"), 1,
         "2026-01-01 2026-01-15 2026-02-15 2026-02-20"),
        ("thirty days", "days", "2026-01-01", ("2026-01-01", "2026-03-10"), 30,
         "2026-01-01 2026-01-31 2026-03-02 2026-03-10"),
        ("quarters", "quarter", "2026-01-01", ("2026-01-01", "2027-01-01"), 1,
         "2026-01-01 2026-04-01 2026-07-01 2026-10-01 2027-01-01"),
        ("quarters from the last of November", "quarter", "2025-11-30", ("2025-11-30", "2026-08-30"), 1,
         "2025-11-30 2026-02-28 2026-05-30 2026-08-30"),
        ("half-years", "half_year", "2026-01-01", ("2026-01-01", "2027-01-01"), 1, "2026-01-01 2026-07-01 2027-01-01"),
        ("years from 29 February", "year", "2024-02-29", ("2024-02-29", "2028-02-29"), 1,
         "2024-02-29 2025-02-28 2026-02-28 2027-02-28 2028-02-29"),
        ("every two months", "month", "2026-01-15", ("2026-01-15", "2026-07-15"), 2,
         "2026-01-15 2026-03-15 2026-05-15 2026-07-15"),
    ],
)  # fmt: skip
def test_cycles_tile_a_term(case, unit, anchor, term, length, expected):
    assert boundaries(unit, anchor, *term, length) == expected.split(), case


@pytest.mark.parametrize(
    ("unit", "anchor", "length", "words", "noun"),
    [
        ("month", "2026-01-01", 1, "calendar month", "month"),
        ("month", "2026-01-15", 1, "month from the 15th", "month"),
        ("month", "2026-01-02", 1, "month from the 2nd", "month"),
        ("month", "2026-01-03", 1, "month from the 3rd", "month"),
        ("month", "2026-01-04", 1, "month from the 4th", "month"),
        ("month", "2026-01-11", 1, "month from the 11th", "month"),
        ("month", "2026-01-13", 1, "month from the 13th", "month"),
        ("month", "2026-01-21", 1, "month from the 21st", "month"),
        ("month", "2026-01-22", 1, "month from the 22nd", "month"),
        ("month", "2026-01-23", 1, "month from the 23rd", "month"),
        ("month", "2026-01-28", 1, "month from the 28th", "month"),
        ("month", "2026-01-29", 1, "month from the 29th (in a shorter month from its last day)", "month"),
        ("month", "2026-01-31", 1, "month from the 31st (in a shorter month from its last day)", "month"),
        ("quarter", "2026-04-01", 1, "calendar quarter", "quarter"),
        ("quarter", "2026-02-01", 1, "3 months, counted from 1 Feb 2026", "quarter"),
        ("half_year", "2026-07-01", 1, "calendar half-year", "half-year"),
        ("year", "2026-01-01", 1, "calendar year", "year"),
        ("year", "2026-03-01", 1, "12 months, counted from 1 Mar 2026", "year"),
        ("month", "2026-01-01", 2, "2 months, counted from 1 Jan 2026", "cycle"),
        ("days", "2026-01-01", 30, "30 days, counted from 1 Jan 2026", "cycle"),
    ],
)
def test_cycles_in_words(unit, anchor, length, words, noun):
    cycle = BillingCycle(unit, day(anchor), length)
    assert (cycle.words(), cycle.noun()) == (words, noun)


def test_a_cycle_nobody_can_count_is_refused():
    with pytest.raises(BadCycle, match="'week' is not a unit"):
        BillingCycle("week", day("2026-01-01"))
    with pytest.raises(BadCycle, match="at least one"):
        BillingCycle("days", day("2026-01-01"), 0)


@pytest.mark.parametrize("anchor_day", [*range(1, 32), "29 Feb"])
def test_months_tile_sixty_years_for_every_anchor_day(anchor_day):
    anchor = date(2024, 2, 29) if anchor_day == "29 Feb" else date(2024, 1, anchor_day)
    cycle = BillingCycle("month", anchor)
    term = Period(date(1994, 1, 1), date(2054, 1, 1))
    periods = cycle.periods(term)
    assert periods[0].start == term.start
    assert periods[-1].end == term.end
    assert all(earlier.end == later.start for earlier, later in pairwise(periods))
    for period in periods[1:-1]:
        last_of_month = (period.start.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        assert period.start.day == min(anchor.day, last_of_month.day)
        assert cycle.after(cycle.before(period)) == cycle.before(cycle.after(period)) == period


cycles = st.builds(
    BillingCycle,
    st.sampled_from(CYCLE_UNITS),
    st.dates(date(2000, 1, 1), date(2060, 12, 31)),
    st.integers(1, 40),
)


@given(cycle=cycles, start=st.dates(date(2000, 1, 1), date(2059, 12, 31)), days=st.integers(1, 1500))
def test_every_day_of_a_term_lies_in_exactly_one_cycle(cycle, start, days):
    term = Period(start, start + timedelta(days=days))
    periods = cycle.periods(term)
    assert [d for period in periods for d in period.each_day()] == list(term.each_day())
    for period in periods:
        assert cycle.period_of(period.start) == cycle.period_of(period.last_day)
        assert cycle.period_of(period.start).contains(period)


@given(cycle=cycles, number=st.integers(-20, 20))
def test_the_next_of_the_previous_cycle_is_the_cycle_itself(cycle, number):
    period = cycle.period(number)
    assert cycle.after(cycle.before(period)) == period
    assert cycle.number_of(period.start) == cycle.number_of(period.last_day) == number
