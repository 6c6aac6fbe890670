"""Money: exact, rounded in one place, and split without losing a cent."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.money import (
    CURRENCIES,
    CurrencyMismatch,
    Money,
    NotAnAmount,
    UnknownCurrency,
    count_in_words,
    decimal_of,
    exact_product,
    exact_sum,
    exponent,
    in_words,
    number_in_words,
    plain,
    priced,
    round_fraction,
    round_half_up,
    shortest,
    users_in_words,
)

D = Decimal


@pytest.mark.parametrize(
    ("case", "amount", "currency", "rounded"),
    [
        ("half a cent goes up", "0.125", "EUR", "0.13"),
        ("half a cent goes up after an even cent too, unlike a banker's rounding", "0.145", "EUR", "0.15"),
        ("less than half a cent goes down", "0.1249999999999999999999999999999999", "EUR", "0.12"),
        ("a negative half cent goes away from zero", "-324.995", "EUR", "-325.00"),
        ("a yen has no decimals", "200.5", "JPY", "201"),
        ("a yen below a half goes down", "100.4", "JPY", "100"),
        ("a Kuwaiti dinar has three decimals", "1.0005", "KWD", "1.001"),
        ("a whole amount gets its decimals", "29", "EUR", "29.00"),
        ("what rounds to nothing is never minus zero", "-0.004", "EUR", "0.00"),
        ("a price of a thousandth of a cent is nothing alone", "0.00001", "USD", "0.00"),
        (
            "a large amount keeps every digit",
            "123456789012345678901234567890.125",
            "EUR",
            "123456789012345678901234567890.13",
        ),
    ],
)
def test_rounding(case, amount, currency, rounded):
    assert str(round_half_up(D(amount), currency)) == rounded, case
    assert Money(D(amount), currency).rounded() == Money(D(rounded), currency)


@pytest.mark.parametrize(
    ("currency", "places"),
    [("EUR", 2), ("JPY", 0), ("KWD", 3), ("KRW", 0), ("TND", 3), ("CHF", 2), ("ISK", 0), ("HUF", 2), ("UGX", 0)],
)
def test_decimals_of_currencies(currency, places):
    assert exponent(currency) == places


@pytest.mark.parametrize("currency", ["eur", "EURO", "", "XXX", "XTS", "XAU", "€", "DEM"])
def test_what_is_no_currency(currency):
    with pytest.raises(UnknownCurrency, match="ISO 4217"):
        exponent(currency)


def test_there_are_as_many_currencies_as_one_can_bill_in():
    assert len(CURRENCIES) == 155
    assert {len(code) for code in CURRENCIES} == {3}


def test_sums_and_products_are_exact_whatever_the_thread_has_set():
    with localcontext() as careless:
        careless.prec = 3
        assert exact_sum([D("123456.78"), D("0.01")]) == D("123456.79")
        assert exact_product(D("123457"), D("0.00325")) == D("401.23525")
        assert str(Money(D("123456.78"), "EUR") * 2) == "EUR 246,913.56"
        assert str(Money(D("123456.785"), "EUR").rounded()) == "EUR 123,456.79"
        assert str(-Money(D("123456.78"), "EUR")) == "EUR −123,456.78"
        assert plain(priced(D("123456"), "EUR")) == "123456.00"


def test_money_of_one_currency_is_calculated_and_compared():
    five, seven = Money(D("5.00"), "EUR"), Money(D("7.00"), "EUR")
    assert five + seven == Money(D("12.00"), "EUR")
    assert five - seven == Money(D("-2.00"), "EUR") == -(seven - five)
    assert five * 3 == 3 * five == Money(D("15.00"), "EUR")
    assert seven * D("0.5") == Money(D("3.500"), "EUR")
    assert five < seven
    assert five <= five
    assert seven > five
    assert seven >= seven
    assert not five > seven
    assert not seven < five
    assert not seven <= five
    assert not five >= seven
    assert five >= five
    assert not five < five
    assert not five > five


@pytest.mark.parametrize("operation", ["__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"])
def test_two_currencies_never_meet(operation):
    with pytest.raises(CurrencyMismatch, match=r"EUR 5\.00 and USD 5\.00"):
        getattr(Money(D(5), "EUR"), operation)(Money(D(5), "USD"))


@pytest.mark.parametrize("amount", [0.1, 5, "5.00", D("NaN"), D("Infinity"), None])
def test_what_is_no_amount(amount):
    with pytest.raises(NotAnAmount):
        Money(amount, "EUR")


@pytest.mark.parametrize("factor", [0.5, True, "2"])
def test_what_money_is_not_multiplied_by(factor):
    with pytest.raises(NotAnAmount):
        Money(D(5), "EUR") * factor


def test_minus_nothing_is_nothing():
    assert str(-Money(D("0.00"), "EUR")) == "EUR 0.00"


@pytest.mark.parametrize(
    ("number", "text"),
    [("320", "320"), ("320.00", "320"), ("0.50", "0.5"), ("-1", "-1"), ("-0.0", "0"), ("1E+3", "1000")],
)
def test_the_shortest_text_of_a_number(number, text):
    assert shortest(D(number)) == text


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        ("9280", "EUR", "EUR 9,280.00"),
        ("-2.5", "USD", "USD −2.50"),
        ("0.00325", "USD", "USD 0.00325"),
        ("1200", "JPY", "JPY 1,200"),
    ],
)
def test_amounts_in_words(amount, currency, words):
    assert in_words(D(amount), currency) == words


def test_numbers_in_words():
    assert [number_in_words(n) for n in (100000, D("0.50"), -3)] == ["100,000", "0.5", "−3"]


def test_one_user_is_one_user():
    assert [users_in_words(n) for n in (0, 1, D("1.0"), 2, 1000)] == [
        "0 users",
        "1 user",
        "1 user",
        "2 users",
        "1,000 users",
    ]


def test_one_thing_is_written_in_the_singular() -> None:
    assert [count_in_words(n, "row") for n in (0, 1, D("1.0"), 2, 12000)] == [
        "0 rows", "1 row", "1 row", "2 rows", "12,000 rows",
    ]  # fmt: skip
    assert [count_in_words(n, "row belongs", "rows belong") for n in (1, 2)] == ["1 row belongs", "2 rows belong"]


def test_a_price_is_written_with_the_decimals_of_its_currency_or_more():
    assert [plain(priced(D(price), "EUR")) for price in ("29", "29.0", "29.000", "0.003250")] == [
        "29.00",
        "29.00",
        "29.00",
        "0.00325",
    ]
    assert plain(priced(D("29.00"), "JPY")) == "29"


@pytest.mark.parametrize(
    ("case", "amount", "parts", "shares"),
    [
        ("a hundred in three", "100.00", 3, "33.34 33.33 33.33"),
        ("the cents that are left go to the first of equal parts", "8.00", 3, "2.67 2.67 2.66"),
        ("a cent goes to the part that lost most", "1.01", [3, 7], "0.30 0.71"),
        ("which may be the first", "1.01", [7, 3], "0.71 0.30"),
        ("of two that lost the same the earlier wins", "0.05", [3, 7], "0.02 0.03"),
        ("also when it is the larger", "0.05", [7, 3], "0.04 0.01"),
        ("a part of nothing gets nothing", "0.05", [7, 3, 0], "0.04 0.01 0.00"),
        ("even when it stands first", "10.03", [0, 50, 50], "0.00 5.02 5.01"),
        ("one cent goes to the larger weight", "0.01", [D("0.33"), D("0.66")], "0.00 0.01"),
        ("two cents among three", "0.02", 3, "0.01 0.01 0.00"),
        ("a negative amount is split as its mirror image", "-100.00", 3, "-33.34 -33.33 -33.33"),
        ("weights may be days", "31.00", [17, 14], "17.00 14.00"),
        ("weights may be thirds", "1.00", [Fraction(1, 3), Fraction(2, 3)], "0.33 0.67"),
        ("one part is the whole", "9.99", 1, "9.99"),
    ],
)
def test_splitting(case, amount, parts, shares):
    assert [str(share.amount) for share in Money(D(amount), "EUR").split(parts)] == shares.split(), case


def test_splitting_knows_the_decimals_of_the_currency():
    assert [str(share.amount) for share in Money(D("100"), "JPY").split(3)] == ["34", "33", "33"]
    assert [str(share.amount) for share in Money(D("1"), "KWD").split(3)] == ["0.334", "0.333", "0.333"]


@pytest.mark.parametrize("parts", [0, -1, [], [0, 0], [1, -1]])
def test_splitting_among_nobody(parts):
    with pytest.raises(ValueError, match="at least one part"):
        Money(D("1.00"), "EUR").split(parts)


def test_a_fraction_of_a_cent_is_not_split():
    with pytest.raises(ValueError, match="round it"):
        Money(D("1.005"), "EUR").split(2)


def test_a_float_is_no_weight():
    with pytest.raises(NotAnAmount):
        Money(D("1.00"), "EUR").split([0.5, 0.5])


weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any)


@given(cents=st.integers(-(10**15), 10**15), parts=weights, currency=st.sampled_from(["EUR", "JPY", "KWD"]))
def test_a_split_loses_no_cent_and_is_fair_to_the_cent(cents, parts, currency):
    smallest = D(1).scaleb(-exponent(currency))
    amount = Money(cents * smallest, currency)
    shares = amount.split(parts)
    assert exact_sum(share.amount for share in shares) == amount.amount
    assert all(share.rounded() == share for share in shares)
    for share, weight in zip(shares, parts, strict=True):
        exact = Fraction(cents) * weight / sum(parts)
        assert abs(Fraction(share.amount) / Fraction(smallest) - exact) < 1
        assert weight or not share.amount
    assert [-share for share in shares] == list((-amount).split(parts))


@given(
    numerator=st.integers(-(10**12), 10**12), places=st.integers(0, 6), currency=st.sampled_from(["EUR", "JPY", "KWD"])
)
def test_rounding_is_half_up_on_the_absolute_value(numerator, places, currency):
    amount = D(numerator).scaleb(-places)
    scale = 10 ** exponent(currency)
    nearest = int(Fraction(abs(amount)) * scale + Fraction(1, 2))
    assert Fraction(round_half_up(amount, currency)) == Fraction(nearest, scale) * (-1 if numerator < 0 else 1)
    assert round_half_up(round_half_up(amount, currency), currency) == round_half_up(amount, currency)


@pytest.mark.parametrize(
    ("fraction", "rounded"),
    [
        ("160/3", "53.33"),
        ("1/200", "0.01"),
        ("-1/200", "-0.01"),
        ("999/2000", "0.50"),
        ("0", "0.00"),
        ("-1/3", "-0.33"),
    ],
)
def test_a_fraction_is_rounded_half_up_like_an_amount(fraction, rounded):
    assert str(round_fraction(Fraction(fraction), "EUR")) == rounded


@pytest.mark.parametrize(("fraction", "decimal"), [("1/8", "0.125"), ("-7/20", "-0.35"), ("3", "3"), ("1/3", None)])
def test_a_fraction_is_a_decimal_where_its_digits_end(fraction, decimal):
    found = decimal_of(Fraction(fraction))
    assert (None if found is None else str(found)) == decimal
