"""Put a file aside that nobody has confirmed: it waits for nobody any more and holds no bill."""

from datetime import datetime

from django.db import transaction

from ground.actor import Actor
from usage.models import ReportState, UsageReport
from usage.operations.move_report import MoveRefused
from usage.operations.withdraw_report import withdraw_report


def put_aside_report(*, actor: Actor, report: UsageReport, now: datetime) -> UsageReport:
    """Withdraw a file that waits for confirmation; the bytes stay, and sent again they are taken up again.

    Raises NotAllowed, MoveRefused for a file that was confirmed meanwhile.
    """
    actor.require_customer(report.customer_id)
    with transaction.atomic():
        stored = UsageReport.objects.select_for_update().get(pk=report.pk)
        if stored.state != ReportState.NEEDS_CONFIRMATION:
            raise MoveRefused(stored, ReportState.WITHDRAWN)
        return withdraw_report(actor=actor, report=stored, reason=PUT_ASIDE, closed=(), now=now)


PUT_ASIDE = "It was put aside before anybody confirmed it. The same file, sent again, is taken up again."
