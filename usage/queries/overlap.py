"""Two files for the same days: which of them owns which day, and what decides it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import F

from licenses.ranges import Span
from rollcall.ownership import Claim
from rollcall.period import Period, civil_day
from usage.models import DailyReportedCount, Grade, ReportState, UsageReport
from usage.queries.coverage import days_owed, spans_of_days
from usage.queries.ownership import RANK, Basis, basis_of, claim_of, counted_reports, owned
from usage.spans import Spans, contain, meet

INSTANT = timedelta(microseconds=1)


class Order(StrEnum):
    """The first fact in which two claims differ."""

    GRADE = "grade"
    EXPORTED = "exported"
    DIGEST = "digest"


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """Days that two reports of an instance cover; ``is_taken`` says that the asked one owns them, not ``other``."""

    other: UsageReport
    days: tuple[Period, ...]
    is_taken: bool
    decided_by: Order

    @property
    def needs_time(self) -> bool:
        """Whether nothing but the bytes decides, so that a person must say when the file was exported."""
        return self.decided_by is Order.DIGEST


def overlaps_of(*, report: UsageReport, covers: Span, generated_at: datetime | None, zone: str) -> tuple[Overlap, ...]:
    """Return what a report that is about to be confirmed would take from others, and what others would keep.

    Compared are the reports that count and those that are being read; ``covers`` and ``generated_at`` are what the
    person states. Nothing is written, and no row is looked at.
    """
    others = [other for other in _standing(report) if other.pk != report.pk]
    claim = Claim(
        id=str(report.pk),
        span=covers,
        grade=RANK[Grade(report.grade)],
        generated_at=generated_at,
        sha256=report.sha256,
    )
    owned_now = owned(others)
    found = []
    for other in others:
        shared = _shared(owned_now[other.pk], covers)
        if shared:
            found.append(_overlap(claim, other, shared, zone))
    return tuple(sorted(found, key=lambda one: one.days[0]))


def days_lost(*, report: UsageReport, zone: str) -> tuple[Overlap, ...]:
    """Return for a counted report the days it covers that other reports own."""
    if report.covers is None or not report.is_counted:
        return ()
    others = counted_reports(instance=report.instance, basis=basis_of(report))
    owned_now, claim = owned(others), claim_of(report)
    found = [
        _overlap(claim, other, shared, zone)
        for other in others
        if other.pk != report.pk and (shared := _shared(owned_now[other.pk], claim.span))
    ]
    return tuple(sorted(found, key=lambda one: one.days[0]))


def days_given_back(*, report: UsageReport, zone: str) -> tuple[Overlap, ...]:
    """Return the days that other counted reports own once this one is taken back, and do not own now."""
    if report.covers is None or not report.is_counted:
        return ()
    counted = counted_reports(instance=report.instance, basis=basis_of(report))
    mine = owned(counted)[report.pk]
    others = [other for other in counted if other.pk != report.pk]
    after = owned(others)
    claim, found = claim_of(report), []
    for other in others:
        shared = [part for span in mine for part in _shared(after[other.pk], span)]
        if shared:
            found.append(_overlap(claim, other, shared, zone))
    return tuple(sorted(found, key=lambda one: one.days[0]))


def days_left_bare(*, report: UsageReport, within: Period, zone: str) -> list[Period]:
    """Return the owed days of a period that count from this report and from no other one once it is taken back."""
    if report.covers is None or not report.is_counted:
        return []
    counted = counted_reports(instance=report.instance, basis=basis_of(report))
    mine, after = owned(counted)[report.pk], owned([other for other in counted if other.pk != report.pk])
    return spans_of_days(
        day
        for day in days_owed(instance=report.instance, period=within)
        if _is_left_bare(report, day, _shared(mine, Period(day, day + timedelta(days=1)).instants(zone)), after)
    )


def _is_left_bare(report: UsageReport, day: date, parts: Sequence[Span], after: Mapping[int, Spans]) -> bool:
    """Whether others leave a part of a day open; of daily counts, whether none of them has a number for it."""
    if any(not contain([span for spans in after.values() for span in spans], part) for part in parts):
        return True
    if not parts or basis_of(report) is not Basis.COUNTS:
        return False
    numbers = DailyReportedCount.objects.filter(day=day, confirmation=F("report__confirmation"))
    takers = [pk for pk, spans in after.items() if any(meet(spans, part) for part in parts)]
    return numbers.filter(report=report).exists() and not numbers.filter(report__in=takers).exists()


def _standing(report: UsageReport) -> list[UsageReport]:
    reading = UsageReport.objects.filter(
        instance=report.instance_id, state=ReportState.READING, covers__isnull=False
    ).order_by("pk")
    basis = basis_of(report)
    of_its_basis = (other for other in reading if basis_of(other) is basis)
    return [*counted_reports(instance=report.instance, basis=basis), *of_its_basis]


def _overlap(claim: Claim, other: UsageReport, shared: Sequence[Span], zone: str) -> Overlap:
    theirs = claim_of(other)
    return Overlap(
        other=other,
        days=_days(shared, zone),
        is_taken=claim.precedence > theirs.precedence,
        decided_by=Order.GRADE
        if claim.grade != theirs.grade
        else Order.EXPORTED
        if claim.generated_at != theirs.generated_at
        else Order.DIGEST,
    )


def _shared(spans: Spans, wanted: Span) -> list[Span]:
    cut = ((max(start, wanted[0]), min(end, wanted[1])) for start, end in spans)
    return [(start, end) for start, end in cut if start < end]


def _days(spans: Iterable[Span], zone: str) -> tuple[Period, ...]:
    """Return the civil days that spans touch; days that follow each other are one period."""
    days: list[Period] = []
    for start, end in sorted(spans):
        found = Period(civil_day(start, zone), civil_day(end - INSTANT, zone) + timedelta(days=1))
        if days and found.start <= days[-1].end:
            found = Period(days.pop().start, found.end)
        days.append(found)
    return tuple(days)
