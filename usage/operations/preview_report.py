"""Have a file tried before it is confirmed: what it would change is shown first, and nothing counts by it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from ground.models import Job
from ground.operations.enqueue_job import enqueue_job
from rollcall.period import Period
from usage.models import PreviewState, ReportPreview, ReportState, UsageReport
from usage.operations.confirm_report import refuse_unclear_order, statement
from usage.operations.move_report import MoveRefused
from usage.queries.previews import basis_of, job_of_preview, said_digest


def preview_report(
    *,
    actor: Actor,
    report: UsageReport,
    mapping: Mapping[str, Any] | None,
    source_timezone: str,
    covers: Period,
    generated_at: datetime | None,
    now: datetime,
    nobody_active: bool = False,
    day_as_stated: bool = False,
    repeated_files: str = "",
) -> ReportPreview:
    """Have what ``confirm_report`` would be told tried by a worker; the same words over the same facts are one trial.

    Raises what ``confirm_report`` raises; the report itself does not change.
    """
    actor.require_customer(report.customer_id)
    can_be_confirmed = report.state in (ReportState.NEEDS_CONFIRMATION, ReportState.REJECTED)
    if not can_be_confirmed or report.sniffed is None:
        raise MoveRefused(report, ReportState.READING)
    checked = statement(
        actor=actor,
        report=report,
        mapping=mapping,
        source_timezone=source_timezone,
        covers=covers,
        generated_at=generated_at,
        nobody_active=nobody_active,
        day_as_stated=day_as_stated,
        repeated_files=repeated_files,
        now=now,
    )
    report.covers, report.generated_at = checked["covers"], generated_at
    refuse_unclear_order(report)
    said = {
        "mapping": checked["mapping"],
        "source_timezone": source_timezone,
        "covers": [covers.start.isoformat(), covers.end.isoformat()],
        "generated_at": generated_at.isoformat() if generated_at else None,
        "nobody_active": nobody_active,
        "day_as_stated": day_as_stated,
        "repeated_files": repeated_files,
    }
    with transaction.atomic(), acting(actor=actor, verb="preview_report"):
        return _asked(actor, report, said, now)


def _asked(actor: Actor, report: UsageReport, said: dict[str, Any], now: datetime) -> ReportPreview:
    """Return the trial of these words over the facts of now, asked for unless it was."""
    basis, digest = basis_of(contract=report.contract), said_digest(said)
    known = ReportPreview.objects.filter(report=report, said_digest=digest, basis=basis).last()
    if known is not None and _still_says_something(known):
        return known
    preview = ReportPreview.objects.create(
        report=report,
        customer_id=report.customer_id,
        said=said,
        said_digest=digest,
        basis=basis,
        asked_by=actor.name,
        asked_at=now,
    )
    enqueue_job(
        key=f"usage.preview_report:{preview.pk}",
        kind="usage.preview_report",
        args={"preview_id": preview.pk},
        customer_id=report.customer_id,
    )
    return preview


def _still_says_something(preview: ReportPreview) -> bool:
    """Whether a trial is under way or over; one that was cancelled, or that our side failed, is asked for again."""
    job = job_of_preview(preview)
    if preview.state == PreviewState.ASKED:
        return job is not None and job.state in (Job.State.QUEUED, Job.State.RUNNING) and not job.cancel_asked
    return preview.state == PreviewState.READY
