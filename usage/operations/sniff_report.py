"""Look at a received file in a child process: what is it, what must a person say about it?"""

from datetime import datetime
from typing import Any

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point
from ground.storage import stored_path
from rollcall.formats import rollcall_report, rollcall_totals
from rollcall.intake.sandbox import ChildDied, run_sniff
from rollcall.signing.report_chain import ChainFinding
from usage.children import LOOK
from usage.limits import child_user, intake_limits
from usage.models import ReportState, UsageReport
from usage.operations.confirm_signed import confirm_signed
from usage.operations.move_report import MoveRefused, move_report
from usage.operations.receive_report import CHILD_DIED
from usage.signed_check import check_alone

WORKER = Actor.system("worker")
# What an instance signs: rows, or totals alone.
SIGNED = (rollcall_report.NAME, rollcall_totals.NAME)


def sniff_report(*, report_id: int, now: datetime) -> UsageReport:
    """Look at a file that was just received; the report then waits for confirmation, or is rejected with the reason.

    What a person has answered before is taken as said: ``report.mapping`` holds encoding, delimiter and sheet.

    A report that is past this step is returned as it is.
    """
    report = UsageReport.objects.get(pk=report_id)
    if report.state != ReportState.RECEIVED:
        return report
    path = stored_path(report.storage_key, report.sha256)
    answers = report.mapping or {}
    fault_point("ingest.before_sniff")
    try:
        result = run_sniff(
            path,
            report.file_name,
            limits=intake_limits(),
            user=child_user(),
            start=LOOK,
            encoding=answers.get("encoding"),
            delimiter=answers.get("delimiter"),
            sheet=answers.get("sheet"),
            source_timezone=report.source_timezone or None,
        )
    except ChildDied as death:
        return _rejected(report, code=CHILD_DIED, message=str(death), now=now)
    fault_point("ingest.after_sniff")
    if result.outcome == "rejected":
        return _rejected(report, code=result.code or "file.refused", message=result.message, now=now)
    sniffed = result.to_json()
    if sniffed.get("format") in SIGNED:
        return _signed(report, sniffed, now)
    with transaction.atomic(durable=True), acting(actor=WORKER, verb="sniff_report"):
        try:
            return move_report(
                report_id=report.pk,
                to=ReportState.NEEDS_CONFIRMATION,
                confirmation=report.confirmation,
                sniffed=sniffed,
                # What a person answered has gone into what was seen.
                mapping=None,
                kind=sniffed.get("kind") or "",
                questions=sniffed.get("questions") or [],
            )
        except MoveRefused:
            return UsageReport.objects.get(pk=report.pk)


def _signed(report: UsageReport, sniffed: dict[str, Any], now: datetime) -> UsageReport:
    """Check a signed report, which then speaks for itself; one that was changed is rejected and kept."""
    try:
        facts = check_alone(report)
    except ChildDied as death:
        return _rejected(report, code=CHILD_DIED, message=str(death), now=now)
    fault_point("signed.after_check")
    if isinstance(facts, ChainFinding):
        return _rejected(report, code=f"signed.{facts.code.lower()}", message=facts.words, now=now)
    return confirm_signed(report=report, facts=facts, sniffed=sniffed, now=now)


def _rejected(report: UsageReport, *, code: str, message: str, now: datetime) -> UsageReport:
    with transaction.atomic(durable=True), acting(actor=WORKER, verb="sniff_report", reason=message):
        try:
            return move_report(
                report_id=report.pk,
                to=ReportState.REJECTED,
                confirmation=report.confirmation,
                refusal_code=code,
                refusal_message=message,
                finished_at=now,
            )
        except MoveRefused:
            return UsageReport.objects.get(pk=report.pk)
