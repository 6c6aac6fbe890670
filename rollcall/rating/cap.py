"""The step "cap": a bill above the most that is agreed is lowered to it, on a visible line."""

from __future__ import annotations

from decimal import Decimal

from rollcall.money import exact_difference, grouped
from rollcall.rating.lines import ChargeBill


class NoCap(ValueError):
    """A charge without a cap reached the step that holds it to one."""


def hold_to_cap(bill: ChargeBill) -> ChargeBill:
    """Take off what is above the cap. The sign is in the quantity: a price is never negative."""
    cap = bill.limits.cap
    if cap is None:
        raise NoCap(f"{bill.key} has no cap.")
    words = cap.words(bill.terms.currency, bill.cycle)
    so_far, most = bill.amount, cap.amount
    if so_far <= most:
        return bill.after(
            "cap", [], words=words, arithmetic=f"not reached: {grouped(so_far)}, the cap is {grouped(most)}"
        )
    line = bill.line(
        part="cap",
        kind="cap",
        quantity=Decimal(-1),
        unit_price=exact_difference(so_far, most),
        words=f"Above the cap of {bill.money(most)} per {bill.cycle}: {grouped(so_far)} − {grouped(most)}",
    )
    return bill.after("cap", [line], words=words, arithmetic=f"−({grouped(so_far)} − {grouped(most)})")
