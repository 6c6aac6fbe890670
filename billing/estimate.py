"""What a cycle that still runs would cost if it ended with the users counted so far."""

from dataclasses import dataclass
from decimal import Decimal

from licenses.models import Contract
from licenses.queries import NothingAgreed, terms_at
from rollcall.period import Period
from rollcall.rating import NeedsEarlierPeriods, PeriodUsage, RatedLine, TermUsage, billed_users, rate_term


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """An amount before tax that is not final, with the lines it is made of."""

    currency: str
    net_amount: Decimal
    billed_users: int
    lines: tuple[RatedLine, ...]


def estimate(*, contract: Contract, period: Period, users: int) -> Estimate | None:
    """Rate the running period with a number of active users.

    None where one number is not enough: nothing is agreed, the contract has several metrics, or a limit reaches over
    several periods.
    """
    try:
        terms = terms_at(contract=contract, day=period.start)
    except NothingAgreed:
        return None
    if len(terms.metrics) != 1:
        return None
    quantities = {name: {"users": users} for name in terms.metrics}
    usage = TermUsage(periods=(PeriodUsage(period=period, quantities=quantities),))
    try:
        rating = rate_term(terms=terms, usage=usage).of(period)
    except NeedsEarlierPeriods:
        return None
    charge = next(iter(terms.charges.values()))
    return Estimate(
        currency=terms.currency,
        net_amount=rating.net_amount,
        billed_users=billed_users(charge=charge, active_users=users),
        lines=rating.lines,
    )


def billed_so_far(*, contract: Contract, period: Period, users: int) -> int | None:
    """Return how many users would be billed if a running period ended with these; None where `estimate` has none."""
    made = estimate(contract=contract, period=period, users=users)
    return made.billed_users if made is not None else None
