"""What the earlier periods of a term came to, at the place in the bill where a limit over the term may stand.

It is kept of every period, whether or not such a limit is agreed in it: one that comes later holds over the whole term,
and counts what was billed before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from rollcall.money import exact_difference, exact_sum
from rollcall.rating.lines import ChargeBill
from rollcall.rating.state import TermState
from rollcall.terms.charges import CONTRACT
from rollcall.terms.fields import TermsRefused
from rollcall.terms.steps import completed

# The steps of limits that may hold over the term.
OVER_THE_TERM = ("commitment", "floor", "cap")

# Steps that no terms name: they stand with the price, before every limit.
_WITH_THE_PRICE = frozenset({"estimate", "greater_of"})

# Sums by the names of `kept_amount` and `kept_users`; None where versions counted different users.
Sums = dict[str, Decimal | None]


def kept_amount(step: str) -> str:
    """Return the name under which a bill counts amounts for a limit."""
    return step


def kept_users(step: str) -> str:
    """Return the name under which a bill counts users for a limit."""
    return f"{step}/users"


def nothing_counted() -> dict[str, Decimal]:
    """Return what a bill counts for limits over the term where nothing of its period does."""
    return {name: Decimal(0) for step in OVER_THE_TERM for name in (kept_amount(step), kept_users(step))}


def amount_so_far(bill: ChargeBill, step: str) -> Decimal:
    """Return what earlier periods came to where a limit stands, 0 at the beginning."""
    return Decimal(bill.state.carried.get(f"{bill.key}/{kept_amount(step)}", Decimal(0)))


def users_so_far(bill: ChargeBill, step: str) -> Decimal:
    """Return how many users earlier periods had where a limit stands. Raises TermsRefused where nobody can say it."""
    users = bill.state.carried.get(f"{bill.key}/{kept_users(step)}", Decimal(0))
    if users is None:
        raise TermsRefused(
            f"charges.{bill.key}.{step}",
            "counts users over the term, and an earlier period was rated by days under terms that count different "
            "ones; agree on an amount instead.",
        )
    return Decimal(users)


def sums_after(bill: ChargeBill, *, by_version: Sequence[ChargeBill], steps: Sequence[str], state: TermState) -> Sums:
    """Return what the periods so far come to with this one. `by_version` are the bills of which it was made."""
    found: Sums = {}
    for step in OVER_THE_TERM:
        amount = bill.counted.get(kept_amount(step), _amount_at(bill, step, steps))
        users = {_users_at(one, step) for one in by_version}
        found |= _added(state, f"{bill.key}/{kept_amount(step)}", amount)
        found |= _added(state, f"{bill.key}/{kept_users(step)}", users.pop() if len(users) == 1 else None)
    return found


def sums_without_limits(charged: Iterable[Decimal], state: TermState) -> Sums:
    """Return the sums of the whole contract in a period in which it has no limits: those of its charges."""
    found: Sums = {}
    amount = exact_sum(charged)
    for step in OVER_THE_TERM:
        found |= _added(state, f"{CONTRACT}/{kept_amount(step)}", amount)
    return found


def _added(state: TermState, name: str, more: Decimal | None) -> Sums:
    before = state.carried.get(name, Decimal(0))
    return {name: None if before is None or more is None else exact_sum((before, more))}


def _users_at(bill: ChargeBill, step: str) -> Decimal:
    """Return how many users a limit over the term counts of a bill: a floor none that a cap took off, as of amounts."""
    users = bill.counted.get(kept_users(step), bill.to_price)
    if step != "floor":
        return users
    capped = exact_difference(bill.to_price, bill.counted.get(kept_users("cap"), bill.to_price))
    return max(exact_difference(users, capped), Decimal(0))


def _amount_at(bill: ChargeBill, step: str, steps: Sequence[str]) -> Decimal:
    """Return what a bill comes to once a step was taken, or where it would have been taken.

    A floor is the least that is billed, so it counts nothing that the cap behind it took off.
    """
    order = completed(steps)
    taken = {*order[: order.index(step) + 1], *_WITH_THE_PRICE}
    if step == "floor":
        taken.add("cap")
    # A trial comes last, but before credits.
    if "credits" in taken and any(entry.step == "credits" for entry in bill.working):
        taken.add("trial")
    return exact_sum((bill.base, *(entry.amount for entry in bill.working if entry.step in taken)))
