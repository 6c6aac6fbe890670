"""Of a group of charges only the greatest is billed; the others are taken off again, on lines that one can see."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from rollcall.money import grouped
from rollcall.rating.lines import ChargeBill
from rollcall.terms.greater_of import groups_in_words

STEP = "greater_of"


def bill_the_greatest(bill: ChargeBill) -> ChargeBill:
    """Take off every charge of a group but the greatest, before any limit of the whole contract sees it."""
    groups = bill.limits.greater_of
    charged = dict(bill.charged)
    lines, told = [], []
    for group in groups:
        greatest = max(group, key=lambda key: charged[key])
        told.append(" or ".join(f"{key} {grouped(charged[key])}" for key in group) + f": {greatest}")
        for key in group:
            if key != greatest and charged[key] > 0:
                lines.append(
                    bill.line(
                        part=f"{STEP}/{key}",
                        kind=STEP,
                        quantity=Decimal(-1),
                        unit_price=charged[key],
                        words=f"{key} is not billed: {greatest} is greater, {grouped(charged[greatest])} and "
                        f"{grouped(charged[key])}"
                        if charged[greatest] > charged[key]
                        else f"{key} is not billed: it is as much as {greatest}",
                    )
                )
                charged[key] = Decimal(0)
    after = bill.after(STEP, lines, words=" ".join(groups_in_words(groups)), arithmetic="; ".join(told))
    return replace(after, charged=charged)
