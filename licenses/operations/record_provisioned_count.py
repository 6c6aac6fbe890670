"""Record how many accounts exist on a day."""

from datetime import date, datetime

from ground.actor import Actor
from ground.audit import acting
from ground.together import own_transaction
from licenses.models import Contract, ProvisionedCount


def record_provisioned_count(
    *, actor: Actor, contract: Contract, users: int, date: date, source: str, now: datetime
) -> ProvisionedCount:
    """Add a dated number of provisioned users with its source, such as "user_list"; it never becomes a price.

    The same number for the same day from the same source is recorded once. Raises NotAllowed, ValidationError.
    """
    actor.require_vendor()
    count = ProvisionedCount(
        customer_id=contract.customer_id,
        contract=contract,
        users=users,
        date=date,
        source=source,
        recorded_by=actor.name,
        recorded_at=now,
    )
    count.full_clean()
    with own_transaction(), acting(actor=actor, verb="record_provisioned_count"):
        Contract.objects.select_for_update().get(pk=contract.pk)
        last = ProvisionedCount.objects.filter(contract=contract, date=date, source=source).order_by("pk").last()
        if last is not None and last.users == users:
            return last
        count.save()
    return count
