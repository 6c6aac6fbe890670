"""Decide about a file that touches days of a better report: take the rest of it, or refuse it."""

from datetime import datetime

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from usage.models import ReportState, UsageReport
from usage.operations.confirm_report import have_it_read
from usage.operations.move_report import move_report


class ReasonMissing(Exception):
    """A decision that the customer reads needs a reason."""


def decide_report(*, actor: Actor, report: UsageReport, accept: bool, reason: str, now: datetime) -> UsageReport:
    """Take the instants that no better report covers (``accept``), or reject the file. Never displaces a better one.

    Raises NotAllowed, ReasonMissing, MoveRefused.
    """
    actor.require_vendor("account_manager", "finance", "admin")
    if not reason.strip():
        raise ReasonMissing("Say why: the customer reads the reason beside the report.")
    with transaction.atomic(durable=True), acting(actor=actor, verb="decide_report", reason=reason):
        if not accept:
            return move_report(
                report_id=report.pk,
                to=ReportState.REJECTED,
                refusal_code="decision.refused",
                refusal_message=reason,
                questions=[],
                finished_at=now,
            )
        decided = move_report(report_id=report.pk, to=ReportState.READING, questions=[])
        have_it_read(decided)
        return decided
