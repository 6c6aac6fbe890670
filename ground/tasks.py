"""The one Celery task: it wakes a worker up. Messages carry a job's number, for the broker's logs, and nothing else."""

from typing import Any

from celery import shared_task

from ground.operations.run_next_job import run_next_job
from ground.wakeup import TASK


@shared_task(name=TASK)
def run_job_task(*, job_id: int, **later: Any) -> None:
    """Run the job whose turn it is, of this customer or another. Unknown arguments of a newer sender are ignored."""
    run_next_job()
