"""A quantity is divided or multiplied, and rounded, before it is priced."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.terms.conversion import Conversion
from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.nouns import UNITS
from rollcall.terms.priced import price_of_more
from rollcall.terms.prices import write_price
from tests.rollcall.terms.prices.laws import quantities, read, shown, total

D = Decimal
THOUSANDS = {
    "model": "graduated",
    "bound": "inclusive",
    "tiers": [{"up_to": 5, "unit_price": "1.00"}, {"up_to": None, "unit_price": "0.50"}],
    "convert": {"divide_by": "1000", "rounding": "up"},
}


def convert(quantity, **conversion):
    return Conversion.from_fields(Fields.of(conversion, "convert")).convert(D(quantity))


@pytest.mark.parametrize(
    ("quantity", "rounding", "divided"),
    [("7400", "up", 8), ("7400", "down", 7), ("7400", "half_up", 7), ("7500", "half_up", 8), ("7400", "none", D("7.4")),
     ("0", "up", 0), ("1", "up", 1), ("999", "down", 0), ("7000", "up", 7), ("7000", "down", 7), ("7000", "half_up", 7)],
)  # fmt: skip
def test_divided(quantity, rounding, divided):
    assert convert(quantity, divide_by="1000", rounding=rounding) == divided


def test_multiplied():
    assert convert("3", multiply_by="2.5", rounding="none") == D("7.5")
    assert convert("3", multiply_by="2.5", rounding="half_up") == 8
    assert convert("10", divide_by="3", rounding="half_up") == 3


@given(quantities(2), st.integers(1, 999), st.sampled_from(["up", "down", "half_up"]))
def test_rounding_stays_within_one(quantity, divisor, rounding):
    exact = Fraction(quantity) / divisor
    off = Fraction(convert(quantity, divide_by=str(divisor), rounding=rounding)) - exact
    low, high = {"up": (0, 1), "down": (-1, 0), "half_up": (Fraction(-1, 2), Fraction(1, 2))}[rounding]
    assert low <= off <= high
    assert abs(off) < 1


def test_what_comes_out_is_priced():
    assert shown(read(THOUSANDS), 7400) == [("tier-1", "5", "1.00"), ("tier-2", "3", "0.50")]
    assert total(read(THOUSANDS), 7400) == D("6.5")
    assert shown(read(THOUSANDS), 0) == []
    assert [part.words for part in read(THOUSANDS).price(D(7400), UNITS)] == [
        "units 1 to 5, tier 1 (7,400 units divided by 1,000, rounded up: 8)",
        "units 6 to 8, tier 2",
    ]


def test_in_words_and_back_to_terms():
    price = read(THOUSANDS)
    assert price.words("EUR", UNITS).startswith(
        "Before the price the number of units is divided by 1,000, rounded up. The price is graduated"
    )
    assert write_price(price) == THOUSANDS
    times = read({**THOUSANDS, "convert": {"multiply_by": "1.50", "rounding": "none"}})
    assert "is multiplied by 1.5. The price" in times.words("EUR", UNITS)
    assert write_price(times)["convert"] == {"multiply_by": "1.5", "rounding": "none"}
    assert price.to_json()["convert"] == THOUSANDS["convert"]


def test_further_units_cost_the_difference():
    (part,) = price_of_more(read(THOUSANDS), D(4500), D(1000), UNITS)
    assert part.unit_price == D("0.50")
    assert not read(THOUSANDS).is_marginal


def test_warnings_are_those_of_the_price_inside():
    assert read(THOUSANDS).warnings("EUR") == []
    assert read({**THOUSANDS, "model": "volume"}).warnings("EUR") == [
        "The total falls as usage rises: 5 users cost EUR 5.00, 6 users cost EUR 3.00."
    ]


@pytest.mark.parametrize(
    ("case", "conversion", "path", "sentence"),
    [
        ("neither", {"rounding": "up"}, "price.convert.divide_by", "write one of the two"),
        ("both", {"divide_by": "2", "multiply_by": "2", "rounding": "up"}, "price.convert.divide_by", "one of the two"),
        ("by nothing", {"divide_by": "0", "rounding": "up"}, "price.convert.divide_by", "above zero"),
        ("no word of rounding", {"divide_by": "2"}, "price.convert.rounding", "changes the bill"),
        (
            "thirds without an end",
            {"divide_by": "3", "rounding": "none"},
            "price.convert.rounding",
            "no end in decimals",
        ),
        ("another key", {"divide_by": "2", "rounding": "up", "to": "hours"}, "price.convert.to", "a conversion"),
    ],
)
def test_refused(case, conversion, path, sentence):
    with pytest.raises(TermsRefused) as refused:
        read({**THOUSANDS, "convert": conversion})
    assert refused.value.path == path, case
    assert sentence in refused.value.sentence
