"""The step "included": users that the charge gives for nothing are taken out before the price."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from rollcall.money import number_in_words, priced, users_in_words
from rollcall.rating.lines import ChargeBill


def take_out_included(bill: ChargeBill) -> ChargeBill:
    """Bill the first users of the cycle at zero, on a line of their own; the price counts from the user after them."""
    included = min(bill.active_users, Decimal(bill.charge.included))
    left = bill.active_users - included
    active, free = number_in_words(bill.active_users), number_in_words(included)
    nothing = priced(Decimal(0), bill.terms.currency)
    words = f"Included: {free} of {active} active users"
    line = bill.line(part="included", kind="included", quantity=included, unit_price=nothing, words=words)
    rest = replace(bill, users_to_price=left)
    return rest.after(
        "included",
        [line] if included else [],
        words=f"Included in each {bill.cycle}: {users_in_words(bill.charge.included)}.",
        arithmetic=f"{active} − {free} = {users_in_words(left)}",
    )
