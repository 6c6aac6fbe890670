"""Reports for a page: the list, one report, what a person is proposed to confirm, what still waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Q, QuerySet

from ground.actor import Actor
from ground.models import Job
from licenses.models import Contract
from licenses.queries import zone_at
from licenses.ranges import Span, instants_range
from rollcall.formats.profile import SNAPSHOT
from rollcall.intake.request import ADDS, REPLACES
from rollcall.period import Period, civil_day
from usage.models import ReportState, UsageReport
from usage.queries.ownership import COUNTED_STATES
from usage.queries.proposed_days import ProposedDays, proposed_days

WAITING_STATES = (
    ReportState.RECEIVED,
    ReportState.NEEDS_CONFIRMATION,
    ReportState.NEEDS_DECISION,
    ReportState.READING,
)


# The question about a file whose times name no zone, and how far from UTC a zone can be.
ZONE_MISSING = "zone.missing"
EASTERNMOST, WESTERNMOST = timedelta(hours=14), timedelta(hours=12)
# What a person said about a file without rows, kept among the remarks of its report.
NOBODY_ACTIVE = {
    "code": "usage.none",
    "message": "The file has no rows. Whoever confirmed it said that nobody was active on these days.",
}


# What a person said about a file of the report that repeats a part of another one, by the answer.
REPEATED_FILES = {
    REPLACES: {
        "code": "files.replaces",
        "message": "Of the files sent together, one repeats a part of another. Whoever confirmed them said that it "
        "replaces that one.",
    },
    ADDS: {
        "code": "files.adds",
        "message": "Of the files sent together, one repeats a part of another. Whoever confirmed them said that both "
        "count together.",
    },
}


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What the form of confirmation begins with. ``covers`` is None when the file does not show its days.

    ``covers`` are whole civil days in the contract's zone, and ``notes`` say what there is to know about them.
    """

    mapping: Mapping[str, Any] | None
    source_timezone: str
    zone: str
    covers: Period | None
    questions: list[Mapping[str, Any]]
    notes: tuple[str, ...] = ()


def reports_for(actor: Actor) -> QuerySet[UsageReport]:
    """Return the reports the actor may see, newest first, each with customer, contract and instance."""
    return UsageReport.objects.for_actor(actor).select_related("customer", "contract", "instance")


def report_of(actor: Actor, public_id: str) -> UsageReport:
    """Return one report by its public id. Raises UsageReport.DoesNotExist, also for another customer's."""
    return reports_for(actor).get(public_id=public_id)


def job_of(report: UsageReport) -> Job | None:
    """Return the job that works on the report now, or worked on it last."""
    kind = "sniff_report" if report.state == ReportState.RECEIVED else "read_report"
    return Job.objects.filter(key=f"usage.{kind}:{report.pk}:{report.confirmation}").first()


def says_nobody_active(report: UsageReport) -> bool:
    """Return whether a person has said that the file, should it have no rows, means that nobody was active."""
    return NOBODY_ACTIVE in report.remarks


def repeated_files_said(report: UsageReport) -> str | None:
    """Return what a person has said about files that repeat parts of others: REPLACES, ADDS, or None."""
    return next((answer for answer, remark in REPEATED_FILES.items() if remark in report.remarks), None)


def proposal(report: UsageReport) -> Proposal:
    """Return what a person is proposed to confirm: what was confirmed before, else what was seen in the file."""
    sniffed = report.sniffed or {}
    first = _instant(sniffed.get("first_at"))
    zone = zone_at(contract=report.contract, day=(first or report.received_at).date())
    if report.covers is not None:
        start, end = report.covers.lower, report.covers.upper
        stated = Period(civil_day(start, zone), civil_day(end - timedelta(microseconds=1), zone) + timedelta(days=1))
        days = ProposedDays(covers=stated)
    else:
        days = proposed_days(report=report, zone=zone)
    return Proposal(
        mapping=report.mapping or sniffed.get("mapping"),
        source_timezone=report.source_timezone,
        zone=zone,
        covers=days.covers,
        notes=days.notes,
        questions=list(report.questions or sniffed.get("questions") or []),
    )


def reports_waiting(*, contract: Contract, period: Period, zone: str) -> list[UsageReport]:
    """Return reports that could still change the count of a period: not read yet, or waiting for a person.

    A report that does not say its days counts as waiting for the days seen in it, or for every day when none was seen.
    A list of accounts changes no count, so no count waits for it.
    """
    window = period.instants(zone)
    waiting = (
        UsageReport.objects.filter(contract=contract, state__in=WAITING_STATES)
        .exclude(kind=SNAPSHOT)
        .filter(Q(covers__isnull=True) | Q(covers__overlap=instants_range(window)))
    )
    return [report for report in waiting.order_by("pk") if report.covers is not None or _may_meet(report, window)]


def last_change(*, contract: Contract, period: Period, zone: str) -> datetime | None:
    """Return when a file that touches a period last began to count, or was taken back; None where none ever did."""
    touching = UsageReport.objects.filter(contract=contract, covers__overlap=instants_range(period.instants(zone)))
    began = touching.filter(state__in=COUNTED_STATES).aggregate(at=Max("finished_at"))["at"]
    taken_back = touching.aggregate(at=Max("withdrawn_at"))["at"]
    return max(filter(None, (began, taken_back)), default=None)


def _may_meet(report: UsageReport, window: Span) -> bool:
    sniffed = report.sniffed or {}
    first, last = _instant(sniffed.get("first_at")), _instant(sniffed.get("last_at"))
    if first is None or last is None:
        return True
    if not report.source_timezone and ZONE_MISSING in {question["code"] for question in report.questions}:
        # The times were read as if in UTC; the zone that a person will name may move them this far.
        first, last = first - EASTERNMOST, last + WESTERNMOST
    return first < window[1] and window[0] <= last


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
