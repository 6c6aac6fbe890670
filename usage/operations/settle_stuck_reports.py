"""Give a report whose job ended without bringing it further a state in which a person can act."""

from datetime import datetime

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from ground.models import Job
from usage.models import ReportState, UsageReport
from usage.operations.move_report import MoveRefused, move_report
from usage.operations.receive_report import CHILD_DIED
from usage.operations.stop_reading import READING_STOPPED
from usage.queries.reports import job_of

WORKER = Actor.system("worker")


def settle_stuck_reports(*, now: datetime) -> list[UsageReport]:
    """Settle every report that waits for a job which failed or was cancelled; return those that moved.

    One that was being read waits for confirmation again; one that was never looked at is rejected until it is sent
    again. The job's own words are the reason.
    """
    waiting = UsageReport.objects.filter(state__in=[ReportState.RECEIVED, ReportState.READING]).order_by("pk")
    settled = []
    for report in waiting:
        job = job_of(report)
        if job is None or job.state not in (Job.State.FAILED, Job.State.CANCELLED):
            continue
        with transaction.atomic(durable=True), acting(actor=WORKER, verb="settle_stuck_reports", reason=job.error):
            try:
                settled.append(_settle(report, job, now))
            except MoveRefused:
                continue
    return settled


def _settle(report: UsageReport, job: Job, now: datetime) -> UsageReport:
    if report.state == ReportState.READING:
        question = READING_STOPPED | ({"message": f"{READING_STOPPED['message']} {job.error}"} if job.error else {})
        return move_report(
            report_id=report.pk,
            to=ReportState.NEEDS_CONFIRMATION,
            confirmation=report.confirmation,
            questions=[question],
        )
    return move_report(
        report_id=report.pk,
        to=ReportState.REJECTED,
        confirmation=report.confirmation,
        refusal_code=CHILD_DIED,
        refusal_message=f"The file could not be looked at; send it again. {job.error}".strip(),
        finished_at=now,
    )
