"""Take corrected rows of a report in, to be put into its file."""

from dataclasses import dataclass

from django.db import transaction

from ground.actor import Actor
from ground.models import Job
from ground.operations.enqueue_job import enqueue_job
from ground.storage import store_file
from usage.models import UsageReport
from usage.operations.receive_report import ByteStream, shown_name, staged
from usage.queries.tables import can_be_made


class NothingToCorrect(Exception):
    """The report has no failed rows that could be replaced."""


@dataclass(frozen=True, kw_only=True)
class Correction:
    """Corrected rows that were taken in, and the job that merges them."""

    job: Job


def send_correction(*, actor: Actor, report: UsageReport, file_name: str, stream: ByteStream) -> Correction:
    """Store a table of corrected rows and have it merged into a new file of the same instance.

    The same bytes for the same report are merged once. The new file waits for a person's confirmation like any other.
    Raises NotAllowed, NothingToCorrect, FileTooLarge, FileEmpty.
    """
    actor.require_customer(report.customer_id)
    if not can_be_made(report):
        raise NothingToCorrect("No row of this report was put aside, so there is nothing to correct.")
    with staged(stream) as arrived:
        key = f"usage.merge_correction:{report.pk}:{report.confirmation}:{arrived.sha256}"
        known = Job.objects.filter(key=key).first()
        if known is not None:
            return Correction(job=known)
        stored = store_file(customer_id=report.customer_id, kind="correction", source=arrived.path)
    with transaction.atomic():
        job = enqueue_job(
            key=key,
            kind="usage.merge_correction",
            args={
                "report_id": report.pk,
                "key": stored.key,
                "sha256": stored.sha256,
                "file_name": shown_name(file_name),
                "sent_by": actor.name,
            },
            customer_id=report.customer_id,
        )
    return Correction(job=job)
