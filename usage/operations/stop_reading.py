"""Stop the reading of a report: it waits for confirmation again."""

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from ground.operations.cancel_job import cancel_job
from usage.models import ReportState, UsageReport
from usage.operations.move_report import move_report
from usage.queries.reports import job_of


def stop_reading(*, actor: Actor, report: UsageReport) -> UsageReport:
    """Ask the job to end and let the report wait for confirmation at once; a child that still runs changes nothing.

    Raises NotAllowed, MoveRefused for a report that is not being read.
    """
    actor.require_customer(report.customer_id)
    with transaction.atomic(), acting(actor=actor, verb="stop_reading"):
        job = job_of(report)
        stopped = move_report(
            report_id=report.pk,
            to=ReportState.NEEDS_CONFIRMATION,
            confirmation=report.confirmation,
            questions=[READING_STOPPED],
        )
        if job is not None:
            cancel_job(actor=actor, job=job)
    return stopped


READING_STOPPED = {
    "code": "reading.stopped",
    "message": "Reading was stopped before its end. Confirm again to have the file read.",
    "choices": [],
}
