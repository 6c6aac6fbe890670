"""Read a file for trial and say what it would change. Its own evidence is thrown away; nothing begins to count."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from licenses.models import ContractVersion
from licenses.queries import terms_of, zones_of
from licenses.ranges import span_of
from rollcall.intake.result import ACCEPTED, QUARANTINED, ReadResult
from rollcall.intake.sandbox import ChildDied, run_read
from rollcall.terms.metrics import Metric
from usage.children import ENGINE
from usage.count_sandbox import CountFailed
from usage.effects import ScratchEvidence, effects_of
from usage.files import NamesErased, working_folder
from usage.limits import child_user
from usage.models import EvidenceFile, PreviewState, ReportPreview, UsageReport
from usage.operations.make_evidence import Progress, make_evidence, quiet
from usage.queries.evidence import EvidenceNeed, needed_evidence
from usage.queries.listed import question_about_day
from usage.queries.ownership import basis_of, owned_by_report
from usage.queries.previews import as_said
from usage.queries.quarantine import too_much_quarantined
from usage.queries.reports import says_nobody_active
from usage.reported_effects import reported_effects
from usage.rereading import rereading
from usage.spans import Spans

SHOWN_FINDINGS = 5
UNCOUNTED = "rows.uncounted"


class _Refusal(Exception):
    """The file would not count as it is said to be; ``facts`` go into the result."""

    def __init__(self, code: str, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.result = {"code": code, "message": message, **facts}


def try_report(*, preview_id: int, now: datetime, progress: Progress = quiet) -> ReportPreview:
    """Read the report as it is said to be, count each billed period before it and with it, and write the result.

    The result of a ready trial: {"kind", "rows", "rows_by_day", "users", "finding_counts", "findings", "remarks",
    "effects"}; of a refused one: {"code", "message", ...}. Evidence that other reports would need is made and kept, as
    it is needed again when the person confirms. A trial that is over is returned as it is.
    Raises StoredFileDamaged, StoredFileMissing, EvidenceDiffers.
    """
    preview = ReportPreview.objects.select_related("report__instance", "report__contract").get(pk=preview_id)
    if preview.state != PreviewState.ASKED:
        return preview
    try:
        state, result = PreviewState.READY, _tried(as_said(preview), progress)
    except _Refusal as refusal:
        state, result = PreviewState.REFUSED, refusal.result
    with transaction.atomic(durable=True):
        asked = ReportPreview.objects.select_for_update().filter(pk=preview.pk, state=PreviewState.ASKED)
        asked.update(state=state, result=result, finished_at=now)
    preview.refresh_from_db()
    return preview


def _tried(report: UsageReport, progress: Progress) -> dict[str, Any]:
    owned = owned_by_report(instance=report.instance, adding=report, basis=basis_of(report))
    with ExitStack() as folders:
        scratch: dict[str, ScratchEvidence] = {}
        result = None
        for number, zone_name in enumerate(zones_of(contract=report.contract), start=1):
            out = folders.enter_context(working_folder())
            need = EvidenceNeed(report=report, zone=zone_name, spans=owned[report.pk])
            found = _read(need, out, progress)
            result = result or found
            if found.evidence_file and found.names_file:
                # A number that no stored evidence has, and one per zone.
                file = EvidenceFile(pk=-number, report=report, digest=found.digest or "", zone=zone_name)
                scratch[zone_name] = ScratchEvidence(
                    file=file, path=out / found.evidence_file, names=out / found.names_file
                )
        assert result is not None
        _refuse_another_day(report, result)
        if scratch:
            _refuse_what_counts_nothing(report, result, owned[report.pk])
            _make_for_others(report, owned, progress)
            progress(0, 0, "counting what would change")
        effects, remarks = _effects(report, scratch)
        effects = effects or reported_effects(report=report, reported=result.reported)
    return {
        "kind": result.kind or "",
        "rows": result.rows.to_json(),
        "rows_by_day": dict(result.rows_by_day),
        "users": result.users,
        "finding_counts": dict(result.finding_counts),
        "findings": [finding.to_json() for finding in result.findings[:SHOWN_FINDINGS]],
        "remarks": [*[remark.to_json() for remark in result.remarks], *remarks],
        "effects": effects,
    }


def _read(need: EvidenceNeed, out: Path, progress: Progress) -> ReadResult:
    try:
        request = rereading(report=need.report, zone=need.zone, spans=need.spans, out=out)
        result = run_read(request, on_progress=progress, user=child_user(), start=ENGINE)
    except ChildDied as death:
        raise _Refusal("child.died", str(death)) from death
    code, message = result.code or "file.refused", result.message or "The file cannot be read."
    if result.outcome in (ACCEPTED, QUARANTINED):
        too_much = too_much_quarantined(report=need.report, result=result)
        if too_much is None:
            return result
        code, message = "rows.above_limit", too_much
    raise _Refusal(
        code,
        message,
        questions=[question.to_json() for question in result.questions],
        finding_counts=dict(result.finding_counts),
        findings=[finding.to_json() for finding in result.findings[:SHOWN_FINDINGS]],
    )


def _make_for_others(report: UsageReport, owned: Mapping[int, Spans], progress: Progress) -> None:
    """Make what the reports that lose instants to this one would need; whoever confirms needs the same."""
    others = {pk: spans for pk, spans in owned.items() if pk != report.pk}
    for need in needed_evidence(others, zones=zones_of(contract=report.contract)):
        make_evidence(need=need, progress=progress)


def _effects(
    report: UsageReport, scratch: Mapping[str, ScratchEvidence]
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    if not scratch:
        return [], []
    try:
        return effects_of(report=report, scratch=scratch), []
    except (CountFailed, NamesErased) as error:
        return [], [{"code": "effects.unknown", "message": f"What the file would change is not known. {error}"}]


def _refuse_what_counts_nothing(report: UsageReport, result: ReadResult, spans: Spans) -> None:
    """Refuse a statement under which good rows are read and nobody is counted by them. Raises _Refusal.

    A person's word that nobody was active on these days stands for itself.
    """
    if says_nobody_active(report) or not result.rows.read:
        return
    assert report.covers is not None
    if not result.rows.accepted and spans == (span_of(report.covers),):
        none = "The only row does not lie" if result.rows.read == 1 else f"None of the {result.rows.read:,} rows lies"
        raise _Refusal(
            "rows.elsewhere",
            f"{none} on the days that you state, so the file would count nothing. "
            "Check the days, the column of the time and its zone.",
        )
    if result.rows.accepted and not any(_counts(report, action) for action in result.actions):
        raise _Refusal(UNCOUNTED, _no_counted_action(report, result))


def _refuse_another_day(report: UsageReport, result: ReadResult) -> None:
    """Refuse a list of accounts whose file speaks of another day than the stated one. Raises _Refusal."""
    question = question_about_day(report=report, listed=result.user_list)
    if question is not None:
        raise _Refusal(question["code"], question["message"])


def _counts(report: UsageReport, action: str) -> bool:
    return any(definition.counts_action(action) for definition in _definitions(report))


def _definitions(report: UsageReport) -> Iterator[Any]:
    for version in ContractVersion.objects.filter(contract=report.contract):
        for metric in terms_of(version).metrics.values():
            if isinstance(metric, Metric):
                yield metric.definition


def _no_counted_action(report: UsageReport, result: ReadResult) -> str:
    wanted = sorted({action for definition in _definitions(report) for action in definition.actions})
    found = sorted(result.actions.items(), key=lambda item: (-item[1][0], item[0]))
    named = [f"{action or 'no action at all'} ({rows:,})" for action, (rows, _) in found[:SHOWN_FINDINGS]]
    return (
        "No row has an action that the contract counts, so the file would count nothing. "
        f"The rows have {_listed(named, len(found))}; counted is {', '.join(wanted)}."
    )


def _listed(named: Sequence[str], of: int) -> str:
    return ", ".join(named) + (f" and {of - len(named):,} others" if of > len(named) else "")
