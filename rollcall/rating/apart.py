"""Quantities that are not priced as one: seats that changed, days priced alone, a tier that another number chooses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from rollcall.rating.changes import Shares, priced_by_changes
from rollcall.rating.lines import WHOLE, ChargeBill
from rollcall.terms.fields import TermsRefused
from rollcall.terms.priced import PricedQuantity


def priced_apart(bill: ChargeBill) -> Shares:
    """Return the parts of the price with the share of a cycle that each is billed; none where the quantity is one.

    Raises TermsRefused for a price without one unit price where another number chooses its tier.
    """
    if bill.measured.parts:
        return priced_by_changes(bill)
    if bill.measured.alone:
        return [(part, WHOLE) for part in _each_alone(bill)]
    if bill.measured.tier_at is not None:
        return [(part, WHOLE) for part in at_the_tier_of(bill, bill.to_price)]
    return []


def _each_alone(bill: ChargeBill) -> list[PricedQuantity]:
    """Price number by number; the parts of the same tier at the same price come together on one line."""
    met: dict[tuple[str, Decimal], list[PricedQuantity]] = {}
    for quantity in without_included(bill, bill.measured.alone):
        for part in bill.price.price(quantity, bill.noun):
            met.setdefault((part.part, part.unit_price), []).append(part)
    return [_together(bill, parts) for _, parts in sorted(met.items())]


def _together(bill: ChargeBill, parts: Sequence[PricedQuantity]) -> PricedQuantity:
    first, total = parts[0], sum((part.quantity for part in parts), Decimal(0))
    same = len({part.words for part in parts}) == 1
    name = first.words if same else ", ".join(filter(None, (bill.noun.many, first.part.replace("-", " "))))
    days = f"{len(parts)} day{'' if len(parts) == 1 else 's'}"
    return replace(first, quantity=total, last=max(part.last for part in parts), words=f"{name}, {days} priced alone")


def at_the_tier_of(bill: ChargeBill, quantity: Decimal) -> list[PricedQuantity]:
    """Price a quantity as the model prices each one of the number that chooses the tier.

    Raises TermsRefused for a price without one unit price.
    """
    parts = bill.price.price(bill.measured.tier_at or Decimal(0), bill.noun)
    prices = [part for part in parts if not part.is_flat]
    if len(prices) > 1:
        raise TermsRefused(
            f"charges.{bill.key}.price",
            "is chosen by the highest day, so it must have one price for all, such as the model volume.",
        )
    return [part if part.is_flat else replace(part, quantity=quantity, last=quantity) for part in parts]


def without_included(bill: ChargeBill, quantities: Sequence[Decimal]) -> Sequence[Decimal]:
    """Return quantities without what an earlier step took out, which comes from the first of them."""
    included, left = bill.measured.quantity - bill.to_price, []
    if not included:
        return quantities
    for quantity in quantities:
        taken = min(quantity, included)
        included -= taken
        if taken < quantity:
            left.append(quantity - taken)
    return left
