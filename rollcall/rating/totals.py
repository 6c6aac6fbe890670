"""The totals of a document, as EN 16931 has them: tax once per category and rate, on the sum of the lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from rollcall.money import NotAnAmount, exact_product, exact_sum, round_half_up, shortest

_PERCENT = Decimal("0.01")


@dataclass(frozen=True, kw_only=True, slots=True)
class TaxedAmount:
    """The net amount of one line, with its tax category and the rate in percent."""

    amount: Decimal
    category: str
    rate: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class TaxTotal:
    """The tax of one category and rate: base times rate, rounded half up (BR-CO-17)."""

    category: str
    rate: Decimal
    base: Decimal
    tax: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """Sum of the lines, tax by category and rate, and what is to be paid: gross = net + tax (BR-CO-15)."""

    net: Decimal
    taxes: tuple[TaxTotal, ...]
    gross: Decimal

    @property
    def tax(self) -> Decimal:
        """The sum of all taxes (BR-CO-14)."""
        return exact_sum(each.tax for each in self.taxes)


def total(*, amounts: Iterable[TaxedAmount], currency: str) -> Totals:
    """Add up the lines of a document. Taxes come sorted by category and rate.

    Raises NotAnAmount for a line that is not rounded: a sum of what is not printed would not be the printed sum.
    """
    bases: dict[tuple[str, Decimal], Decimal] = {}
    for line in amounts:
        if round_half_up(line.amount, currency) != line.amount:
            raise NotAnAmount(f"A line of {line.amount} {currency} is not rounded; round lines before adding them up.")
        key = (line.category, Decimal(shortest(line.rate)))
        bases[key] = exact_sum((bases.get(key, Decimal(0)), line.amount))
    taxes = tuple(
        TaxTotal(
            category=category,
            rate=rate,
            base=round_half_up(base, currency),
            tax=round_half_up(exact_product(base, exact_product(rate, _PERCENT)), currency),
        )
        for (category, rate), base in sorted(bases.items())
    )
    net = round_half_up(exact_sum(each.base for each in taxes), currency)
    return Totals(net=net, taxes=taxes, gross=exact_sum((net, *(each.tax for each in taxes))))
