"""Seats whose number changes inside a period: what was there at its beginning, and each change for the days left."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from rollcall.rating.lines import ChargeBill
from rollcall.rating.measured import Part
from rollcall.terms.priced import PricedQuantity, price_of_more

Shares = list[tuple[PricedQuantity, Fraction]]


def priced_by_changes(bill: ChargeBill) -> Shares:
    """Price the parts of a period in which seats were added or given up, each with its share of the period.

    Where one more seat never changes what the others cost, the seats of the first day are priced for the whole period,
    an increase is charged and a decrease given back for the days left, at the tiers that it enters or leaves. A flat
    amount of a tier is due once, whole. Elsewhere every number of seats is priced for its own days.
    """
    parts = bill.measured.parts
    return _changes(bill, parts) if bill.price.is_marginal else _levels(bill, parts)


def _changes(bill: ChargeBill, parts: tuple[Part, ...]) -> Shares:
    first, priced = parts[0].quantity, list[tuple[PricedQuantity, Fraction]]()
    due = set[str]()
    for part in bill.price.price(first, bill.noun):
        due |= {part.part} if part.stays_whole else set()
        priced.append((part, Fraction(1)))
    there = first
    for number, span in enumerate(parts[1:], start=1):
        left = sum((later.share for later in parts[number:]), Fraction(0))
        low, more = min(there, span.quantity), abs(span.quantity - there)
        for part in price_of_more(bill.price, low, more, bill.noun):
            if part.stays_whole and (span.quantity < there or part.part in due):
                continue
            due |= {part.part} if part.stays_whole else set()
            changed = _changed(bill, part, span, is_increase=span.quantity > there)
            priced.append((changed, Fraction(1) if part.stays_whole else left))
        there = span.quantity
    return priced


def _changed(bill: ChargeBill, part: PricedQuantity, span: Part, *, is_increase: bool) -> PricedQuantity:
    """Name one part of a change by its day; what is given back has its sign in the quantity."""
    key = "/".join(filter(None, (span.key, part.part)))
    if part.stays_whole:
        return replace(part, part=key, words=f"{part.words}, due from the first of {span.words}")
    what = "added" if is_increase else "given up"
    when = f"{what} on the first of {span.words}, for the days left"
    words = f"{part.words}, {when}" if part.is_flat else f"{bill.noun.of(part.quantity)} {when}"
    if not part.is_flat and not bill.price.has_one_price:
        words = f"{words}, {part.words}"
    quantity = part.quantity if is_increase else part.quantity.copy_negate()
    return replace(part, part=key, quantity=quantity, words=words)


def _levels(bill: ChargeBill, parts: tuple[Part, ...]) -> Shares:
    priced = []
    for span in parts:
        for part in bill.price.price(span.quantity, bill.noun) if span.quantity else []:
            key = "/".join(filter(None, (span.key, part.part)))
            priced.append((replace(part, part=key, words=f"{part.words}, {span.words}"), span.share))
    return priced
