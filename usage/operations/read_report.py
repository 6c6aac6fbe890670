"""Read a confirmed file: evidence, findings, and the instants that other reports lose to it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point
from licenses.models import Instance
from licenses.queries import zones_of
from rollcall.intake.findings import Finding as RowFinding
from rollcall.intake.result import ACCEPTED, NEEDS_ANSWER, QUARANTINED
from rollcall.intake.sandbox import ChildDied
from usage.billed import kept_word, question_of_lowered
from usage.count_sandbox import CountFailed
from usage.effects import effects_of
from usage.files import NamesErased
from usage.limits import FINDINGS_KEPT
from usage.models import Finding, ReportState, UsageReport
from usage.operations.keep_reported import keep_reported
from usage.operations.make_evidence import Made, Progress, make_evidence, quiet
from usage.operations.move_report import MoveRefused, move_report
from usage.operations.refresh_row_counts import refresh_row_counts
from usage.queries.evidence import EvidenceNeed, needed_evidence
from usage.queries.listed import DAY_AS_STATED, question_about_day
from usage.queries.ownership import basis_of, owned_by_report
from usage.queries.quarantine import too_much_quarantined
from usage.queries.reports import NOBODY_ACTIVE, REPEATED_FILES, says_nobody_active
from usage.reported_effects import reported_effects
from usage.spans import Spans

WORKER = Actor.system("worker")


def read_report(*, report_id: int, now: datetime, progress: Progress = quiet) -> UsageReport:
    """Make the evidence of a confirmed report and of every report that loses instants to it, then let it count.

    All evidence exists before the one transaction in which the report begins to count, so at no instant does a count
    see half of it. Doing this again, after a kill at any point, gives the same rows once. A report that is past this
    step is returned as it is; a file that cannot be read is rejected with the reason, or asks its question. One that
    lowers billed months, where nobody has said that this is meant, waits for that word and does not count.
    Raises StoredFileDamaged, StoredFileMissing, EvidenceDiffers: then nothing was changed.
    """
    report = UsageReport.objects.select_related("instance", "contract").get(pk=report_id)
    if report.state != ReportState.READING:
        return report
    zones = zones_of(contract=report.contract)
    fault_point("ingest.before_read")
    while True:
        owned = owned_by_report(instance=report.instance, adding=report, basis=basis_of(report))
        try:
            own = _read_own(report, owned[report.pk], zones, progress)
        except ChildDied as death:
            return _rejected(report, code="child.died", message=str(death), now=now)
        if own.evidence is None and not _was_read(own):
            return _not_read(report, own, now)
        refusal = too_much_quarantined(report=report, result=own.result)
        if refusal is not None:
            return _refused(report, own, code="rows.above_limit", message=refusal, now=now)
        if own.evidence is None:
            return _without_activity(report, own, now)
        for need in needed_evidence(owned, zones=zones):
            make_evidence(need=need, progress=progress)
            fault_point("ingest.after_displaced_evidence")
        progress(0, 0, "counting what changes")
        effects, remarks = _effects(report)
        question = question_of_lowered(report=report, effects=effects, now=now)
        if question is not None:
            return _moved(report, ReportState.NEEDS_CONFIRMATION, questions=[question])
        fault_point("ingest.before_accept")
        finished = _accept(report, own, owned, zones[0], effects, remarks, now)
        if finished is not None:
            fault_point("ingest.after_accept")
            return finished


def _was_read(own: Made) -> bool:
    return own.result.outcome in (ACCEPTED, QUARANTINED)


def _without_activity(report: UsageReport, own: Made, now: datetime) -> UsageReport:
    """Let daily counts or a list of accounts count for what they are; they take no instant of anybody's evidence."""
    question = question_about_day(report=report, listed=own.result.user_list)
    if question is not None:
        return _moved(report, ReportState.NEEDS_CONFIRMATION, questions=[question])
    effects = reported_effects(report=report, reported=own.result.reported)
    question = question_of_lowered(report=report, effects=effects, now=now)
    if question is not None:
        return _moved(report, ReportState.NEEDS_CONFIRMATION, questions=[question])
    learned = _learned(own)
    said = [DAY_AS_STATED] if DAY_AS_STATED in report.remarks else []
    changes = learned | {"remarks": [*said, *kept_word(report), *learned["remarks"]], "effects": effects}
    accepted = keep_reported(report=report, made=own, changes=changes, now=now)
    if accepted.is_counted:
        with transaction.atomic():
            _keep_findings(accepted, own.result.findings)
    return accepted


def _learned(own: Made) -> dict[str, Any]:
    """Return what reading tells about a report whatever its kind."""
    rows = own.result.rows
    return {
        "rows_read": rows.read,
        "rows_accepted": rows.accepted,
        "rows_quarantined": rows.quarantined,
        "rows_duplicate": rows.duplicate,
        "rows_not_owned": rows.not_owned,
        "users": own.result.users,
        "finding_counts": dict(own.result.finding_counts),
        "findings_key": own.findings.key if own.findings else "",
        "findings_sha256": own.findings.sha256 if own.findings else "",
        "questions": [question.to_json() for question in own.result.questions],
        "remarks": [remark.to_json() for remark in own.result.remarks],
    }


def _read_own(report: UsageReport, spans: Spans, zones: list[str], progress: Progress) -> Made:
    """Read the report's own file; what it says about rows and findings is the same in every zone."""
    return make_evidence(
        need=EvidenceNeed(report=report, zone=zones[0], spans=spans), progress=progress, keep_findings=True
    )


def _effects(report: UsageReport) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Return what the report changes, and a remark where that cannot be said: a count that fails refuses no file."""
    try:
        return effects_of(report=report), []
    except (CountFailed, NamesErased) as error:
        return [], [{"code": "effects.unknown", "message": f"What the report changes is not known. {error}"}]


def _accept(
    report: UsageReport,
    own: Made,
    owned: Mapping[int, Spans],
    zone: str,
    effects: list[dict[str, Any]],
    remarks: list[dict[str, str]],
    now: datetime,
) -> UsageReport | None:
    """Let the report count, in one transaction; None when another report of the instance came in between."""
    rows, learned = own.result.rows, _learned(own)
    said = [NOBODY_ACTIVE] if not rows.read and says_nobody_active(report) else []
    # Whoever reads the files again reads them under the same word.
    said += [remark for remark in REPEATED_FILES.values() if remark in report.remarks]
    said += kept_word(report)
    with transaction.atomic(durable=True), acting(actor=WORKER, verb="read_report"):
        # One report of an instance at a time: ownership is computed from all of them.
        Instance.objects.select_for_update(no_key=True).get(pk=report.instance_id)
        if owned_by_report(instance=report.instance, adding=report) != owned:
            return None
        try:
            accepted = move_report(
                report_id=report.pk,
                to=ReportState.QUARANTINED if rows.quarantined else ReportState.ACCEPTED,
                confirmation=report.confirmation,
                kind=own.result.kind or "",
                **(learned | {"remarks": [*said, *learned["remarks"], *remarks]}),
                effects=effects,
                finished_at=now,
            )
        except MoveRefused:
            return UsageReport.objects.get(pk=report.pk)
        _keep_findings(accepted, own.result.findings)
        refresh_row_counts(instance=report.instance, zone=zone)
        fault_point("ingest.before_accept_commit")
    return accepted


def _keep_findings(report: UsageReport, findings: Sequence[RowFinding]) -> None:
    """Replace the findings of an earlier confirmation; the whole list is in the findings file."""
    Finding.objects.filter(report=report).delete()
    Finding.objects.bulk_create(
        Finding(
            report=report,
            customer_id=report.customer_id,
            position=position,
            file=finding.file,
            line=finding.line,
            column=finding.column or "",
            code=finding.code,
            value=finding.value,
            message=finding.message,
        )
        for position, finding in enumerate(findings[:FINDINGS_KEPT], start=1)
    )


def _not_read(report: UsageReport, own: Made, now: datetime) -> UsageReport:
    """The child read nothing: either a person must answer first, or the file is refused."""
    result = own.result
    if result.outcome == NEEDS_ANSWER:
        questions = [question.to_json() for question in result.questions]
        return _moved(report, ReportState.NEEDS_CONFIRMATION, questions=questions)
    return _refused(
        report, own, code=result.code or "file.refused", message=result.message or "The file cannot be read.", now=now
    )


def _refused(report: UsageReport, own: Made, *, code: str, message: str, now: datetime) -> UsageReport:
    """Reject a file of which rows were read; every finding is kept, so that the file can be given back with them."""
    return _rejected(
        report,
        code=code,
        message=message,
        now=now,
        findings=own.result.findings,
        finding_counts=own.result.finding_counts,
        findings_key=own.findings.key if own.findings else "",
        findings_sha256=own.findings.sha256 if own.findings else "",
    )


def _rejected(
    report: UsageReport,
    *,
    code: str,
    message: str,
    now: datetime,
    findings: Sequence[RowFinding] = (),
    finding_counts: Mapping[str, int] | None = None,
    **kept: str,
) -> UsageReport:
    return _moved(
        report,
        ReportState.REJECTED,
        findings=findings,
        refusal_code=code,
        refusal_message=message,
        finding_counts=dict(finding_counts or {}),
        finished_at=now,
        **kept,
    )


def _moved(report: UsageReport, to: ReportState, findings: Sequence[RowFinding] = (), **changes: Any) -> UsageReport:
    with transaction.atomic(durable=True), acting(actor=WORKER, verb="read_report"):
        try:
            moved = move_report(report_id=report.pk, to=to, confirmation=report.confirmation, **changes)
        except MoveRefused:
            return UsageReport.objects.get(pk=report.pk)
        if findings:
            _keep_findings(moved, findings)
    return moved
