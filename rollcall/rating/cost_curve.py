"""What terms cost at every number of users: the curve that is looked at before anybody signs.

Every point is the rating of a whole billing period with that many users, by the same `rate_term` that bills; nothing is
interpolated. Between two points that are drawn there may be others: the ends of tiers and limits are always among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from rollcall.money import exact_difference, exact_product, round_half_up
from rollcall.period import Period
from rollcall.rating.given import Amount
from rollcall.rating.rate_term import rate_term
from rollcall.rating.usage import PeriodUsage, TermUsage
from rollcall.terms.action_quantity import ActionMetric
from rollcall.terms.contract import ContractTerms
from rollcall.terms.metrics import Metric
from rollcall.terms.seats import SeatsMetric

ONE = Decimal(1)
EVEN_STEPS = 40
# Of the numbers in the terms, each with its neighbors: more than this many would be a list of prices, not of edges.
MOST_EDGES = 60


@dataclass(frozen=True, kw_only=True)
class CostPoint:
    """What one whole period costs with this many users, before tax."""

    users: int
    net_amount: Decimal
    currency: str

    @property
    def per_user(self) -> Decimal | None:
        """The amount for each of the users, rounded; None where there are none."""
        return round_half_up(self.net_amount / self.users, self.currency) if self.users else None


@dataclass(frozen=True, kw_only=True)
class Fall:
    """A place at which more users cost less."""

    before: CostPoint
    after: CostPoint


@dataclass(frozen=True, kw_only=True)
class CostCurve:
    """The cost of one whole period by users. `seats` is the cost when every account is billed like an active user."""

    period: Period
    points: tuple[CostPoint, ...]
    seats: CostPoint | None = None

    @property
    def falls(self) -> tuple[Fall, ...]:
        """Where the total falls as usage rises; each run of falling points once."""
        return tuple(_falls(self.points))

    def against_seats(self, point: CostPoint) -> Decimal | None:
        """How much more (or less) a point costs than billing every account."""
        return None if self.seats is None else exact_difference(point.net_amount, self.seats.net_amount)


def cost_curve(
    *, terms: ContractTerms, most_users: int, accounts: int | None = None, units_each: Decimal = ONE
) -> CostCurve:
    """Rate the first whole period of the term with 0 to `most_users` users of every metric of users.

    `accounts` are the accounts that exist: what they would cost if each was billed is the comparison with seats. Where
    actions are added up, each user has `units_each` of them. Raises what `rate_term` raises.
    """
    period = whole_period(terms)
    cost = _CostOf(terms, period, units_each)
    points = tuple(cost(users) for users in _places(terms, most_users))
    return CostCurve(period=period, points=points, seats=None if accounts is None else cost(accounts))


def whole_period(terms: ContractTerms) -> Period:
    """Return the first billing period that is a whole cycle; the first at all where no cycle fits into the term."""
    whole = (period for period in terms.periods if terms.cycle.period_of(period.start) == period)
    return next(whole, terms.periods[0])


def steady_usage(*, terms: ContractTerms, period: Period, users: int, units_each: Decimal = ONE) -> PeriodUsage:
    """Return the usage of a period in which the same number of users was there on every day.

    Seats are bought in the terms, so they need none.
    """
    quantities: dict[str, Mapping[str, int]] = {}
    daily: dict[str, Mapping[date, int]] = {}
    amounts: dict[str, Amount] = {}
    for name, metric in terms.metrics.items():
        if isinstance(metric, ActionMetric):
            by_user = ((units_each, users),) if users else ()
            amounts[name] = Amount(quantity=exact_product(units_each, Decimal(users)), by_user=by_user)
        elif isinstance(metric, Metric) and metric.calculation is None:
            quantities[name] = {"users": users}
        elif not isinstance(metric, SeatsMetric):
            daily[name] = dict.fromkeys(period.each_day(), users)
    return PeriodUsage(period=period, quantities=quantities, daily=daily, amounts=amounts)


class _CostOf:
    """Rate one period with a number of users."""

    def __init__(self, terms: ContractTerms, period: Period, units_each: Decimal) -> None:
        self.terms, self.period, self.units_each = terms, period, units_each

    def __call__(self, users: int) -> CostPoint:
        given = steady_usage(terms=self.terms, period=self.period, users=users, units_each=self.units_each)
        rating = rate_term(terms=self.terms, usage=TermUsage(periods=(given,))).of(self.period)
        return CostPoint(users=users, net_amount=rating.net_amount, currency=self.terms.currency)


def _places(terms: ContractTerms, most: int) -> Sequence[int]:
    """Return even steps up to the most, and the edges of the terms with their neighbors."""
    even = (most * step // EVEN_STEPS for step in range(EVEN_STEPS + 1))
    edges = sorted({number for number in whole_numbers(terms.shortest_form()) if 0 < number <= most})[:MOST_EDGES]
    beside = (edge + step for edge in edges for step in (-1, 0, 1))
    return sorted({users for users in (*even, *beside) if 0 <= users <= most})


def whole_numbers(written: object) -> Iterator[int]:
    """Yield the whole numbers of terms: the ends of tiers, floors in users, what is included."""
    if isinstance(written, bool):
        return
    if isinstance(written, int):
        yield written
    elif isinstance(written, Mapping):
        for inner in written.values():
            yield from whole_numbers(inner)
    elif isinstance(written, list | tuple):
        for inner in written:
            yield from whole_numbers(inner)


def _falls(points: Iterable[CostPoint]) -> Iterator[Fall]:
    start: CostPoint | None = None
    last: CostPoint | None = None
    for before, after in pairwise(points):
        if after.net_amount < before.net_amount:
            start, last = start or before, after
        elif start is not None and last is not None:
            yield Fall(before=start, after=last)
            start = last = None
    if start is not None and last is not None:
        yield Fall(before=start, after=last)
