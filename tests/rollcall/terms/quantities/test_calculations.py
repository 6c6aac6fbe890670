"""Every calculation of a daily series: what it gives, what it says, what it refuses, and what holds for any series."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall.counting.aggregates import reduce_daily, reduce_instances
from rollcall.period import Period
from rollcall.terms.calculations import CALCULATIONS, Calculation
from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.nouns import ACTIVE_USERS
from rollcall.terms.quantities import parameters_of, read_calculation, write_calculation

FIRST = date(2026, 6, 1)
JUNE = Period(FIRST, date(2026, 7, 1))
AVERAGE = {"calculation": "average", "average_over": "days_reported", "rounding": "up"}
STATED = {
    "max": {"calculation": "max"},
    "min": {"calculation": "min"},
    "sum": {"calculation": "sum"},
    "last": {"calculation": "last"},
    "average": AVERAGE,
    "percentile": {"calculation": "percentile", "percentile": "95"},
    "all_but_highest_days": {"calculation": "all_but_highest_days", "highest_days": 3},
    "each_day_alone": {"calculation": "each_day_alone"},
}


def read(document) -> Calculation:
    fields = Fields.of(document, "metrics.q")
    found = read_calculation(fields)
    fields.nothing_else("a metric")
    assert found is not None
    return found


def days(*users):
    return {FIRST + timedelta(days=number): count for number, count in enumerate(users) if count is not None}


def reduced(document, *users, excused=()):
    return reduce_daily(calculation=read(document), daily=days(*users), period=JUNE, excused=excused)


def test_every_calculation_is_stated_here_and_read_back_as_it_was_written():
    assert set(STATED) == set(CALCULATIONS)
    for name, document in STATED.items():
        found = read(document)
        assert write_calculation(found) == document, name
        assert read(write_calculation(found)) == found


@pytest.mark.parametrize(
    ("document", "users", "quantity", "words"),
    [
        (STATED["percentile"], (10, 30, 20), 30, "95th percentile of 3 daily counts: in rising order the number at place 3 of 3, 30"),
        (STATED["percentile"] | {"percentile": "50"}, (10, 40, 20, 30), 20, "50th percentile of 4 daily counts: in rising order the number at place 2 of 4, 20"),
        (STATED["percentile"] | {"percentile": "99.9"}, (10, 20), 20, "99.9th percentile of 2 daily counts"),
        (STATED["percentile"] | {"percentile": "1"}, (10, 20), 10, "1st percentile"),
        (STATED["percentile"] | {"percentile": "11"}, (10, 20), 10, "11th percentile"),
        (STATED["all_but_highest_days"], (5, 90, 7, 90, 80, 6), 7, "maximum of 6 daily counts without 90 on 2 Jun 2026, 90 on 4 Jun 2026, 80 on 5 Jun 2026: 7 on 3 Jun 2026"),
        (STATED["all_but_highest_days"] | {"highest_days": 1}, (5, 9), 5, "without 9 on 2 Jun 2026: 5 on 1 Jun 2026"),
        (STATED["all_but_highest_days"], (5, 9), 5, "without 9 on 2 Jun 2026: 5 on 1 Jun 2026"),
        (STATED["all_but_highest_days"], (5,), 5, "maximum of 1 daily count: 5 on 1 Jun 2026"),
        (STATED["each_day_alone"], (5, 9), 14, "2 daily counts, each priced alone"),
        (AVERAGE | {"decimals": 2}, (1, 1, 2), Decimal("1.34"), "4 ÷ 3 = about 1.33, rounded to 1.34"),
        (AVERAGE | {"average_over": "days_of_period", "rounding": "down", "decimals": 1}, (10, 9), Decimal("0.6"), "19 ÷ 30 = about 0.63, rounded to 0.6"),
    ],
)  # fmt: skip
def test_what_a_series_comes_to(document, users, quantity, words):
    found = reduced(document, *users)
    assert found.quantity == quantity
    assert words in found.words


@pytest.mark.parametrize(
    ("document", "place", "sentence"),
    [
        ({"calculation": "median"}, "calculation", '"all_but_highest_days"'),
        ({"calculation": "percentile"}, "percentile", "is missing"),
        ({"calculation": "percentile", "percentile": "0"}, "percentile", "above 0 and at most 100"),
        ({"calculation": "percentile", "percentile": "100.1"}, "percentile", "above 0 and at most 100"),
        ({"calculation": "percentile", "percentile": 95}, "percentile", "in quotes"),
        ({"calculation": "all_but_highest_days", "highest_days": 0}, "highest_days", "at least 1"),
        ({"calculation": "max", "percentile": "95"}, "percentile", 'belongs to the calculation "percentile"'),
        ({"calculation": "max", "tier_by": "max"}, "tier_by", 'belongs to the calculation "average"'),
        (AVERAGE | {"decimals": 7}, "decimals", "at most 6 decimals"),
        (AVERAGE | {"tier_by": "min"}, "tier_by", 'must be "max"'),
        (AVERAGE | {"highest_days": 2}, "highest_days", 'belongs to the calculation "all_but_highest_days"'),
    ],
)
def test_what_cannot_be_meant_is_refused(document, place, sentence):
    with pytest.raises(TermsRefused, match=sentence) as refused:
        read(document)
    assert refused.value.path == f"metrics.q.{place}"


@pytest.mark.parametrize("name", sorted(STATED))
def test_the_words_say_what_is_meant_and_what_a_missing_day_does(name):
    found = read(STATED[name])
    assert "daily count" in found.words()
    adds = found.words_of_a_missing_day() == "A day without a count adds nothing to the sum."
    assert adds == (name in ("sum", "each_day_alone"))
    assert adds or "never read as zero" in found.words_of_a_missing_day()


def test_user_days_have_a_noun_of_their_own():
    assert read(STATED["sum"]).noun(ACTIVE_USERS).of(2) == "2 active user days"
    assert read(STATED["max"]).noun(ACTIVE_USERS) == ACTIVE_USERS
    assert parameters_of("average") == ("average_over", "rounding", "decimals", "tier_by")
    assert parameters_of("unique") == ()


def test_an_excused_day_is_left_out_of_numbers_and_of_days():
    over_all = AVERAGE | {"average_over": "days_of_period"}
    festival = {FIRST + timedelta(days=1), date(2026, 8, 1)}
    found = reduced(over_all | {"decimals": 2}, 10, 900, 20, excused=festival)
    assert "30 ÷ 29" in found.words
    assert reduced(STATED["max"], 10, 900, 20, excused=festival).quantity == 20


series = st.dictionaries(
    st.integers(0, 29).map(lambda day: FIRST + timedelta(days=day)), st.integers(0, 1000), min_size=1
)


@settings(deadline=None)
@given(daily=series, percent=st.integers(1, 100), dropped=st.integers(1, 40))
def test_laws_of_any_series(daily, percent, dropped):
    def quantity(document):
        return reduce_daily(calculation=read(document), daily=daily, period=JUNE).quantity

    least, most = quantity(STATED["min"]), quantity(STATED["max"])
    assert least <= quantity(AVERAGE) <= most
    assert least <= quantity(STATED["percentile"] | {"percentile": str(percent)}) <= most
    assert quantity(STATED["percentile"] | {"percentile": "100"}) == most
    assert least <= quantity(STATED["all_but_highest_days"] | {"highest_days": dropped}) <= most
    assert quantity(STATED["sum"]) == quantity(STATED["each_day_alone"]) == sum(daily.values())
    assert quantity(AVERAGE) * len(daily) >= quantity(STATED["sum"])
    # What is at or below the percentile is at least that share of the days.
    at = quantity(STATED["percentile"] | {"percentile": str(percent)})
    assert Fraction(sum(number <= at for number in daily.values()), len(daily)) >= Fraction(percent, 100)


@settings(deadline=None)
@given(by_instance=st.dictionaries(st.sampled_from(["a", "b", "c"]), series, min_size=1))
def test_the_peak_of_each_is_never_below_the_peak_of_all(by_instance):
    added = {
        day: sum(daily.get(day, 0) for daily in by_instance.values())
        for day in {day for daily in by_instance.values() for day in daily}
    }
    peak = read(STATED["max"])
    each = reduce_instances(calculation=peak, by_instance=by_instance, period=JUNE).quantity
    assert each >= reduce_daily(calculation=peak, daily=added, period=JUNE).quantity
    total = reduce_instances(calculation=read(STATED["sum"]), by_instance=by_instance, period=JUNE).quantity
    assert total == sum(added.values())


@pytest.mark.parametrize(
    ("decimals", "words"),
    [
        ({}, "rounded up to whole users"),
        ({"decimals": 1}, "rounded up to 1 decimal"),
        ({"decimals": 2}, "rounded up to 2 decimals"),
    ],
)
def test_an_average_says_to_what_it_is_rounded(decimals, words):
    assert read_calculation(Fields.of(AVERAGE | decimals, "metric")).words().endswith(words)
