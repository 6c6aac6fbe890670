"""Tax in another currency: each tax of a document at one published exchange rate, rounded half up once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from rollcall.money import CurrencyMismatch, NotAnAmount, exact_sum, exponent, round_fraction


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
    taxes: Sequence[Decimal], *, currency: str, by: PublishedRate
) -> tuple[tuple[Decimal, ...], Decimal]:
    """Return each tax in the other currency, and their sum: the parts add up to it."""
    found = tuple(by.converted(tax, currency=currency) for tax in taxes)
    return found, exact_sum(found)
