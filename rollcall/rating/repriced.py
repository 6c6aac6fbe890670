"""What another number of users would cost, priced in the way in which the bill made its own price.

Limits in users and estimates ask for it. A bill that is lifted or held to a number of users comes to what that number
costs, to the cent. Where lines of a quantity at a price cannot promise this, the limit is the difference of the two
amounts, on one line.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from rollcall.money import exact_difference, exact_sum
from rollcall.rating.apart import at_the_tier_of
from rollcall.rating.lines import WHOLE, ChargeBill
from rollcall.rating.proration import price_share, prorated_line
from rollcall.terms.priced import PricedQuantity, once, price_of_more

_OF_PRICE = frozenset({"usage", "flat", "estimated"})


def priced_amount(bill: ChargeBill) -> Decimal:
    """Return what the price and the estimate of a bill came to, before any limit."""
    return exact_sum(line.amount for line in bill.lines if line.kind in _OF_PRICE)


def amount_for(bill: ChargeBill, quantity: Decimal) -> Decimal:
    """Return what the price would come to for another quantity over the whole period, rounded as its lines are."""
    if bill.measured.tier_at is not None:
        parts = at_the_tier_of(bill, quantity)
    else:
        parts = bill.price.price(quantity, bill.noun)
    return exact_sum(prorated_line(bill, part=part, part_key=part.part, words="").amount for part in parts)


def goes_by_amounts(bill: ChargeBill) -> bool:
    """Whether a limit in users is the difference of two amounts: elsewhere its users stand on lines at their price.

    So it is where one user changes what the others cost, where a part of a cycle is priced and each line is rounded,
    and where seats were priced by their days, so that nobody can say the tier of one.
    """
    by_days = bool(bill.measured.parts) and not bill.price.has_one_price
    return by_days or not _is_one_by_one(bill) or price_share(bill) != WHOLE


def price_beyond(bill: ChargeBill, quantity: Decimal, more: Decimal) -> list[PricedQuantity]:
    """Price a further quantity next to what is there.

    Where one more changes the price of all, it is the difference of the two amounts, on one part, which has its sign in
    the quantity and no further share.
    """
    if bill.measured.tier_at is not None:
        return [
            replace(part, first=quantity + 1, last=quantity + more)
            for part in at_the_tier_of(bill, more)
            if not part.is_flat and more
        ]
    if bill.price.is_marginal:
        return price_of_more(bill.price, quantity, more, bill.noun)
    low, high = amount_for(bill, quantity), amount_for(bill, quantity + more)
    if low == high:
        return []
    words = f"the price of {bill.noun.short_of(quantity + more)} less that of {bill.noun.short_of(quantity)}"
    sign = Decimal(1 if high > low else -1)
    part = once("", exact_difference(max(low, high), min(low, high)), words, first=quantity + 1, times=sign)
    return [replace(part, stays_whole=True)]


def _is_one_by_one(bill: ChargeBill) -> bool:
    return bill.measured.tier_at is not None or bill.price.is_marginal
