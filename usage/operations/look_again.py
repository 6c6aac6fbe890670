"""Have a file looked at again with a person's answer: in this encoding, with this zone."""

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from ground.operations.enqueue_job import enqueue_job
from rollcall.intake.text import ENCODINGS
from rollcall.period import zone
from usage.models import ReportState, UsageReport
from usage.operations.move_report import move_report


class EncodingUnknown(Exception):
    """The encoding is none that files are read in."""


def look_again(*, actor: Actor, report: UsageReport, encoding: str, source_timezone: str) -> UsageReport:
    """Keep the answers and have the file looked at anew; empty ones leave it to the file.

    Raises NotAllowed, EncodingUnknown, UnknownZone, MoveRefused.
    """
    actor.require_customer(report.customer_id)
    if encoding and encoding not in ENCODINGS:
        raise EncodingUnknown(f"{encoding} is not an encoding that files are read in.")
    if source_timezone:
        zone(source_timezone)
    with transaction.atomic(), acting(actor=actor, verb="look_again"):
        again = move_report(
            report_id=report.pk,
            to=ReportState.RECEIVED,
            confirmation=report.confirmation,
            mapping={"encoding": encoding} if encoding else None,
            source_timezone=source_timezone,
        )
        again.confirmation += 1
        again.save(update_fields=["confirmation"])
        enqueue_job(
            key=f"usage.sniff_report:{again.pk}:{again.confirmation}",
            kind="usage.sniff_report",
            args={"report_id": again.pk},
            customer_id=again.customer_id,
        )
    return again
