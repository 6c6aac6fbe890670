"""Open the billing periods of a month that have begun and have no row yet."""

from datetime import date, datetime

from billing.models import BillingPeriod
from billing.operations.open_periods import open_periods
from billing.queries.month import month_bounds
from ground.actor import Actor
from licenses.models import Contract
from licenses.queries import zone_at
from rollcall.period import civil_day


def open_month(*, actor: Actor, month: date, now: datetime) -> int:
    """Open what has begun of every contract that is in force in the month and has no period ending in it.

    Return how many periods are new. The scheduler does this all day, so it is mostly nothing. Raises NotAllowed,
    PeriodsOverlap.
    """
    actor.require_vendor("finance", "account_manager")
    first, after = month_bounds(month)
    there = BillingPeriod.objects.filter(
        kind=BillingPeriod.Kind.REGULAR, period__endswith__gt=first, period__endswith__lte=after
    )
    agreed = Contract.objects.filter(versions__active__overlap=(first, after)).exclude(pk__in=there.values("contract"))
    opened = 0
    for contract in agreed.distinct().order_by("number"):
        today = civil_day(now, zone_at(contract=contract, day=now.date()))
        opened += open_periods(actor=actor, contract=contract, today=today)
    return opened
