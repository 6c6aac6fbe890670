"""Counts that were made, and numbers that an instance or its owner claims."""

from typing import Any

from django.db.models import QuerySet

from ground.actor import Actor
from licenses.models import Contract
from licenses.ranges import period_of, range_of
from rollcall.period import Period
from usage.models import ActiveUserCount, ReportedCount


def counts_for(actor: Actor) -> QuerySet[ActiveUserCount]:
    """Return the counts the actor may see, each with its contract."""
    return ActiveUserCount.objects.for_actor(actor).select_related("contract")


def latest_count(*, contract: Contract, metric_digest: str, period: Period, zone: str) -> ActiveUserCount | None:
    """Return the last count made of a metric in a period, whatever its evidence; None when it was never counted."""
    return (
        ActiveUserCount.objects.filter(
            contract=contract, metric_digest=metric_digest, period=range_of(period), zone=zone
        )
        .order_by("pk")
        .last()
    )


def reported_count(*, contract: Contract, period: Period) -> int | None:
    """Return the number of active users claimed for a period; None when nobody claimed one.

    A number for the whole contract wins; without one, the numbers of the instances are summed, each the last added.
    """
    by_instance: dict[int | None, int] = {}
    for row in ReportedCount.objects.filter(contract=contract, period=range_of(period)).order_by("pk"):
        by_instance[row.instance_id] = row.users
    if None in by_instance:
        return by_instance[None]
    return sum(by_instance.values()) if by_instance else None


def last_use(contract: Contract) -> list[dict[str, Any]]:
    """Return the newest count of each metric that was ever counted, as JSON: what is known of a contract's use."""
    newest = (
        ActiveUserCount.objects.filter(contract=contract)
        .order_by("metric_digest", "-period", "-pk")
        .distinct("metric_digest")
    )
    return [
        {
            "metric": str(row.metric_kind),
            "start": period_of(row.period).start.isoformat(),
            "end": period_of(row.period).end.isoformat(),
            "users": row.users,
        }
        for row in newest
    ]
