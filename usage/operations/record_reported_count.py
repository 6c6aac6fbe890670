"""Record how many active users an instance or its owner claims for a period."""

from datetime import datetime

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from licenses.models import Contract, Instance
from licenses.ranges import range_of
from rollcall.period import Period
from usage.models import ReportedCount, UsageReport


def record_reported_count(
    *,
    actor: Actor,
    contract: Contract,
    period: Period,
    users: int,
    source: str,
    now: datetime,
    instance: Instance | None = None,
    report: UsageReport | None = None,
) -> ReportedCount:
    """Add a claimed number; it is shown beside our count and never billed where the contract bills active users.

    Without ``instance`` it stands for the whole contract. Raises NotAllowed, ValidationError.
    """
    actor.require_customer(contract.customer_id)
    count = ReportedCount(
        customer_id=contract.customer_id,
        contract=contract,
        instance=instance,
        report=report,
        period=range_of(period),
        users=users,
        source=source,
        recorded_by=actor.name,
        recorded_at=now,
    )
    count.clean_fields()
    with transaction.atomic(), acting(actor=actor, verb="record_reported_count"):
        count.save(force_insert=True)
    return count
