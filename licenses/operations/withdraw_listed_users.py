"""Take back the accounts of a user list whose report was withdrawn."""

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from licenses.models import Contract, ProvisionedCount


def withdraw_listed_users(*, actor: Actor, contract: Contract, report_public_id: str) -> None:
    """Add the row that makes the earlier rows of a report invalid; without any, or when done already, nothing."""
    actor.require_customer(contract.customer_id)
    with transaction.atomic(), acting(actor=actor, verb="withdraw_listed_users"):
        last = (
            ProvisionedCount.objects.filter(contract=contract, report_public_id=report_public_id).order_by("pk").last()
        )
        if last is None or last.is_withdrawn:
            return
        last.pk, last.is_withdrawn, last.recorded_by = None, True, actor.name
        last.save(force_insert=True)
