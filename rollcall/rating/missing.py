"""Users that are missing to a floor or a commitment: what they cost, and the lines on which they stand."""

from __future__ import annotations

from decimal import Decimal

from rollcall.money import exact_difference, grouped
from rollcall.rating.lines import ChargeBill, RatedLine
from rollcall.rating.proration import prorated_line
from rollcall.rating.repriced import amount_for, price_beyond, priced_amount
from rollcall.terms.floors import shortfall_of
from rollcall.terms.priced import PricedQuantity
from rollcall.terms.spans import Per


def price_missing(
    bill: ChargeBill, *, there: Decimal, least: Decimal, unit_price: Decimal | None, per: Per
) -> list[PricedQuantity]:
    """Price what is missing from what is there to the least: at an agreed price, or as the bill prices its users.

    What is missing over the term is no user of the last period: it costs the whole price.
    """
    if unit_price is None and per == "cycle":
        return price_beyond(bill, there, least - there)
    return shortfall_of(there=there, least=least, unit_price=unit_price, price=bill.price, noun=bill.noun)


def missing_line(
    bill: ChargeBill, *, part: PricedQuantity, part_key: str, kind: str, words: str, per: Per
) -> RatedLine:
    """Make the line of missing users. In a part of a cycle they have its share of their price, as those there have."""
    if per == "cycle":
        return prorated_line(bill, part=part, part_key=part_key, words=words, kind=kind)
    return bill.line(part=part_key, kind=kind, quantity=part.quantity, unit_price=part.unit_price, words=words)


def missing_to_amount(bill: ChargeBill, least: Decimal, *, part: str, kind: str, words: str) -> list[RatedLine]:
    """Return the line that lifts a bill to what the least number of users costs; nothing where it costs no more."""
    so_far, wanted = priced_amount(bill), amount_for(bill, least)
    if wanted <= so_far:
        return []
    return [
        bill.line(
            part=part,
            kind=kind,
            quantity=Decimal(1),
            unit_price=exact_difference(wanted, so_far),
            words=f"{words}the price of {bill.noun.short_of(least)} less what is billed: "
            f"{grouped(wanted)} − {grouped(so_far)}",
        )
    ]
