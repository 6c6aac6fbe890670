"""The step "price": the price model prices the users that are left, each part on its own line."""

from __future__ import annotations

from decimal import Decimal

from rollcall.rating.lines import ChargeBill, multiplied_out


def price(bill: ChargeBill) -> ChargeBill:
    """Add one line per part of the price. A quantity of zero is a line too, so that a bill of zero is explained."""
    model, noun = bill.price, bill.noun
    parts = model.price(bill.to_price, noun)
    made_of = f": {bill.measured.words}" if bill.measured.words else ""
    lines = [
        bill.line(
            part="/".join(filter(None, ("price", part.part))),
            kind="flat" if part.is_flat else "usage",
            quantity=part.quantity,
            unit_price=part.unit_price,
            words=part.words[:1].upper() + part.words[1:] + (made_of if part is parts[0] else ""),
        )
        for part in parts
    ]
    if not parts:
        first = model.price(Decimal(1), noun)[0]
        nothing = f"No {noun.many}" + (" beyond the included ones" if bill.measured.quantity else "")
        lines = [
            bill.line(
                part="/".join(filter(None, ("price", first.part))),
                kind="usage",
                quantity=Decimal(0),
                unit_price=first.unit_price,
                words=f"{nothing}{made_of}",
            )
        ]
    return bill.after("price", lines, words=model.words(bill.terms.currency, noun), arithmetic=multiplied_out(lines))
