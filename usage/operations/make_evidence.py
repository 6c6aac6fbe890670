"""Make evidence from a raw file in a child process: of one report, in one zone, of the instants it owns."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db import IntegrityError, transaction

from ground.faults import fault_point
from ground.storage import StoredFile, remove_stored, store_file
from rollcall import __version__
from rollcall.formats.profile import COUNTS, SNAPSHOT
from rollcall.intake.result import ACCEPTED, QUARANTINED, ReadResult
from rollcall.intake.sandbox import run_read
from rollcall.period import TZDATA_VERSION
from usage.children import ENGINE
from usage.files import working_folder
from usage.limits import child_user
from usage.models import EvidenceFile
from usage.queries.evidence import EvidenceNeed
from usage.rereading import rereading
from usage.spans import spans_digest, spans_json

Progress = Callable[[int, int, str], None]


class EvidenceDiffers(Exception):
    """Reading the same bytes again gave other rows than before. Nothing was changed."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """What reading a file gave; ``findings`` is the whole list.

    ``evidence`` is None when the file could not be read, and when it holds no activity.
    """

    result: ReadResult
    evidence: EvidenceFile | None
    findings: StoredFile | None


def quiet(done: int, total: int, words: str) -> None:
    """Tell nobody how far the work is."""


def make_evidence(*, need: EvidenceNeed, progress: Progress = quiet, keep_findings: bool = False) -> Made:
    """Read a report's raw file in a child and store evidence of exactly the instants in ``need``.

    Evidence that exists already is kept and must be the same rows. No transaction may be open: a child takes long.
    Raises ChildDied, StoredFileDamaged, StoredFileMissing, EvidenceDiffers.
    """
    report = need.report
    with working_folder() as out:
        request = rereading(report=report, zone=need.zone, spans=need.spans, out=out)
        result = run_read(request, on_progress=progress, user=child_user(), start=ENGINE)
        fault_point("ingest.after_child")
        findings = None
        if keep_findings and result.findings_file:
            findings = store_file(customer_id=report.customer_id, kind="findings", source=out / result.findings_file)
        if result.outcome not in (ACCEPTED, QUARANTINED):
            return Made(result=result, evidence=None, findings=findings)
        if result.kind in (COUNTS, SNAPSHOT):
            return Made(result=result, evidence=None, findings=findings)
        evidence = _keep(need, result, out)
    return Made(result=result, evidence=evidence, findings=findings)


def _keep(need: EvidenceNeed, result: ReadResult, out: Path) -> EvidenceFile:
    """Store the files and the row; if the row is there already, check it and store nothing."""
    key = {
        "report": need.report,
        "confirmation": need.report.confirmation,
        "zone": need.zone,
        "spans_digest": spans_digest(need.spans),
    }
    known = EvidenceFile.objects.filter(**key).first()
    if known is not None:
        return _same(known, result)
    customer_id = need.report.customer_id
    rows = store_file(customer_id=customer_id, kind="evidence", source=out / (result.evidence_file or ""))
    names = store_file(customer_id=customer_id, kind="names", source=out / (result.names_file or ""))
    fault_point("ingest.after_store_evidence")
    try:
        with transaction.atomic():
            return EvidenceFile.objects.create(
                **key,
                customer_id=customer_id,
                contract_id=need.report.contract_id,
                spans=spans_json(need.spans),
                digest=result.digest or "",
                storage_key=rows.key,
                storage_sha256=rows.sha256,
                names_key=names.key,
                names_sha256=names.sha256,
                rows=result.evidence_rows,
                users=result.users,
                row_counts=_row_counts(result),
                first_day=result.days[0] if result.days else None,
                last_day=result.days[-1] if result.days else None,
                active_days=list(result.days),
                engine_version=__version__,
                tzdata_version=TZDATA_VERSION,
            )
    except IntegrityError:
        remove_stored(rows.key)
        remove_stored(names.key)
        return _same(EvidenceFile.objects.get(**key), result)


def _row_counts(result: ReadResult) -> dict[str, int]:
    """Return the rows by what became of them, and the activities where an accepted row may stand for several."""
    several = {"events": result.events} if result.events != result.rows.accepted else {}
    return result.rows.to_json() | several


def _same(known: EvidenceFile, result: ReadResult) -> EvidenceFile:
    if known.digest != result.digest:
        raise EvidenceDiffers(
            f"Reading report {known.report_id} again gave {result.digest}, before it gave {known.digest} "
            f"(engine {known.engine_version}, time zone data {known.tzdata_version})."
        )
    return known
