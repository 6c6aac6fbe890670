"""Stop the work on a report: one that was being read waits for confirmation again."""

from datetime import datetime

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from ground.operations.cancel_job import cancel_job
from usage.models import ReportState, UsageReport
from usage.operations.move_report import move_report
from usage.operations.receive_report import CHILD_DIED
from usage.queries.reports import job_of


def stop_reading(*, actor: Actor, report: UsageReport, now: datetime) -> UsageReport:
    """Ask the job to end and let the report wait for confirmation at once; a child that still runs changes nothing.

    A report that was only being looked at is rejected until the same file is sent again.
    Raises NotAllowed, MoveRefused for a report on which no work is done.
    """
    actor.require_customer(report.customer_id)
    with transaction.atomic(), acting(actor=actor, verb="stop_reading"):
        job = job_of(report)
        stopped = _stopped(report, now)
        if job is not None:
            cancel_job(actor=actor, job=job)
    return stopped


def _stopped(report: UsageReport, now: datetime) -> UsageReport:
    if report.state == ReportState.RECEIVED:
        return move_report(
            report_id=report.pk,
            to=ReportState.REJECTED,
            confirmation=report.confirmation,
            # The code under which the same bytes, sent again, are looked at anew.
            refusal_code=CHILD_DIED,
            refusal_message=LOOKING_STOPPED,
            finished_at=now,
        )
    return move_report(
        report_id=report.pk,
        to=ReportState.NEEDS_CONFIRMATION,
        confirmation=report.confirmation,
        questions=[READING_STOPPED],
    )


LOOKING_STOPPED = "It was cancelled before anybody had looked into the file. Send the same file again to go on with it."

READING_STOPPED = {
    "code": "reading.stopped",
    "message": "Reading was stopped before its end. Confirm again to have the file read.",
    "choices": [],
}
