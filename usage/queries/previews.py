"""Trial readings: the one a person looks at, and whether what it rests on still stands."""

import hashlib
from collections.abc import Mapping
from copy import copy
from datetime import date, datetime
from typing import Any

import rfc8785

from ground.models import Job
from licenses.models import Contract
from licenses.queries import zone_at
from licenses.ranges import instants_range
from rollcall.period import Period
from usage.models import ReportPreview, UsageReport
from usage.queries.listed import words_kept
from usage.queries.ownership import COUNTED_STATES


def latest_preview(*, report: UsageReport) -> ReportPreview | None:
    """Return the trial reading that was asked for last."""
    return ReportPreview.objects.filter(report=report, customer_id=report.customer_id).last()


def job_of_preview(preview: ReportPreview) -> Job | None:
    """Return the job that tries the file."""
    return Job.objects.filter(key=f"usage.preview_report:{preview.pk}").first()


def basis_of(*, contract: Contract) -> str:
    """Return "sha256:..." of the reports of a contract that count now: while it stands, a trial says what is true."""
    counted = UsageReport.objects.filter(contract=contract, state__in=COUNTED_STATES).order_by("pk")
    facts = [[pk, confirmation] for pk, confirmation in counted.values_list("pk", "confirmation")]
    return f"sha256:{hashlib.sha256(rfc8785.dumps(facts)).hexdigest()}"


def said_digest(said: Mapping[str, Any]) -> str:
    """Return "sha256:..." of a statement."""
    return f"sha256:{hashlib.sha256(rfc8785.dumps(dict(said))).hexdigest()}"


def covers_said(said: Mapping[str, Any]) -> Period:
    """Return the days that a statement names."""
    start, end = said["covers"]
    return Period(date.fromisoformat(start), date.fromisoformat(end))


def generated_said(said: Mapping[str, Any]) -> datetime | None:
    """Return the time of export that a statement names."""
    return datetime.fromisoformat(said["generated_at"]) if said["generated_at"] else None


def as_said(preview: ReportPreview) -> UsageReport:
    """Return the report as it would be after the statement was confirmed; it is not saved and must not be."""
    report, said = copy(preview.report), preview.said
    days = covers_said(said)
    start, end = days.instants(zone_at(contract=report.contract, day=days.start))
    report.covers = instants_range((start, min(end, preview.asked_at)))
    report.mapping = said["mapping"]
    report.source_timezone = said["source_timezone"]
    report.generated_at = generated_said(said)
    report.remarks = words_kept(
        nobody_active=said["nobody_active"],
        day_as_stated=said["day_as_stated"],
        repeated_files=said["repeated_files"],
    )
    return report
