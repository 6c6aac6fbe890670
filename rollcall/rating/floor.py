"""The step "floor": a bill below the least that is agreed is lifted to it, on visible lines."""

from __future__ import annotations

from decimal import Decimal

from rollcall.money import exact_difference, grouped, number_in_words
from rollcall.rating.lines import ChargeBill, RatedLine, multiplied_out
from rollcall.terms.charges import Charge
from rollcall.terms.limits import Floor


class NoFloor(ValueError):
    """A charge without a floor reached the step that lifts it to one."""


def lift_to_floor(bill: ChargeBill) -> ChargeBill:
    """Add the shortfall to the floor, in users or in money; above the floor nothing but an entry in the working."""
    floor = bill.limits.floor
    if floor is None:
        raise NoFloor(f"{bill.key} has no floor.")
    words = floor.words(bill.terms.currency, bill.cycle, bill.charge.price if bill.charge else None, bill.noun)
    if floor.minimum_amount is not None:
        return _lift_amount(bill, floor.minimum_amount, words)
    return _lift_users(bill, floor, words)


def billed_users(*, charge: Charge, active_users: int, estimated_users: int = 0) -> int:
    """Return how many users a cycle is billed for: active and estimated ones, or the floor where it is higher."""
    minimum = charge.floor.minimum_users if charge.floor else None
    return max(active_users + estimated_users, minimum or 0)


def _lift_users(bill: ChargeBill, floor: Floor, words: str) -> ChargeBill:
    users, least = bill.quantity, Decimal(floor.minimum_users or 0)
    there, wanted = number_in_words(users), bill.noun.short_of(least)
    parts = floor.shortfall_of(users, bill.price, bill.noun)
    if not parts:
        return bill.after(
            "floor", [], words=words, arithmetic=f"not needed: {bill.noun.short_of(users)}, the floor is {wanted}"
        )
    lacking = f"{number_in_words(least)} − {there} = {bill.noun.short_of(least - users)}"
    lines = []
    for part in parts:
        of_them = f"of them {number_in_words(part.quantity)} " if len(parts) > 1 else ""
        one = f"at the price of {bill.noun.article} {bill.noun.one}"
        how = one if bill.price.has_one_price else part.words
        how = part.words if floor.shortfall_unit_price is not None else how
        lines.append(
            bill.line(
                part=f"floor/{part.part}" if len(parts) > 1 else "floor",
                kind="floor",
                quantity=part.quantity,
                unit_price=part.unit_price,
                words=f"Shortfall to the floor of {wanted}: {lacking}, {of_them}{how}",
            )
        )
    arithmetic = f"{lacking}; {multiplied_out(lines)}"
    return bill.after("floor", lines, words=words, arithmetic=arithmetic)


def _lift_amount(bill: ChargeBill, least: Decimal, words: str) -> ChargeBill:
    so_far = bill.amount
    if so_far >= least:
        return bill.after(
            "floor", [], words=words, arithmetic=f"not needed: {grouped(so_far)}, the floor is {grouped(least)}"
        )
    line: RatedLine = bill.line(
        part="floor",
        kind="floor",
        quantity=Decimal(1),
        unit_price=exact_difference(least, so_far),
        words=f"Shortfall to the floor of {bill.money(least)}: {grouped(least)} − {grouped(so_far)}",
    )
    return bill.after("floor", [line], words=words, arithmetic=f"{grouped(least)} − {grouped(so_far)}")
