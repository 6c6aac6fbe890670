"""Run the job whose customer has waited longest: a wake-up says that there is work, not whose turn it is."""

from django.conf import settings
from django.db.models import Count, Min, Q
from django.db.models.functions import Now

from ground.models import Job
from ground.operations.run_job import run_job
from ground.wakeup import wake_up


def run_next_job() -> Job | None:
    """Run one due job in this process and return its row; None when none may run now.

    Customers take turns: first the one with the fewest running jobs, then the one whose last start lies longest ago,
    then the oldest job. No customer has more than JOB_MOST_PER_CUSTOMER jobs running, so one with many large files
    leaves hands free for the others. Work that belongs to no customer is a turn of its own and has no such bound.
    A job that had to wait for a place is woken up by the one that makes room; the sweeper stands behind that.
    """
    while True:
        job_id = next_job()
        if job_id is None:
            return None
        done = run_job(job_id)
        if done is not None:
            waiting = next_job()
            if waiting is not None:
                wake_up(waiting)
            return done


def next_job() -> int | None:
    """Return the number of the job whose turn it is, or None when nothing is due that may run.

    Nothing is claimed here: of two workers with the same answer one gets the job and the other asks again. A customer
    offers its oldest job only, so while that is not claimed nobody can pass the bound with a later one.
    """
    waiting = Q(state=Job.State.QUEUED) & (Q(run_after=None) | Q(run_after__lte=Now()) | Q(cancel_asked=True))
    abandoned = Q(state=Job.State.RUNNING, leased_until__lt=Now())
    # Ordered by nothing: the model's order would be part of every group.
    due = dict(Job.objects.filter(waiting | abandoned).order_by().values_list("customer_id").annotate(first=Min("pk")))
    running = dict(
        Job.objects.filter(state=Job.State.RUNNING, leased_until__gte=Now(), customer_id__in=[c for c in due if c])
        .order_by()
        .values_list("customer_id")
        .annotate(number=Count("pk"))
    )
    turns = [
        ((running.get(customer, 0), *_last_start(customer), job_id), job_id)
        for customer, job_id in due.items()
        if customer is None or running.get(customer, 0) < settings.JOB_MOST_PER_CUSTOMER
    ]
    return min(turns)[1] if turns else None


def _last_start(customer_id: int | None) -> tuple[bool, float]:
    """Return (whether a job of the customer ever started, when the last one did): what never started comes first."""
    started = Job.objects.filter(customer_id=customer_id, started_at__isnull=False).order_by("-started_at")
    last = started.values_list("started_at", flat=True).first()
    return last is not None, last.timestamp() if last is not None else 0.0
