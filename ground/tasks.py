"""The one Celery task: it wakes `run_job` up. Messages carry a job's number and nothing else."""

from typing import Any

from celery import shared_task

from ground.operations.run_job import run_job
from ground.wakeup import TASK


@shared_task(name=TASK)
def run_job_task(*, job_id: int, **later: Any) -> None:
    """Run a job if it is due and nobody runs it. Unknown arguments of a newer sender are ignored."""
    run_job(job_id)
