"""Withdraw a file, with a trace, as long as no closed period rests on it."""

from collections.abc import Sequence

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from ground.operations.enqueue_job import enqueue_job
from licenses.queries import zone_at
from licenses.ranges import span_of
from rollcall.period import Period
from usage.models import ReportState, UsageReport
from usage.operations.move_report import move_report
from usage.spans import meet


class PeriodClosed(Exception):
    """A period that the file covers is closed; a later file corrects it, a withdrawal does not."""


def withdraw_report(*, actor: Actor, report: UsageReport, reason: str, closed: Sequence[Period]) -> UsageReport:
    """Take a report out of all counts; the bytes and its history stay.

    ``closed`` are the contract's closed periods, which the caller knows. What the report had displaced counts again.
    Raises NotAllowed, PeriodClosed, MoveRefused.
    """
    actor.require_customer(report.customer_id)
    with transaction.atomic(), acting(actor=actor, verb="withdraw_report", reason=reason):
        stored = UsageReport.objects.select_for_update().get(pk=report.pk)
        if stored.covers is not None and stored.is_counted:
            for period in closed:
                zone_name = zone_at(contract=stored.contract, day=period.start)
                if meet([span_of(stored.covers)], period.instants(zone_name)):
                    raise PeriodClosed(
                        f"{period.words(zone_name)} is closed. Send a corrected file; the difference is settled."
                    )
        withdrawn = move_report(
            report_id=report.pk, to=ReportState.WITHDRAWN, withdrawn_by=actor.name, withdrawn_reason=reason
        )
        enqueue_job(
            key=f"usage.make_evidence:{report.pk}:{report.confirmation}:withdrawn",
            kind="usage.make_evidence",
            args={"instance_id": report.instance_id},
            customer_id=report.customer_id,
        )
    return withdrawn
