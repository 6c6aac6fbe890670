"""The totals of a document, as EN 16931 has them: tax once per category and rate, on the sum of the lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from rollcall.money import NotAnAmount, decimal_of, exact_product, exact_sum, round_fraction, round_half_up, shortest

# What is rounded first: every amount, as an invoice in Europe must, or sums only.
Rounding = Literal["each_amount", "sums"]

_PERCENT = Decimal("0.01")
_NOTHING = Decimal(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class TaxedAmount:
    """The net amount of one line, allowance or charge, with its tax category and the rate in percent."""

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
    """Net, tax by category and rate, and gross = net + tax (BR-CO-15).

    `lines`, `allowances` and `charges` are what the net is made of: lines - allowances + charges (BR-CO-13). `withheld`
    are taxes that the customer keeps back and pays for the seller. `prepaid` and `payable_rounding` lead from the gross
    amount to what is payable.
    """

    net: Decimal
    taxes: tuple[TaxTotal, ...]
    gross: Decimal
    tax: Decimal = _NOTHING
    lines: Decimal = _NOTHING
    allowances: Decimal = _NOTHING
    charges: Decimal = _NOTHING
    withheld: tuple[TaxTotal, ...] = ()
    prepaid: Decimal = _NOTHING
    payable_rounding: Decimal = _NOTHING

    @property
    def withheld_amount(self) -> Decimal:
        """The sum of the taxes that the customer keeps back."""
        return exact_sum(each.tax for each in self.withheld)

    @property
    def payable(self) -> Decimal:
        """Gross less what is withheld and prepaid, with the rounding of the amount to be paid (BR-CO-16)."""
        return exact_sum((self.gross, -self.withheld_amount, -self.prepaid, self.payable_rounding))


def line_net(
    *,
    quantity: Decimal,
    unit_price: Decimal,
    currency: str,
    base_quantity: Decimal = Decimal(1),
    allowances: Iterable[Decimal] = (),
    charges: Iterable[Decimal] = (),
    rounding: Rounding = "each_amount",
) -> Decimal:
    """Return the net amount of a line: quantity times the price of so many units, less allowances, with charges.

    The product is rounded before allowances and charges, unless only sums are rounded. Raises NotAnAmount for a price
    of no units at all, and for a product whose digits would not end and that is not rounded.
    """
    if not base_quantity:
        raise NotAnAmount("A price is the price of at least a part of a unit; the base quantity is zero.")
    product = Fraction(exact_product(quantity, unit_price)) / Fraction(base_quantity)
    exact = round_fraction(product, currency) if rounding == "each_amount" else decimal_of(product)
    if exact is None:
        raise NotAnAmount("The digits of this product never end; round each amount.")
    return exact_sum((exact, *(-amount for amount in allowances), *charges))


def total(
    *,
    amounts: Iterable[TaxedAmount],
    currency: str,
    allowances: Iterable[TaxedAmount] = (),
    charges: Iterable[TaxedAmount] = (),
    taxed_again: Iterable[TaxedAmount] = (),
    withheld: Iterable[TaxedAmount] = (),
    prepaid: Decimal = _NOTHING,
    payable_rounding: Decimal = _NOTHING,
    rounding: Rounding = "each_amount",
) -> Totals:
    """Add up the lines of a document, its allowances and its charges. Taxes come sorted by category and rate.

    `taxed_again` are amounts that are among the lines already and bear a second tax, or a surcharge; `withheld` are
    those whose tax the customer keeps back.
    Where each amount is rounded the sums are those of the printed amounts, and the tax that of the printed base; where
    only sums are, every printed number is the exact one rounded, and printed parts may miss a printed sum by a cent.
    Raises NotAnAmount for an amount that is not rounded where each has to be: a sum of what is not printed would not be
    the printed sum.
    """
    given = [list(each) for each in (amounts, allowances, charges, taxed_again, withheld)]
    if rounding == "each_amount":
        _refuse_unrounded([amount for each in given for amount in each], currency)
    lines, less, more, again, kept = given
    net = [*lines, *(_turned(each) for each in less), *more]
    exact_net = exact_sum(each.amount for each in net)
    taxes, exact_tax = _taxes([*net, *again], currency)
    gross = exact_sum((exact_net, exact_sum(each.tax for each in taxes) if rounding == "each_amount" else exact_tax))
    return Totals(
        net=round_half_up(exact_net, currency),
        taxes=taxes,
        gross=round_half_up(gross, currency),
        tax=exact_sum(each.tax for each in taxes) if rounding == "each_amount" else round_half_up(exact_tax, currency),
        lines=_sum(lines, currency),
        allowances=_sum(less, currency),
        charges=_sum(more, currency),
        withheld=_taxes(kept, currency)[0],
        prepaid=round_half_up(prepaid, currency),
        payable_rounding=round_half_up(payable_rounding, currency),
    )


def with_tax_before(totals: Totals, *, before: Iterable[TaxTotal], currency: str) -> Totals:
    """Return the totals of a credit note that follows others of its invoice, which gave back `before` together.

    The tax of a rate is that of all bases so far, less what was given back of it before; so the taxes of all credit
    notes of an invoice are the tax of the invoice, to the cent, however it was cut. Without `before` nothing changes.
    """
    earlier = {(each.category, each.rate): each for each in before}
    taxes = []
    for tax in totals.taxes:
        known = earlier.get((tax.category, tax.rate))
        if known is None:
            taxes.append(tax)
            continue
        whole = exact_product(exact_sum((known.base, tax.base)), exact_product(tax.rate, _PERCENT))
        due = exact_sum((round_half_up(whole, currency), -known.tax))
        # Where earlier ones were taxed apart they may have given back a cent more; tax never runs against its base.
        due = due if (due < 0) == (tax.base < 0) else _NOTHING
        taxes.append(replace(tax, tax=round_half_up(due, currency)))
    tax_sum = exact_sum(each.tax for each in taxes)
    return replace(totals, taxes=tuple(taxes), tax=tax_sum, gross=exact_sum((totals.net, tax_sum)))


def _taxes(amounts: Iterable[TaxedAmount], currency: str) -> tuple[tuple[TaxTotal, ...], Decimal]:
    """Return the taxes by category and rate, and their sum before anything was rounded."""
    bases: dict[tuple[str, Decimal], Decimal] = {}
    for each in amounts:
        key = (each.category, Decimal(shortest(each.rate)))
        bases[key] = exact_sum((bases.get(key, _NOTHING), each.amount))
    exact = {key: exact_product(base, exact_product(key[1], _PERCENT)) for key, base in bases.items()}
    taxes = tuple(
        TaxTotal(
            category=category,
            rate=rate,
            base=round_half_up(base, currency),
            tax=round_half_up(exact[category, rate], currency),
        )
        for (category, rate), base in sorted(bases.items())
    )
    return taxes, exact_sum(exact.values())


def _turned(each: TaxedAmount) -> TaxedAmount:
    return TaxedAmount(amount=each.amount.copy_negate(), category=each.category, rate=each.rate)


def _sum(amounts: Iterable[TaxedAmount], currency: str) -> Decimal:
    return round_half_up(exact_sum(each.amount for each in amounts), currency)


def _refuse_unrounded(amounts: Iterable[TaxedAmount], currency: str) -> None:
    for each in amounts:
        if round_half_up(each.amount, currency) != each.amount:
            raise NotAnAmount(f"A line of {each.amount} {currency} is not rounded; round lines before adding them up.")
