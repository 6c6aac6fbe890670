"""The step "included": users that the charge gives for nothing are taken out before the price."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from rollcall.money import number_in_words, priced
from rollcall.rating.lines import ChargeBill


def take_out_included(bill: ChargeBill) -> ChargeBill:
    """Bill what comes first in the cycle at zero, on a line of its own; the price counts from what follows it."""
    agreed = bill.charge.included if bill.charge else 0
    included = min(bill.measured.quantity, Decimal(agreed))
    left = bill.measured.quantity - included
    measured, free = number_in_words(bill.measured.quantity), number_in_words(included)
    nothing = priced(Decimal(0), bill.terms.currency)
    words = f"Included: {free} of {measured} {bill.noun.many}"
    line = bill.line(part="included", kind="included", quantity=included, unit_price=nothing, words=words)
    rest = replace(bill, to_price=left)
    return rest.after(
        "included",
        [line] if included else [],
        words=f"Included in each {bill.cycle}: {bill.noun.short_of(agreed)}.",
        arithmetic=f"{measured} − {free} = {bill.noun.short_of(left)}",
    )
