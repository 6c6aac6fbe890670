"""Start a bulk step of the billing run as its dry run showed it."""

from datetime import datetime

from django.db import transaction

from billing.models import BillingRun, BillingRunItem
from billing.queries.run_plan import ROLES, PlannedPart, RunPlan
from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point
from ground.operations import enqueue_job
from licenses.ranges import range_of

RUN = "billing.run"


class NothingToRun(Exception):
    """The step would do nothing."""


def start_billing_run(*, actor: Actor, plan: RunPlan, token: str, now: datetime, how: str = "") -> BillingRun:
    """Store what is to be done and ask a worker to do it; return the run.

    `token` is of the dry run that the person confirmed: the same token is the same run, however often it is sent.
    `how` is how documents are sent ("pdf" or "link"). Raises NotAllowed, NothingToRun.
    """
    actor.require_vendor(*ROLES[plan.kind])
    if not plan.parts:
        reasons = ", ".join(f"{number} {reason}" for reason, number in plan.reasons)
        raise NothingToRun(f"There is nothing to {BillingRun.Kind(plan.kind).label}: {reasons or 'no contract'}.")
    with transaction.atomic(durable=True), acting(actor=actor, verb="start_billing_run"):
        # Whoever sends the same token meanwhile waits here until this run is committed, and then finds it.
        job = enqueue_job(key=f"{RUN}:{token}", kind=RUN, args={"token": token, "how": how})
        there = BillingRun.objects.filter(token=token).first()
        if there is not None:
            return there
        run = BillingRun.objects.create(
            token=token,
            kind=plan.kind,
            month=plan.month,
            job=job,
            asked_by=actor.name,
            asked_by_account=actor.user_id,
            asked_at=now,
        )
        parts = (*plan.parts, *plan.left_out)
        BillingRunItem.objects.bulk_create(_item(run, place, part) for place, part in enumerate(parts, start=1))
        fault_point("run.before_start")
    fault_point("run.after_start")
    return run


def _item(run: BillingRun, place: int, part: PlannedPart) -> BillingRunItem:
    item = BillingRunItem(
        run=run,
        position=place,
        customer_id=part.customer_id,
        contract_id=part.contract_id,
        period=range_of(part.period),
        zone=part.zone,
        invoice_public_id=part.invoice_public_id,
        seen_amount=part.amount,
        currency=part.currency,
    )
    if part.left_out:
        item.outcome, item.words, item.ended_at = item.Outcome.LEFT_OUT, part.left_out, run.asked_at
    return item
