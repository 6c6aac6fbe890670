"""Every billing cycle rated: months, anniversaries, days, quarters, half-years and years, with parts at both ends."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rollcall.money import Money
from rollcall.period import Period
from rollcall.rating import TermRating, TermUsage, rate_term
from rollcall.rating.proration import share_of
from rollcall.rating.versions import Amendment
from rollcall.terms.contract import ContractTerms
from rollcall.terms.proration import DAY_COUNTS


def terms_of(cycle: dict[str, Any], start: str, end: str, **more: Any) -> ContractTerms:
    return ContractTerms.from_json(
        {
            "currency": "EUR",
            "timezone": "Europe/Berlin",
            "term": {"start": start, "end": end},
            "cycle": cycle,
            "charges": {
                "plan": {"price": {"model": "fixed", "amount": "365.00"}, "in_part_periods": "reduced"},
            },
            "tax": {"category": "S", "rate": "19"},
            **more,
        }
    )


def rate_all(terms: ContractTerms, *amendments: Amendment) -> TermRating:
    usage = {"periods": [{"start": f"{one.start}", "end": f"{one.end}"} for one in terms.periods]}
    return rate_term(terms=terms, usage=TermUsage.from_json(usage), amendments=amendments)


@pytest.mark.parametrize(
    ("cycle", "start", "end", "amounts"),
    [
        ({"unit": "month", "anchor": "2026-01-01"}, "2026-01-01", "2026-04-01", ["365.00"] * 3),
        # 16 of 31 days before the first whole month, 14 of 28 at the end.
        ({"unit": "month", "anchor": "2026-01-01"}, "2025-12-16", "2026-02-15", ["188.39", "365.00", "182.50"]),
        # An anniversary on the 15th: the first part is measured against the cycle from 15 December, 31 days.
        ({"unit": "month", "anchor": "2025-11-15"}, "2026-01-01", "2026-02-15", ["164.84", "365.00"]),
        # The 31st: a cycle from 28 February to 30 March has 31 days.
        ({"unit": "month", "anchor": "2026-01-31"}, "2026-01-31", "2026-03-15", ["365.00", "176.61"]),
        (
            {"unit": "days", "anchor": "2026-01-01", "length": 30},
            "2026-01-01",
            "2026-03-11",
            ["365.00", "365.00", "109.50"],
        ),
        ({"unit": "quarter", "anchor": "2026-01-01"}, "2026-01-01", "2026-08-01", ["365.00", "365.00", "122.99"]),
        ({"unit": "half_year", "anchor": "2026-01-01"}, "2026-01-01", "2027-01-01", ["365.00", "365.00"]),
        ({"unit": "year", "anchor": "2026-01-01"}, "2026-01-01", "2027-02-01", ["365.00", "31.00"]),
        # A leap year has a day more, and a day of it costs less.
        ({"unit": "year", "anchor": "2024-01-01"}, "2024-01-01", "2024-02-01", ["30.92"]),
        ({"unit": "month", "anchor": "2026-01-01", "length": 2}, "2026-01-01", "2026-03-16", ["365.00", "89.75"]),
    ],
)
def test_every_cycle_is_rated(cycle: dict[str, Any], start: str, end: str, amounts: list[str]) -> None:
    rated = rate_all(terms_of(cycle, start, end))
    assert [str(rating.net_amount) for rating in rated.periods] == amounts


@pytest.mark.parametrize(
    ("anchor", "boundaries"),
    [
        # Sourcebot and Zulip clamp to the end of a shorter month, and come back to the day after it.
        ("2026-01-31", ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
        ("2012-01-02", ["2012-01-02", "2012-02-02", "2012-03-02", "2012-04-02"]),
        ("2023-12-31", ["2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31"]),
        ("2024-12-29", ["2024-12-29", "2025-01-29", "2025-02-28", "2025-03-29"]),
    ],
)
def test_cycles_begin_on_the_days_of_the_table(anchor: str, boundaries: list[str]) -> None:
    terms = terms_of({"unit": "month", "anchor": anchor}, boundaries[0], boundaries[-1])
    assert [one.start.isoformat() for one in terms.periods] == boundaries[:-1]


cycles = st.builds(
    lambda unit, anchor, length: {"unit": unit, "anchor": anchor.isoformat(), "length": length},
    st.sampled_from(["month", "quarter", "half_year", "year", "days"]),
    st.dates(date(2023, 1, 1), date(2025, 12, 31)),
    st.integers(1, 3),
)


@given(
    cycle=cycles,
    start=st.dates(date(2024, 1, 1), date(2025, 12, 31)),
    days=st.integers(1, 500),
    count=st.sampled_from(DAY_COUNTS),
)
def test_periods_tile_the_term_and_their_shares_add_up_cycle_by_cycle(
    cycle: dict[str, Any], start: date, days: int, count: str
) -> None:
    if cycle["unit"] == "days":
        cycle = cycle | {"length": cycle["length"] * 10}
        count = "real_days" if count == "30_day_months" else count
    elif count == "30_day_months":
        # Cycles from a later day have more days in one month than in another, which the terms refuse.
        cycle = cycle | {"anchor": cycle["anchor"][:8] + f"{min(int(cycle['anchor'][8:]), 28):02}"}
    end = start + timedelta(days=days)
    terms = terms_of(cycle, start.isoformat(), end.isoformat(), day_count=count)
    assert [day for period in terms.periods for day in period.each_day()] == list(terms.term.each_day())
    for period, rating in zip(terms.periods, rate_all(terms).periods, strict=True):
        whole = terms.cycle.period_of(period.start)
        share = share_of(terms, period)
        assert (share == 1) or period != whole
        exact = Fraction(365) * share
        assert abs(Fraction(rating.net_amount) - exact) <= Fraction(1, 200)
        assert share + sum(share_of(terms, part) for part in _without(whole, period)) == 1


def _without(whole: Period, part: Period) -> list[Period]:
    ends = [(whole.start, part.start), (part.end, whole.end)]
    return [Period(start, end) for start, end in ends if start < end]


@given(cents=st.integers(0, 10**7), cuts=st.sets(st.integers(1, 30), max_size=5))
def test_a_whole_that_is_split_by_days_loses_no_cent(cents: int, cuts: set[int]) -> None:
    january = Period(date(2026, 1, 1), date(2026, 2, 1))
    ends = [0, *sorted(cuts), 31]
    weights = [later - earlier for earlier, later in pairwise(ends)]
    amount = Money(Decimal(cents).scaleb(-2), "EUR")
    parts = amount.split(weights)
    assert sum(weights) == january.days
    assert sum((part.amount for part in parts), Decimal(0)) == amount.amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(Fraction(part.amount) - Fraction(amount.amount) * Fraction(weight, 31)) < Fraction(1, 100)


@given(first=st.integers(1, 360), gap=st.integers(1, 4), rule=st.sampled_from(["next_cycle", "whole_cycle"]))
def test_an_amendment_and_its_inverse_inside_one_cycle_change_nothing(first: int, gap: int, rule: str) -> None:
    start = date(2026, 1, 1) + timedelta(days=first)
    back = start + timedelta(days=gap)
    terms = terms_of({"unit": "month", "anchor": "2026-01-01"}, "2026-01-01", "2027-01-01", mid_cycle=rule)
    other = ContractTerms.from_json(
        terms.to_json() | {"charges": {"plan": {"price": {"model": "fixed", "amount": "99.00"}}}}
    )
    assume(terms.period_of(start) == terms.period_of(back) and start.day > 1)
    amendments = [
        Amendment(start=start, terms=other, name="version 2"),
        Amendment(start=back, terms=terms, name="version 3"),
    ]
    changed, plain = rate_all(terms, *amendments), rate_all(terms)
    assert [rating.net_amount for rating in changed.periods] == [rating.net_amount for rating in plain.periods]
