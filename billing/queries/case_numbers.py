"""The five numbers of the period that a difference is about, and the days that were received of it."""

from billing.models import BillingPeriod, Difference
from billing.queries.explain_numbers import Labelled, counts_so_far, five_numbers, provisioned_of
from billing.snapshot_figures import counts
from billing.terms_in_force import stored_force
from usage.models import ActiveUserCount
from usage.queries import reported_count


def case_numbers(
    *, difference: Difference, period: BillingPeriod | None, count: ActiveUserCount | None
) -> tuple[Labelled, ...]:
    """Return provisioned, reported, active, billable and billed users as they are known now; None where they are not.

    What is reported is the number that is claimed today, also where the count was made before the claim.
    """
    provisioned = provisioned_of(count, difference.contract, difference.span.last_day)
    known = counts_so_far(count=count, billed=_billed(period), provisioned=provisioned)
    claimed = reported_count(contract=difference.contract, period=difference.span)
    return five_numbers(counts=known | ({"reported": claimed} if claimed is not None else {}))


def _billed(period: BillingPeriod | None) -> int | None:
    """The users that stand on the bill or its draft; None where nothing is rated, or nothing is counted."""
    if period is None or period.state in (BillingPeriod.State.OPEN, BillingPeriod.State.HELD) or period.count is None:
        return None
    rated = period.rated
    force = stored_force(contract=period.contract, version=rated.version, rating=rated.rating, period=period.span)
    billed: int | None = counts(period.count, period, force)["billed"]
    return billed
