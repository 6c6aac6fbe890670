"""What terms cost at every number of users, as pages draw it: the chart, its message, and the table beneath."""

from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from ground.presentation import format as written
from ground.presentation.charts import Limit, LineChart, curve_chart
from rollcall.rating.cost_curve import ONE, CostCurve, CostPoint, cost_curve, whole_numbers
from rollcall.terms.contract import ContractTerms
from rollcall.terms.credits import Credit
from rollcall.terms.fields import TermsRefused
from rollcall.terms.limits import Limits

AT_LEAST_USERS = 100
MOST_USERS = 1_000_000
ROWS_OF_TABLE = 14


@dataclass(frozen=True, kw_only=True)
class CurveRow:
    """One row of the table under the curve."""

    point: CostPoint
    against_seats: Decimal | None
    is_fall: bool


@dataclass(kw_only=True)
class DrawnCurve:
    """The curve of some terms as a page shows it. `left_out` are credits that would lower a single period alone."""

    curve: CostCurve
    currency: str
    left_out: tuple[Credit, ...] = ()
    marked_users: int | None = None

    @property
    def chart(self) -> LineChart:
        points = [(point.users, int(point.net_amount)) for point in self.curve.points]
        limits = []
        seats = self.curve.seats
        if seats is not None:
            words = f"every one of {written.count_of(seats.users, 'account')} billed: {self.money(seats.net_amount)}"
            limits.append(Limit(words=words, value=int(seats.net_amount), kind="other"))
        return curve_chart(points, limits=limits)

    @property
    def summary(self) -> str:
        """Say for a screen reader what the chart shows."""
        said = [
            f"{written.count_of(row.point.users, 'user costs', 'users cost')} {self.money(row.point.net_amount)}"
            for row in self.rows
        ]
        return "Cost before tax of one period by users: " + "; ".join(said)

    @property
    def message(self) -> str:
        """The title of the chart: what the comparison says in one sentence."""
        first, last = self.curve.points[0], self.curve.points[-1]
        return (
            f"{self.money(first.net_amount)} without any user, {self.money(last.net_amount)} "
            f"with {written.number(last.users)}."
        )

    @property
    def left_out_words(self) -> str:
        """Say which credits the figures are without; empty where there is none."""
        named = [f"{credit.name} of {self.money(credit.amount)}" for credit in self.left_out if credit.amount]
        if not named:
            return ""
        several = len(named) > 1
        said = f"without the credit{'s' * several} {' and '.join(named)}"
        return f"{said}, which {'are' if several else 'is'} not granted in every period"

    @property
    def rows(self) -> list[CurveRow]:
        """The points where the slope changes, thinned out to a table that can be read."""
        fallen = {fall.after.users for fall in self.curve.falls}
        return [
            CurveRow(point=point, against_seats=self.curve.against_seats(point), is_fall=point.users in fallen)
            for point in telling_points(self.curve.points)
        ]

    def money(self, amount: Decimal) -> str:
        return f"{written.amount(amount, self.currency)} {self.currency}"


def telling_points(points: tuple[CostPoint, ...]) -> list[CostPoint]:
    """Return the first, the last, those where the price of one more user changes, and some between them."""
    kept = {0, len(points) - 1}
    slopes = [
        (after.net_amount - before.net_amount) / (after.users - before.users) for before, after in pairwise(points)
    ]
    turns = [place for place in range(1, len(points) - 1) if slopes[place] != slopes[place - 1]]
    kept |= set(turns[:ROWS_OF_TABLE])
    step = max(1, (len(points) - 1) // 8)
    for place in range(0, len(points), step):
        if len(kept) < ROWS_OF_TABLE:
            kept.add(place)
    return [points[place] for place in sorted(kept)]


def most_users_of(terms: ContractTerms) -> int:
    """Return how far the curve of some terms goes: to twice the last edge that they have."""
    edges = [number for number in whole_numbers(terms.shortest_form().get("charges")) if number < MOST_USERS // 2]
    return max(AT_LEAST_USERS, 2 * max(edges, default=0))


def lasting_terms(terms: ContractTerms) -> tuple[ContractTerms, tuple[Credit, ...]]:
    """Return terms without the credits that are not granted each cycle, and these credits.

    The curve is of one period for all: a credit for the term would make the period that burns it look like each.
    """
    every = [terms.limits, *(charge.limits for charge in terms.charges.values())]
    passing = tuple(credit for limits in every for credit in limits.credits if credit.granted != "each_cycle")
    charges = {key: replace(charge, limits=_each_cycle(charge.limits)) for key, charge in terms.charges.items()}
    return replace(terms, limits=_each_cycle(terms.limits), charges=charges), passing


def _each_cycle(limits: Limits) -> Limits:
    return replace(limits, credits=tuple(credit for credit in limits.credits if credit.granted == "each_cycle"))


def drawn_curve(
    *, terms: ContractTerms, most_users: int, accounts: int | None, units_each: Decimal = ONE
) -> DrawnCurve | None:
    """Return the curve of terms, or None for terms that users alone do not rate."""
    lasting, left_out = lasting_terms(terms)
    try:
        found = cost_curve(terms=lasting, most_users=most_users, accounts=accounts, units_each=units_each)
    except TermsRefused:
        return None
    return DrawnCurve(curve=found, currency=terms.currency, left_out=left_out)


def curve_of(*, terms: ContractTerms, accounts: int | None) -> DrawnCurve | None:
    """Return what terms cost, up to a little beyond their last edge and all accounts that exist."""
    return drawn_curve(terms=terms, most_users=max(most_users_of(terms), accounts or 0), accounts=accounts)
