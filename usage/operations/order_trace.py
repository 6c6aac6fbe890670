"""Ask for the lines of the files that one person was counted from."""

import re

from django.db import transaction

from ground.actor import Actor
from ground.models import Job
from ground.operations.enqueue_job import enqueue_job
from usage.models import ActiveUserCount
from usage.queries.traces import trace_key, traces_made

_REFERENCE = re.compile(r"[0-9a-f]{64}")


class NotAPerson(Exception):
    """What was asked for is no reference of a person."""


def order_trace(*, actor: Actor, count: ActiveUserCount, user_ref: str) -> Job:
    """Return the job that finds the lines; one that runs or found them is returned as it is.

    Raises NotAllowed, NotAPerson.
    """
    actor.require_customer(count.customer_id)
    if not _REFERENCE.fullmatch(user_ref):
        raise NotAPerson("Choose a person of the list.")
    with transaction.atomic():
        jobs = traces_made(count, user_ref)
        if jobs and jobs[0].state not in (Job.State.FAILED, Job.State.CANCELLED):
            return jobs[0]
        return enqueue_job(
            key=f"{trace_key(count, user_ref)}{len(jobs)}",
            kind="usage.trace_user",
            args={"count_id": count.pk, "user_ref": user_ref},
            customer_id=count.customer_id,
        )
