"""Ask for background work."""

from datetime import datetime
from typing import Any

from django.db import transaction

from ground.jobs import all_job_kinds
from ground.models import Job
from ground.wakeup import wake_up_on_commit


def enqueue_job(
    *,
    key: str,
    kind: str,
    args: dict[str, Any],
    customer_id: int | None = None,
    run_after: datetime | None = None,
) -> Job:
    """Ask for work in the current transaction; the same key is the same job and is returned unchanged.

    `args` must be JSON. A worker is woken up when the transaction commits. The work is begun as often as its kind says.
    """
    with transaction.atomic():
        row = Job(key=key, kind=kind, args=args, customer_id=customer_id, run_after=run_after)
        if (known := all_job_kinds().get(kind)) is not None:
            row.max_attempts = known.max_attempts
        # One statement, no error on a duplicate: two askers at the same moment get the same row.
        Job.objects.bulk_create([row], ignore_conflicts=True)
        found = Job.objects.get(key=key)
        if found.public_id == row.public_id and run_after is None:
            wake_up_on_commit(found.pk)
    return found
