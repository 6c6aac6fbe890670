"""Tax in another currency: one published rate, half up, in either direction, with the decimals of each currency."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.money import CURRENCIES, CurrencyMismatch, NotAnAmount, UnknownCurrency, exponent
from rollcall.rating import TaxTotal
from rollcall.tax.conversion import PublishedRate, converted_taxes

ECB = PublishedRate(base="EUR", quote="USD", rate=Decimal("1.0850"))


@pytest.mark.parametrize(
    ("rate", "amount", "currency", "expected"),
    [
        (ECB, "55.10", "USD", "50.78"),
        (ECB, "50.78", "EUR", "55.10"),
        (PublishedRate(base="EUR", quote="JPY", rate=Decimal("162.5")), "0.01", "EUR", "2"),
        (PublishedRate(base="EUR", quote="JPY", rate=Decimal("162.5")), "13", "JPY", "0.08"),
        (PublishedRate(base="EUR", quote="KWD", rate=Decimal("0.3333")), "1.000", "KWD", "3.00"),
        (PublishedRate(base="KWD", quote="EUR", rate=Decimal("3.005")), "1.000", "KWD", "3.01"),
        (PublishedRate(base="EUR", quote="USD", rate=Decimal(2)), "-0.01", "USD", "-0.01"),
    ],
)
def test_an_amount_is_rounded_half_up_once(rate: PublishedRate, amount: str, currency: str, expected: str) -> None:
    assert str(rate.converted(Decimal(amount), currency=currency)) == expected


def taxed(*amounts: Decimal) -> list[TaxTotal]:
    """Taxes of 1 %, 2 % and so on."""
    return [
        TaxTotal(category="S", rate=Decimal(number), base=amount, tax=amount)
        for number, amount in enumerate(amounts, start=1)
    ]


def test_the_parts_add_up_to_the_sum() -> None:
    each, whole = converted_taxes(taxed(*[Decimal("1.01")] * 3), currency="USD", by=ECB)
    assert (each, whole) == ((Decimal("0.93"),) * 3, Decimal("2.79"))


@given(
    parts=st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=6),
    rate=st.decimals(min_value="0.0001", max_value="10000", places=6),
    quote=st.sampled_from(sorted(CURRENCIES - {"EUR"})),
)
def test_credit_notes_give_back_the_converted_tax_of_their_invoice(parts: list[int], rate: Decimal, quote: str) -> None:
    by = PublishedRate(base="EUR", quote=quote, rate=rate)
    given, back = Decimal(0), Decimal(0)
    for part in (Decimal(cents).scaleb(-2) for cents in parts):
        back += converted_taxes(taxed(part), currency="EUR", by=by, before=taxed(given))[1]
        given += part
    assert back == converted_taxes(taxed(given), currency="EUR", by=by)[1]


@pytest.mark.parametrize(
    ("base", "quote", "rate", "error"),
    [
        ("EUR", "EUR", "1", CurrencyMismatch),
        ("EUR", "XXX", "1", UnknownCurrency),
        ("EUR", "USD", "0", NotAnAmount),
        ("EUR", "USD", "-1", NotAnAmount),
        ("EUR", "USD", "NaN", NotAnAmount),
    ],
)
def test_what_is_no_rate_is_refused(base: str, quote: str, rate: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        PublishedRate(base=base, quote=quote, rate=Decimal(rate))


def test_an_amount_of_a_third_currency_never_crosses() -> None:
    with pytest.raises(CurrencyMismatch, match="the amount is in GBP"):
        ECB.converted(Decimal(1), currency="GBP")


@given(
    cents=st.integers(min_value=-(10**9), max_value=10**9),
    rate=st.decimals(min_value="0.0001", max_value="10000", places=6),
    quote=st.sampled_from(sorted(CURRENCIES - {"EUR"})),
)
def test_every_currency_keeps_its_own_decimals_and_is_off_by_half_a_unit_at_most(
    cents: int, rate: Decimal, quote: str
) -> None:
    amount = Decimal(cents).scaleb(-2)
    found = PublishedRate(base="EUR", quote=quote, rate=rate).converted(amount, currency="EUR")
    unit = Decimal(1).scaleb(-exponent(quote))
    assert -int(found.as_tuple().exponent) == exponent(quote)
    assert abs(found - amount * rate) <= unit / 2
