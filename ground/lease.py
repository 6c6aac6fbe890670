"""A run's sign of life: a thread beside the work renews the lease, writes progress and hears of a cancellation."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models.functions import Now

from ground.jobs import JobContext, Progress
from ground.models import Job

TICK_SECONDS = 0.5

log = structlog.get_logger(__name__)


@contextmanager
def keep_lease(context: JobContext, token: str) -> Iterator[None]:
    """Keep the lease while the block runs. The thread has a connection of its own, so it shows before any commit."""
    finished = threading.Event()
    thread = threading.Thread(
        target=_beat, args=(context, token, finished), name=f"lease-{context.job_id}", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        finished.set()
        thread.join()


def _beat(context: JobContext, token: str, finished: threading.Event) -> None:
    pause = min(TICK_SECONDS, settings.JOB_LEASE_SECONDS / 4)
    beats_until_renewal = max(1, int(settings.JOB_LEASE_SECONDS / 3 / pause))
    written, beats = Progress(), 0
    try:
        while not finished.wait(pause):
            beats += 1
            latest = context.latest
            if latest == written and beats < beats_until_renewal:
                continue
            try:
                _renew(context, token, latest)
            except (DatabaseError, InterfaceError) as error:
                # A lost connection is not a lost lease: the next beat tries on a new one.
                log.warning("lease not renewed", job_id=context.job_id, error=str(error))
                connection.close()
                continue
            written, beats = latest, 0
    finally:
        connection.close()


def _renew(context: JobContext, token: str, latest: Progress) -> None:
    mine = Job.objects.filter(pk=context.job_id, lease_token=token, state=Job.State.RUNNING)
    renewed = mine.update(
        leased_until=Now() + timedelta(seconds=settings.JOB_LEASE_SECONDS),
        progress_done=latest.done,
        progress_total=latest.total,
        progress_words=latest.words,
    )
    job = Job.objects.filter(pk=context.job_id).first()
    if job is None:
        return
    if not renewed:
        context.lease_lost.set()
    elif job.cancel_asked:
        context.cancel_asked.set()
