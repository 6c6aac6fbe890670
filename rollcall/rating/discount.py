"""The step "discount": percentages and fixed amounts are taken off in their written order, each on lines of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from rollcall.money import Money, exact_difference, exact_product, exact_sum, exponent, grouped, round_half_up, shortest
from rollcall.rating.agreed import agreed_amount, said_share
from rollcall.rating.lines import ChargeBill, RatedLine, multiplied_out
from rollcall.rating.versions import InForce
from rollcall.terms.charges import CONTRACT
from rollcall.terms.contract import ContractTerms
from rollcall.terms.discounts import Discount
from rollcall.terms.discounts import order_words as order_of
from rollcall.terms.limits import Limits
from rollcall.terms.naming import key_of

STEP = "discount"
_PERCENT = Decimal("0.01")
_NOTHING = Decimal(0)

# What is left of each charge while discounts are taken; of one charge alone, of that. Exact, for the next proportion.
Left = dict[str, Fraction]


class NoDiscounts(ValueError):
    """A bill without discounts reached the step that takes them."""


def began_of(key: str, one: InForce) -> dict[str, date]:
    """Return the first day that was rated under each discount of a bill: what is agreed on otherwise begins anew."""

    def began(discount: Discount) -> date:
        return one.since(lambda terms: discount in _limits_of(terms, key).discounts)

    return {discount.name: began(discount) for discount in _limits_of(one.terms, key).discounts}


def take_discounts(bill: ChargeBill) -> ChargeBill:
    """Take every discount that still runs. None ever takes more than what is left."""
    discounts = bill.limits.discounts
    if not discounts:
        raise NoDiscounts(f"{bill.key} has no discounts.")
    left = _amounts(bill)
    undiscounted: Mapping[str, Fraction] = dict(left)
    lines: list[RatedLine] = []
    told: list[str] = []
    for discount in discounts:
        if not _runs(bill, discount):
            told.append(
                f"{discount.name}: over, it ran {discount.cycles} {bill.cycle}{'' if discount.cycles == 1 else 's'}"
            )
            continue
        scope = [key for key in left if not discount.charges or key in discount.charges]
        made = _lines_of(bill, discount, left, undiscounted, scope)
        _lower(left, scope, exact_sum(line.amount for line in made))
        lines += made
        told.append(f"{discount.name}: {multiplied_out(made) or 'nothing is left'}")
    words = [discount.words(bill.terms.currency, bill.cycle) for discount in discounts] + order_of(discounts)
    return bill.after(STEP, lines, words=" ".join(words), arithmetic="; ".join(told))


def _limits_of(terms: ContractTerms, key: str) -> Limits:
    if key == CONTRACT:
        return terms.limits
    return terms.charges[key].limits if key in terms.charges else Limits()


def _amounts(bill: ChargeBill) -> Left:
    """Return what there is before any discount: of one charge its amount, of the contract that of each charge.

    What limits of the whole contract added before stands under its own key.
    """
    if bill.charge is not None:
        return {bill.key: Fraction(max(bill.amount, _NOTHING))}
    own = exact_difference(bill.amount, exact_sum(bill.charged.values()))
    amounts = {key: Fraction(amount) for key, amount in bill.charged.items()}
    return {**amounts, CONTRACT: Fraction(own)} if own else amounts


def _runs(bill: ChargeBill, discount: Discount) -> bool:
    if discount.cycles is None:
        return True
    cycle, began = bill.terms.cycle, bill.discounted_since[discount.name]
    return cycle.number_of(bill.period.start) - cycle.number_of(began) < discount.cycles


def _lines_of(
    bill: ChargeBill, discount: Discount, left: Left, undiscounted: Mapping[str, Fraction], scope: list[str]
) -> list[RatedLine]:
    there = max(sum((left[key] for key in scope), Fraction(0)), Fraction(0))
    most = _cents(there, bill)
    if not most:
        return []
    if discount.percent is not None:
        return [_percentage(bill, discount, most, sum((undiscounted[key] for key in scope), Fraction(0)))]
    amount = agreed_amount(bill, discount.amount or _NOTHING, discount.in_part_periods)
    return _fixed(bill, discount, min(amount, most), left, scope)


def _percentage(bill: ChargeBill, discount: Discount, most: Decimal, undiscounted: Fraction) -> RatedLine:
    """Take a percentage; the sign is in the quantity."""
    percent = discount.percent or _NOTHING
    basis = most if discount.applies_to == "remaining" else _cents(undiscounted, bill)
    share = exact_product(percent, _PERCENT)
    words = f"{discount.title()}: {shortest(percent)} % of {grouped(basis)}"
    if round_half_up(exact_product(share, basis), bill.terms.currency) > most:
        return bill.line(
            part=f"{STEP}/{key_of(discount.name)}",
            kind=STEP,
            quantity=Decimal(-1),
            unit_price=most,
            words=f"{words}, held to the {grouped(most)} that are left",
        )
    return bill.line(part=f"{STEP}/{key_of(discount.name)}", kind=STEP, quantity=-share, unit_price=basis, words=words)


def _fixed(bill: ChargeBill, discount: Discount, amount: Decimal, left: Left, scope: list[str]) -> list[RatedLine]:
    """Take a fixed amount; over several charges in proportion to what is left of each, without losing a cent."""
    if not amount:
        return []
    agreed = f"{discount.title()}{said_share(bill, discount.in_part_periods)}"
    part = f"{STEP}/{key_of(discount.name)}"
    if bill.charge is not None or len(scope) == 1:
        words = f"{agreed}: {bill.money(amount)}"
        return [bill.line(part=part, kind=STEP, quantity=Decimal(-1), unit_price=amount, words=words)]
    weights = [max(left[key], Fraction(0)) for key in scope]
    shares = Money(amount, bill.terms.currency).split(weights)
    return [
        bill.line(
            part=f"{part}/{key}",
            kind=STEP,
            quantity=Decimal(-1),
            unit_price=share.amount,
            words=f"{agreed}: {grouped(share.amount)} of {grouped(amount)}, the part of {key}",
        )
        for key, share in zip(scope, shares, strict=True)
        if share.amount
    ]


def _lower(left: Left, scope: list[str], off: Decimal) -> None:
    """Lower what is left of each charge in proportion, by an amount that is negative."""
    there = sum((left[key] for key in scope), Fraction(0))
    if there > 0:
        for key in scope:
            left[key] += left[key] * Fraction(off) / there


def _cents(amount: Fraction, bill: ChargeBill) -> Decimal:
    """Return the whole cents of an amount: a part of a cent that a proportion left of one charge is never taken."""
    places = exponent(bill.terms.currency)
    return Decimal(math.floor(amount * 10**places)).scaleb(-places)
