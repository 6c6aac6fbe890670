"""Record how many accounts a user list or seat list holds."""

from datetime import date, datetime

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from licenses.models import Contract, Instance, ProvisionedCount

WORKER = Actor.system("worker")


def record_listed_users(
    *,
    contract: Contract,
    instance: Instance,
    users: int,
    date: date,
    source: str,
    report_public_id: str,
    grade: int,
    generated_at: datetime | None,
    sha256: str,
    now: datetime,
) -> ProvisionedCount:
    """Add the number of accounts of one list, dated, as provisioned users of its instance; it never becomes a price.

    `grade`, `generated_at` and `sha256` of the report decide which of several lists for one day is valid. The same
    list again adds nothing.
    """
    with transaction.atomic(), acting(actor=WORKER, verb="record_listed_users"):
        Contract.objects.select_for_update(no_key=True).get(pk=contract.pk)
        last = (
            ProvisionedCount.objects.filter(contract=contract, report_public_id=report_public_id).order_by("pk").last()
        )
        if last is not None and (last.users, last.date, last.is_withdrawn) == (users, date, False):
            return last
        return ProvisionedCount.objects.create(
            customer_id=contract.customer_id,
            contract=contract,
            instance=instance,
            users=users,
            date=date,
            source=source[:100],
            report_public_id=report_public_id,
            grade=grade,
            generated_at=generated_at,
            sha256=sha256,
            recorded_by=WORKER.name,
            recorded_at=now,
        )
