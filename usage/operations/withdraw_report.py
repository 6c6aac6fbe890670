"""Withdraw a file, with a trace, as long as no closed period rests on it."""

from collections.abc import Sequence
from datetime import datetime

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


def withdraw_report(
    *, actor: Actor, report: UsageReport, reason: str, closed: Sequence[Period], now: datetime
) -> UsageReport:
    """Take a report out of all counts; the bytes and its history stay.

    ``closed`` are the contract's closed periods, which the caller knows. What the report had displaced counts again.
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
    """Refuse a counted report on whose days a closed period rests. Raises PeriodClosed, which says whom to ask."""
    if report.covers is None or not report.is_counted:
        return
    for period in closed:
        zone_name = zone_at(contract=report.contract, day=period.start)
        if meet([span_of(report.covers)], period.instants(zone_name)):
            raise PeriodClosed(
                f"{period.words(zone_name)} is closed, so this report stays. Send a corrected file, and the difference "
                f"is settled; or ask {_whom_to_ask(report)}."
            )


def _whom_to_ask(report: UsageReport) -> str:
    vendor = report.customer.legal_entity
    return f"{vendor.name} ({vendor.email})"
