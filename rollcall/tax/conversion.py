"""Tax in another currency: each tax of a document at one published exchange rate, rounded half up once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from rollcall.money import CurrencyMismatch, NotAnAmount, exact_difference, exact_sum, exponent, round_fraction
from rollcall.rating.totals import TaxTotal


@dataclass(frozen=True, kw_only=True)
class PublishedRate:
    """One unit of `base` is worth `rate` units of `quote`. Raises UnknownCurrency, NotAnAmount, CurrencyMismatch."""

    base: str
    quote: str
    rate: Decimal

    def __post_init__(self) -> None:
        exponent(self.base)
        exponent(self.quote)
        if self.base == self.quote:
            raise CurrencyMismatch(f"{self.base} has no rate against itself.")
        if not self.rate.is_finite() or self.rate <= 0:
            raise NotAnAmount(f"{self.rate} is not an exchange rate; it is above zero.")

    def converted(self, amount: Decimal, *, currency: str) -> Decimal:
        """Return an amount of one of the two currencies in the other one, rounded half up to its decimals.

        Raises CurrencyMismatch for an amount of a third currency.
        """
        if currency == self.quote:
            return round_fraction(Fraction(amount) / Fraction(self.rate), self.base)
        if currency == self.base:
            return round_fraction(Fraction(amount) * Fraction(self.rate), self.quote)
        raise CurrencyMismatch(f"The rate is of {self.base} and {self.quote}; the amount is in {currency}.")


def converted_taxes(
    taxes: Sequence[TaxTotal], *, currency: str, by: PublishedRate, before: Iterable[TaxTotal] = ()
) -> tuple[tuple[Decimal, ...], Decimal]:
    """Return each tax in the other currency, and their sum: the parts add up to it.

    `before` is what earlier credit notes of the same invoice gave back. The tax of a rate is all that was given back so
    far, converted, less what of it was before: so all notes together give back what the invoice said, to the cent.
    """
    earlier = {(each.category, each.rate): each.tax for each in before}
    found = []
    for tax in taxes:
        given = earlier.get((tax.category, tax.rate), Decimal(0))
        so_far = by.converted(exact_sum((given, tax.tax)), currency=currency)
        found.append(exact_difference(so_far, by.converted(given, currency=currency)))
    return tuple(found), exact_sum(found)
