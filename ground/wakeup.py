"""Sending the message that wakes a worker up. It may be lost: the sweeper sends another."""

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import ChannelError, OperationalError

TASK = "ground.run_job"

log = structlog.get_logger(__name__)


def wake_up_on_commit(job_id: int) -> None:
    """Send a wake-up once the job's row is committed."""
    transaction.on_commit(lambda: wake_up(job_id), robust=True)


def wake_up(job_id: int) -> bool:
    """Send a wake-up now; False when the broker does not answer, which delays the job and loses nothing."""
    try:
        current_app.send_task(TASK, kwargs={"job_id": job_id}, retry=False)
    except (OperationalError, ChannelError, OSError) as error:
        log.warning("wake-up not sent; the sweeper will", job_id=job_id, error=str(error))
        return False
    return True
