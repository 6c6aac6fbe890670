"""Wake up every job that waits for a worker. This alone guarantees that nothing accepted is forgotten."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from ground.models import Job
from ground.wakeup import wake_up

AT_ONCE = 500


def sweep_jobs() -> int:
    """Send a wake-up for each job that is due and was not woken up lately; return how many were found.

    Due are: waiting jobs whose time has come, and running ones whose worker gave no sign of life for a whole lease.
    Two sweepers at once do no harm: they skip each other's rows, and a job runs once however often it is woken up.
    """
    again = Q(sent_at=None) | Q(sent_at__lt=Now() - timedelta(seconds=settings.JOB_RESEND_SECONDS))
    waiting = Q(state=Job.State.QUEUED) & (Q(run_after=None) | Q(run_after__lte=Now()) | Q(cancel_asked=True))
    abandoned = Q(state=Job.State.RUNNING, leased_until__lt=Now())
    with transaction.atomic(durable=True):
        rows = Job.objects.select_for_update(skip_locked=True).filter(waiting | abandoned).filter(again)
        found = list(rows.order_by("id").values_list("pk", flat=True)[:AT_ONCE])
        Job.objects.filter(pk__in=found).update(sent_at=Now())
    for job_id in found:
        wake_up(job_id)
    return len(found)
