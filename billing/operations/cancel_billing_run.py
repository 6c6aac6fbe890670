"""Stop a bulk step of the billing run between two contracts."""

from datetime import datetime

from django.db import transaction

from billing.models import BillingRun
from billing.queries.run_plan import ROLES
from ground.actor import Actor
from ground.audit import acting
from ground.operations import cancel_job


def cancel_billing_run(*, actor: Actor, run: BillingRun, now: datetime) -> BillingRun:
    """Ask a run to stop and return it. The contract that is being done is finished; those after it stay as they were.

    What was done stays done. A run that is over, or that somebody stopped already, is returned unchanged.
    Raises NotAllowed for somebody who may not start such a run.
    """
    actor.require_vendor(*ROLES[run.kind])
    with transaction.atomic(durable=True), acting(actor=actor, verb="cancel_billing_run"):
        locked = BillingRun.objects.select_for_update(of=("self",)).select_related("job").get(pk=run.pk)
        if locked.job.is_over or locked.cancelled_at is not None:
            return locked
        locked.cancelled_by, locked.cancelled_at = actor.name, now
        locked.save(update_fields=["cancelled_by", "cancelled_at"])
        cancel_job(actor=actor, job=locked.job)
    return locked
