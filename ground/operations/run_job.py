"""Run one job, if it is due and nobody else runs it."""

import secrets
import traceback
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from ground.faults import fault_point
from ground.jobs import Args, JobCancelled, JobContext, JobRefused, LeaseLost, UnknownJobKind, job_kind
from ground.lease import keep_lease
from ground.models import Job
from ground.operations.enqueue_job import enqueue_job

log = structlog.get_logger(__name__)

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=30)


def run_job(job_id: int) -> Job | None:
    """Run a job in this process and return its row; None when it is not due, is over, or runs elsewhere.

    The handler works outside any transaction of ours and opens its own. Whatever happens to this process, the job
    ends in a final state: a lease that runs out is taken over, and attempts are counted when they begin.
    """
    claimed = _claim(job_id)
    if claimed is None or claimed.is_over:
        return claimed
    fault_point("job.claimed")
    context = JobContext(args=claimed.args, job_id=claimed.pk, key=claimed.key)
    try:
        with keep_lease(context, claimed.lease_token):
            result = job_kind(claimed.kind).handler(context)
            fault_point("job.handled")
        _succeed(claimed, context, result)
    except LeaseLost as error:
        log.warning("job taken over by another worker", job=claimed.key, error=str(error))
    except JobCancelled as error:
        _end(claimed, context, state=Job.State.CANCELLED, error=str(error))
    except (JobRefused, UnknownJobKind) as error:
        _end(claimed, context, state=Job.State.FAILED, error=str(error))
    except Exception as error:
        # The boundary of all background work: what a handler raises is logged, kept in the row and tried again.
        log.error("job failed", job=claimed.key, attempt=claimed.attempts, exc_info=error)
        _try_again(claimed, context, error)
    claimed.refresh_from_db()
    return claimed


def _claim(job_id: int) -> Job | None:
    """Take the lease of a job that is due, or settle one that was cancelled or has died too often."""
    due = Q(state=Job.State.QUEUED) & (Q(run_after=None) | Q(run_after__lte=Now()) | Q(cancel_asked=True))
    abandoned = Q(state=Job.State.RUNNING, leased_until__lt=Now())
    with transaction.atomic(durable=True):
        job = Job.objects.select_for_update(skip_locked=True).filter(due | abandoned, pk=job_id).first()
        if job is None:
            return None
        if job.cancel_asked:
            return _settle(job, Job.State.CANCELLED, "Cancelled before it was done.")
        if job.attempts >= job.max_attempts:
            return _settle(job, Job.State.FAILED, f"Given up: its worker ended {job.attempts} times while doing it.")
        job.lease_token = secrets.token_hex(16)
        Job.objects.filter(pk=job.pk).update(
            state=Job.State.RUNNING,
            attempts=F("attempts") + 1,
            lease_token=job.lease_token,
            leased_until=Now() + timedelta(seconds=settings.JOB_LEASE_SECONDS),
            started_at=Now(),
            progress_done=0,
            progress_total=None,
            progress_words="",
        )
        job.refresh_from_db()
    return job


def _settle(job: Job, state: Job.State, error: str) -> Job:
    """End a job that is not run any more."""
    Job.objects.filter(pk=job.pk).update(state=state, error=error, leased_until=None, finished_at=Now())
    job.refresh_from_db()
    return job


def _succeed(job: Job, context: JobContext, result: Args | None) -> None:
    """Mark success and ask for the followers in one transaction."""
    with transaction.atomic(durable=True):
        if not _end(job, context, state=Job.State.SUCCEEDED, result=result or {}):
            raise LeaseLost(f"Another worker took over the job {job.key}.")
        for follower in settings.JOB_FOLLOWERS.get(job.kind, ()):
            enqueue_job(key=f"{follower}:{job.key}", kind=follower, args=job.args, customer_id=job.customer_id)
        fault_point("job.before_commit")


def _end(job: Job, context: JobContext, *, state: Job.State, error: str = "", result: Args | None = None) -> bool:
    """Write the end of a run; False when another worker holds the lease by now."""
    return (
        _mine(job).update(
            state=state,
            error=error,
            result=result,
            leased_until=None,
            finished_at=Now(),
            progress_done=context.latest.done,
            progress_total=context.latest.total,
            progress_words=context.latest.words,
        )
        == 1
    )


def _mine(job: Job) -> QuerySet[Job]:
    return Job.objects.filter(pk=job.pk, lease_token=job.lease_token, state=Job.State.RUNNING)


def _try_again(job: Job, context: JobContext, error: Exception) -> None:
    """Put the job back with a growing pause, or give it up after its last attempt."""
    words = "".join(traceback.format_exception_only(error)).strip()
    if job.attempts >= job.max_attempts:
        _end(job, context, state=Job.State.FAILED, error=words)
        return
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (job.attempts - 1))
    _mine(job).update(state=Job.State.QUEUED, error=words, leased_until=None, run_after=Now() + pause, sent_at=None)
