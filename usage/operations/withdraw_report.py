"""Withdraw a file, with a trace, as long as no day of a closed period would be left without a report."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from ground.operations.enqueue_job import enqueue_job
from licenses.queries import zone_at
from rollcall.period import Period
from usage.models import ReportState, UsageReport
from usage.operations.move_report import move_report
from usage.queries.overlap import days_left_bare


class PeriodClosed(Exception):
    """Days of a closed period rest on this file alone; a later file corrects them, a withdrawal does not."""


def withdraw_report(
    *, actor: Actor, report: UsageReport, reason: str, closed: Sequence[Period], now: datetime
) -> UsageReport:
    """Take a report out of all counts; the bytes and its history stay.

    ``closed`` are the contract's closed periods, which the caller knows. What the report had displaced counts again,
    also in closed periods: whoever reviews the instance settles the difference.
    Raises NotAllowed, PeriodClosed, MoveRefused.
    """
    actor.require_customer(report.customer_id)
    with transaction.atomic(), acting(actor=actor, verb="withdraw_report", reason=reason):
        stored = UsageReport.objects.select_for_update().get(pk=report.pk)
        refuse_closed(report=stored, closed=closed)
        withdrawn = move_report(
            report_id=report.pk,
            to=ReportState.WITHDRAWN,
            withdrawn_by=actor.name,
            withdrawn_reason=reason,
            withdrawn_at=now,
        )
        enqueue_job(
            key=f"usage.make_evidence:{report.pk}:{report.confirmation}:withdrawn",
            kind="usage.make_evidence",
            args={"instance_id": report.instance_id},
            customer_id=report.customer_id,
        )
    return withdrawn


def refuse_closed(*, report: UsageReport, closed: Sequence[Period]) -> None:
    """Refuse a counted report that alone covers days of a closed period. Raises PeriodClosed, which says the cure."""
    for period in closed:
        zone_name = zone_at(contract=report.contract, day=period.start)
        bare = days_left_bare(report=report, within=period, zone=zone_name)
        if bare:
            raise PeriodClosed(
                f"{period.words(zone_name)} is closed, so this report stays: no other file covers "
                f"{', '.join(days.words() for days in bare)}, and a billed day is never left without a report. Send a "
                "corrected file for these days and state when it was exported, also one without rows, if nobody was "
                f"active: it takes their place, and the difference is settled. Or ask {_whom_to_ask(report)}, where a "
                "credit note can give back what was billed too much."
            )


def _whom_to_ask(report: UsageReport) -> str:
    vendor = report.customer.legal_entity
    return f"{vendor.name} ({vendor.email})"
