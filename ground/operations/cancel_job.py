"""Ask a job to stop."""

from django.db import transaction

from ground.actor import Actor
from ground.models import Job
from ground.wakeup import wake_up_on_commit


def cancel_job(*, actor: Actor, job: Job) -> None:
    """Ask a job to stop; a waiting one never starts, a running one ends at its next safe point. A job that is over
    stays as it is. Raises NotAllowed for another customer's job, and for work that belongs to no customer unless the
    actor is the vendor's.
    """
    if job.customer_id is None:
        actor.require_vendor()
    else:
        actor.require_customer(job.customer_id)
    with transaction.atomic():
        # Only this column: the portal's role may write no other one. A worker settles the state.
        Job.objects.filter(pk=job.pk).update(cancel_asked=True)
        wake_up_on_commit(job.pk)
