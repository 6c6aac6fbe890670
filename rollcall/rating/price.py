"""The step "price": the price model prices the users that are left, each part on its own line."""

from __future__ import annotations

from decimal import Decimal

from rollcall.rating.lines import ChargeBill, multiplied_out


def price(bill: ChargeBill) -> ChargeBill:
    """Add one line per part of the price. No users is a line too, so that a bill of zero is explained."""
    model = bill.charge.price
    parts = model.price(bill.users_to_price)
    made_of = f": {bill.quantity_words}" if bill.quantity_words else ""
    lines = [
        bill.line(
            part="/".join(filter(None, ("price", part.part))),
            kind="usage",
            quantity=part.quantity,
            unit_price=part.unit_price,
            words=part.words[:1].upper() + part.words[1:] + (made_of if part is parts[0] else ""),
        )
        for part in parts
    ]
    if not parts:
        first = model.price(Decimal(1))[0]
        lines = [
            bill.line(
                part="/".join(filter(None, ("price", first.part))),
                kind="usage",
                quantity=Decimal(0),
                unit_price=first.unit_price,
                words=("No active users beyond the included ones" if bill.active_users else "No active users")
                + made_of,
            )
        ]
    return bill.after("price", lines, words=model.words(bill.terms.currency), arithmetic=multiplied_out(lines))
