"""The step "included": users that the charge gives for nothing are taken out before the price."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from rollcall.money import number_in_words, priced
from rollcall.rating.agreed import agreed_number, said_share
from rollcall.rating.lines import ChargeBill, NoCharge


def take_out_included(bill: ChargeBill) -> ChargeBill:
    """Bill what comes first in the cycle at zero, on a line of its own; the price counts from what follows it."""
    if bill.charge is None:
        raise NoCharge("Nothing is included in the whole contract; each charge includes its own.")
    terms = bill.charge.included
    agreed = agreed_number(bill, terms.quantity, terms.in_part_periods)
    included = min(bill.measured.quantity, Decimal(agreed))
    left = bill.measured.quantity - included
    measured, free = number_in_words(bill.measured.quantity), number_in_words(included)
    nothing = priced(Decimal(0), bill.terms.currency)
    share = said_share(bill, terms.in_part_periods)
    words = f"Included: {free} of {measured} {bill.noun.many}"
    line = bill.line(part="included", kind="included", quantity=included, unit_price=nothing, words=words)
    rest = replace(bill, to_price=left)
    return rest.after(
        "included",
        [line] if included else [],
        words=f"Included in each {bill.cycle}: {bill.noun.short_of(agreed)}{share}.",
        arithmetic=f"{measured} − {free} = {bill.noun.short_of(left)}",
    )
