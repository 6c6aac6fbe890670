"""Have a file looked at again with a person's answers: in this encoding, with this delimiter, in this zone."""

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from ground.operations.enqueue_job import enqueue_job
from rollcall.formats.mapping import DELIMITERS
from rollcall.intake.text import ENCODINGS
from rollcall.period import zone
from usage.models import ReportState, UsageReport
from usage.operations.move_report import move_report


class EncodingUnknown(Exception):
    """The encoding is none that files are read in."""


class DelimiterUnknown(Exception):
    """The columns of a file are parted by none of the characters that files are read with."""


def look_again(
    *,
    actor: Actor,
    report: UsageReport,
    encoding: str = "",
    source_timezone: str = "",
    delimiter: str = "",
    sheet: str = "",
) -> UsageReport:
    """Keep the answers and have the file looked at anew; empty ones leave it to the file.

    ``delimiter`` is the character between two columns, ``sheet`` the name of a sheet of a workbook.
    Raises NotAllowed, EncodingUnknown, DelimiterUnknown, UnknownZone, MoveRefused.
    """
    actor.require_customer(report.customer_id)
    if encoding and encoding not in ENCODINGS:
        raise EncodingUnknown(f"{encoding} is not an encoding that files are read in.")
    if delimiter and delimiter not in DELIMITERS:
        raise DelimiterUnknown("Columns are parted by commas, semicolons, tabs or bars.")
    if source_timezone:
        zone(source_timezone)
    said = {"encoding": encoding, "delimiter": delimiter, "sheet": sheet}
    answers = {key: answer for key, answer in said.items() if answer}
    with transaction.atomic(), acting(actor=actor, verb="look_again"):
        again = move_report(
            report_id=report.pk,
            to=ReportState.RECEIVED,
            confirmation=report.confirmation,
            mapping=answers or None,
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
