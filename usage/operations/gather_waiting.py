"""Have events that wait gathered, instance by instance."""

from datetime import datetime

from ground.models import Job
from ground.operations.enqueue_job import enqueue_job
from usage.operations.gather_events import waiting_batches


def gather_waiting(*, now: datetime) -> list[Job]:
    """Enqueue the gathering of every instance with events that are in no report yet; once a minute at most."""
    waiting = waiting_batches().values_list("instance_id", "customer_id").distinct().order_by("instance_id")
    return [
        enqueue_job(
            key=f"usage.gather_events:{instance}:{now:%Y-%m-%dT%H:%M}",
            kind="usage.gather_events",
            args={"instance_id": instance},
            customer_id=customer,
        )
        for instance, customer in waiting
    ]
