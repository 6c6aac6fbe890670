"""Enqueue what is due by the calendar."""

from datetime import UTC, datetime

from ground.jobs import all_job_kinds
from ground.models import Job
from ground.operations.enqueue_job import enqueue_job


def enqueue_due(*, now: datetime) -> list[Job]:
    """Enqueue each recurring kind for the span that `now` lies in; asking again in the same span changes nothing."""
    jobs = []
    for kind in all_job_kinds().values():
        if kind.every is None:
            continue
        seconds = int(kind.every.total_seconds())
        start = datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=UTC)
        jobs.append(enqueue_job(key=f"{kind.name}@{start:%Y-%m-%dT%H:%M:%SZ}", kind=kind.name, args={}))
    return jobs
