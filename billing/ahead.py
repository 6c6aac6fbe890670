"""Whether a running period is ahead of the last three: more users by the same day of the period.

Owns: the comparison. Does not own: the counts, and whom it is told.
Invariant: the same day of each period is compared, counted from its first day; a period shorter than that gives all it
had. With fewer than three periods before, nothing is said.
"""

from dataclasses import dataclass
from datetime import timedelta

from billing.models import BillingPeriod
from billing.running import Running
from ground.presentation.format import count_of, day, number
from rollcall.period import Period
from usage.models import ActiveUserCount
from usage.queries.first_days import first_days

COMPARED = 3
# A period is ahead when it has more than this many percent above the highest of those before.
MARGIN_PERCENT = 10
FINAL = (BillingPeriod.State.COUNTED, BillingPeriod.State.DRAFTED, BillingPeriod.State.INVOICED)


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """Users by a day of the running period, and by the same day of the periods before, the newest first."""

    through_day: int
    users: int
    before: tuple[tuple[Period, int], ...]
    words: str


def ahead_of(running: Running) -> Ahead | None:
    """Return how far a running period is ahead of the last three; None where it is not, or nobody can say.

    Raises StoredFileDamaged, StoredFileMissing.
    """
    count, through = running.count, running.through
    if count is None or through is None:
        return None
    earlier = _earlier(running, count)
    if len(earlier) < COMPARED:
        return None
    nth = (through - running.period.start).days + 1
    users = _by_day(count, running.period, nth)
    before = tuple((row.span, _by_day(row.count, row.span, nth)) for row in earlier if row.count is not None)
    highest = max(known for _, known in before)
    if users * 100 <= highest * (100 + MARGIN_PERCENT):
        return None
    others = ", ".join(number(known) for _, known in before)
    words = (
        f"By {day(through)}, day {nth} of the period, {count_of(users, 'user was', 'users were')} there; "
        f"by the same day of the last three periods: {others}."
    )
    return Ahead(through_day=nth, users=users, before=before, words=words)


def _earlier(running: Running, count: ActiveUserCount) -> list[BillingPeriod]:
    """The three periods before, counted the same way."""
    rows = BillingPeriod.objects.filter(
        contract=running.main.contract_id,
        charge_key=running.main.charge_key,
        kind=BillingPeriod.Kind.REGULAR,
        state__in=FINAL,
        period__endswith__lte=running.period.start,
        count__metric_digest=count.metric_digest,
    )
    return list(rows.select_related("count").order_by("-period")[:COMPARED])


def _by_day(count: ActiveUserCount, period: Period, nth: int) -> int:
    until = period.start + timedelta(days=nth)
    return sum(users for first, users in first_days(count=count).items() if first < until)
