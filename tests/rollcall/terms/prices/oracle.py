"""What prices come to, in plain Fractions, sharing no code with the product. A tier is (up_to or None, price, flat)."""

from collections.abc import Sequence
from fractions import Fraction

Tiers = Sequence[tuple[Fraction | None, Fraction, Fraction]]


def per_unit(quantity: Fraction, price: Fraction) -> Fraction:
    return quantity * price


def graduated(quantity: Fraction, tiers: Tiers, *, exclusive: bool = False, due_at_zero: bool = False) -> Fraction:
    """Clip the quantity to every tier. An exclusive end leaves the unit of that number to the next tier."""
    total, start = Fraction(0), Fraction(0)
    for up_to, price, flat in tiers:
        reached = quantity > start or (start == 0 and due_at_zero)
        end = quantity if up_to is None else up_to - exclusive
        total += price * max(min(quantity, end) - start, 0) + flat * reached
        start = end if up_to is not None else max(start, quantity)
    return total


def volume(quantity: Fraction, tiers: Tiers, *, exclusive: bool = False, due_at_zero: bool = False) -> Fraction:
    if quantity == 0:
        return tiers[0][2] if due_at_zero else Fraction(0)
    _, price, flat = tiers[_reached(quantity, [end for end, _, _ in tiers], exclusive)]
    return quantity * price + flat


def stairstep(
    quantity: Fraction,
    steps: Sequence[tuple[Fraction | None, Fraction]],
    *,
    exclusive: bool = False,
    every: bool = False,
    due_at_zero: bool = False,
) -> Fraction:
    if quantity == 0:
        return steps[0][1] if due_at_zero else Fraction(0)
    reached = _reached(quantity, [end for end, _ in steps], exclusive)
    return sum((amount for _, amount in steps[: reached + 1]), Fraction(0)) if every else steps[reached][1]


def packages(quantity: Fraction, size: Fraction, rounding: str = "up") -> int:
    """Fill one package after the other, and decide about the one that is left."""
    full, rest = 0, quantity
    full = int(quantity / size)
    rest = quantity - full * size
    more = {"up": rest > 0, "down": False, "half_up": rest * 2 >= size}[rounding]
    return full + more


def percentage(
    events: Sequence[Fraction],
    percent: Fraction,
    *,
    per_event: Fraction = Fraction(0),
    free_events: int = 0,
    free_amount: Fraction = Fraction(0),
    last_limit: bool = False,
    least: Fraction | None = None,
    most: Fraction | None = None,
) -> Fraction:
    """Walk through the events with two purses of what is free, and price each that is not free altogether."""
    total, tickets, purse = Fraction(0), free_events, free_amount
    for event in events:
        spent = min(event, purse)
        if last_limit:
            is_free = tickets > 0 or (purse > 0 and purse >= event)
            rest = Fraction(0) if tickets > 0 else event - spent
        elif (free_events and tickets <= 0) or (free_amount and purse <= 0) or not (free_events or free_amount):
            is_free, rest = False, event
        else:
            is_free = not free_amount or purse >= event
            rest = Fraction(0) if not free_amount else event - spent
        tickets, purse = tickets - 1, purse - spent
        if not is_free:
            fee = rest * percent / 100 + per_event
            fee = fee if least is None or fee > least else least
            total += fee if most is None or fee < most else most
    return total


def ladder(
    quantity: Fraction, rungs: Sequence[tuple[Fraction, Fraction]], *, whole_size: bool, exclusive: bool = False
) -> Fraction:
    """Credit of a number of users: of each by the own rung, or of all by the rung of their number."""
    if not whole_size:
        return graduated(
            quantity, [*((end, credit, Fraction(0)) for end, credit in rungs), (None, Fraction(0), Fraction(0))],
            exclusive=exclusive,
        )  # fmt: skip
    for end, credit in rungs:
        if quantity < end or (quantity == end and not exclusive):
            return quantity * credit
    return Fraction(0)


def _reached(quantity: Fraction, ends: Sequence[Fraction | None], exclusive: bool) -> int:
    passed = [end for end in ends if end is not None and (quantity > end or (exclusive and quantity == end))]
    return len(passed)
