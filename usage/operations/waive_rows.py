"""Leave the quarantined rows of a report as they are, with a reason that the customer reads."""

from datetime import datetime

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from usage.models import QuarantineWaiver, ReportState, UsageReport
from usage.operations.decide_report import ReasonMissing


class NothingToWaive(Exception):
    """The report has no rows that wait for anybody."""


def waive_rows(*, actor: Actor, report: UsageReport, reason: str, now: datetime) -> QuarantineWaiver:
    """Record the vendor's word about the rows that were kept apart. No count changes; the report waits no longer.

    A second word about the same reading is not taken: the first one is returned as it is.
    Raises NotAllowed, ReasonMissing, NothingToWaive.
    """
    actor.require_vendor("account_manager", "finance", "admin")
    reason = reason.strip()
    if not reason:
        raise ReasonMissing("Say why: the customer reads the reason beside the rows.")
    with transaction.atomic(durable=True), acting(actor=actor, verb="waive_rows", reason=reason):
        stored = UsageReport.objects.select_for_update().get(pk=report.pk)
        if stored.state != ReportState.QUARANTINED:
            raise NothingToWaive(f"No row of {stored.file_name} waits for a decision.")
        known = QuarantineWaiver.objects.filter(report=stored, confirmation=stored.confirmation).first()
        if known is not None:
            return known
        return QuarantineWaiver.objects.create(
            report=stored,
            customer_id=stored.customer_id,
            confirmation=stored.confirmation,
            rows=stored.rows_quarantined or 0,
            reason=reason,
            waived_by=actor.name,
            waived_at=now,
        )
