"""The step "price": the price model prices what is left, each part on its own line."""

from __future__ import annotations

from decimal import Decimal

from rollcall.rating.apart import priced_apart, without_included
from rollcall.rating.lines import WHOLE, ChargeBill, RatedLine, multiplied_out
from rollcall.rating.proration import prorated_line
from rollcall.terms.fields import TermsRefused
from rollcall.terms.priced import PricedQuantity


def price(bill: ChargeBill) -> ChargeBill:
    """Add one line per part of the price. A quantity of zero is a line too, so that a bill of zero is explained.

    Raises TermsRefused where the price looks at single events and only their sum is known.
    """
    parts = priced_apart(bill) or [(part, WHOLE) for part in _parts(bill)]
    made_of = f": {bill.measured.words}" if bill.measured.words else ""
    lines = [
        prorated_line(
            bill,
            part=part,
            share=share,
            part_key="/".join(filter(None, ("price", part.part))),
            words=part.words[:1].upper() + part.words[1:] + (made_of if part is parts[0][0] else ""),
        )
        for part, share in parts
    ]
    words = bill.price.words(bill.terms.currency, bill.noun)
    lines = lines or [_nothing(bill, made_of)]
    return bill.after("price", lines, words=words, arithmetic=multiplied_out(lines))


def _parts(bill: ChargeBill) -> list[PricedQuantity]:
    if not bill.price.needs_events:
        return bill.price.price(bill.to_price, bill.noun)
    if bill.to_price and not bill.measured.by_event:
        raise TermsRefused(
            f"periods[{bill.period}].quantities",
            f"the price of {bill.key} looks at single events; give their quantities in quantities_by_event.",
        )
    return bill.price.price_events(without_included(bill, bill.measured.by_event), bill.noun)


def _nothing(bill: ChargeBill, made_of: str) -> RatedLine:
    """Return the line of a quantity of zero, at the price that the first one would have had."""
    first = next(iter(bill.price.price(Decimal(1), bill.noun)), None)
    beyond = " beyond the included ones" if bill.measured.quantity else ""
    return bill.line(
        part="/".join(filter(None, ("price", first.part if first else ""))),
        kind="usage",
        quantity=Decimal(0),
        unit_price=first.unit_price if first else Decimal(0),
        words=f"No {bill.noun.many}{beyond}{made_of}",
    )
