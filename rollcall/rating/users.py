"""How many users the lines of a rating bill: their quantities say it, or a number beside the lines.

The quantities are no users where the price is that of packages, a difference of two amounts or of several days, and
where included users are among the estimated ones. Then the rating says the users beside its lines, by charge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from rollcall.money import exact_sum
from rollcall.rating.lines import ChargeBill

# By what they are, the users of each charge.
Beside = Mapping[str, Mapping[str, Decimal]]

# Users that were billed by an estimate.
ESTIMATED = "estimated_users"
# Users of reported numbers that were priced or included, before estimates and limits. Of people a count says them.
RATED = "rated_users"
# The kinds of the lines whose quantities are these users, unless a number stands beside them.
_KINDS = {ESTIMATED: ("estimated",), RATED: ("usage", "included")}
BESIDE_LINES = tuple(_KINDS)


def beside_lines(bills: Iterable[ChargeBill]) -> dict[str, dict[str, Decimal]]:
    """Return the users that the quantities of lines do not come to."""
    found: dict[str, dict[str, Decimal]] = {}
    for bill in bills:
        for what, users in _users_of(bill).items():
            if users != exact_sum(line.quantity for line in bill.lines if line.kind in _KINDS[what]):
                found.setdefault(what, {})[bill.key] = users
    return found


def users_in(document: Mapping[str, Any], what: str, *, charge: str | None = None) -> int:
    """Return how many users of a kind a rating as JSON bills, or one charge of it.

    A document may be given too: it has the lines of its ratings and their numbers, each under the same name.
    """
    said = {key: Decimal(users) for key, users in document.get(what, {}).items() if charge in (None, key)}
    on_lines = (
        Decimal(line["quantity"])
        for line in document["lines"]
        if line["kind"] in _KINDS[what] and charge in (None, line["charge"]) and line["charge"] not in said
    )
    return int(exact_sum((*on_lines, *said.values())))


def _users_of(bill: ChargeBill) -> dict[str, Decimal]:
    users = {} if bill.estimate is None else {ESTIMATED: bill.estimate.users}
    metric = bill.terms.metrics.get(bill.charge.metric or "") if bill.charge is not None else None
    if metric is not None and metric.kind == "reported_users":
        users[RATED] = bill.measured.quantity
    return users
