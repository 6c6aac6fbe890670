"""Which days are covered: per instance and civil day, reported, late or missing. Missing is never zero."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from licenses.models import Contract, Instance
from licenses.queries import terms_at
from licenses.ranges import span_of
from rollcall.formats.registry import PROFILES
from rollcall.period import Period
from rollcall.terms.action_quantity import KIND as ACTION_QUANTITY
from rollcall.terms.metrics import ACTIVE_USERS
from rollcall.terms.reported import KIND as REPORTED_USERS
from usage.declared import is_declaration
from usage.dues import due_at
from usage.models import DailyReportedCount, EvidenceFile, UsageReport
from usage.queries.evidence import made_evidence
from usage.queries.ownership import counted_reports, owned
from usage.queries.reported import valid_counts
from usage.spans import Spans, contain, meet


class DayState(StrEnum):
    """A day is reported, late (first reported after the report for its period was due), or missing."""

    REPORTED = "reported"
    LATE = "late"
    MISSING = "missing"


@dataclass(frozen=True, kw_only=True)
class DayCoverage:
    """One civil day of one instance; ``reports`` are those that own part of it.

    ``is_quiet`` means reported without any activity; ``is_declared`` that a person said so without a file.
    """

    day: date
    state: DayState
    reports: tuple[UsageReport, ...]
    is_quiet: bool = False

    @property
    def grade(self) -> str:
        """The evidence grade of the day: the lowest of its reports, empty when nothing was reported."""
        return min((report.grade for report in self.reports), key=GRADES_FROM_LOWEST.index, default="")

    @property
    def is_declared(self) -> bool:
        return any(is_declaration(report) for report in self.reports)


@dataclass(frozen=True, kw_only=True)
class InstanceCoverage:
    """The days that one instance owes in a period, in order."""

    instance: Instance
    days: tuple[DayCoverage, ...]

    @property
    def missing(self) -> list[date]:
        return [day.day for day in self.days if day.state is DayState.MISSING]


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """The days that all instances of a contract owe in a period. A contract without instances owes nothing."""

    period: Period
    zone: str
    instances: tuple[InstanceCoverage, ...]

    @property
    def is_complete(self) -> bool:
        return not self.missing

    @property
    def missing(self) -> dict[str, list[date]]:
        """The missing days by the name of the instance; instances without missing days are left out."""
        return {one.instance.name: one.missing for one in self.instances if one.missing}

    def missing_under(self, cadence: str) -> dict[str, list[date]]:
        """The missing days by instance under a cadence: where one report for the whole period is agreed, an instance
        that reported any day of it misses none."""
        if cadence != "once_per_period":
            return self.missing
        return {one.instance.name: one.missing for one in self.instances if len(one.missing) == len(one.days) > 0}

    @property
    def missing_days(self) -> list[date]:
        """The days on which any instance is missing, once each, in order."""
        return sorted({day for one in self.instances for day in one.missing})


# What is counted from what people did, so that a report of activity is owed for every day.
OF_ACTIVITY = frozenset({ACTIVE_USERS, ACTION_QUANTITY})
GRADES_FROM_LOWEST = ("upload", "instance_api", "signed")


def coverage(*, contract: Contract, period: Period, zone: str = "") -> Coverage:
    """Return for each instance every day of the period that it owes: reported, late or missing.

    A day is reported when reports own its every instant; where the contract bills reported users, when it has a count.
    Where it bills both, a day is reported that has both. Days before ``reports_from`` and from ``reports_until`` on
    are not owed. ``zone`` is that of the terms in force on the period's first day unless given. Days to come are
    missing like any other: whoever draws a calendar knows what day it is.
    """
    terms = terms_at(contract=contract, day=period.start)
    zone = zone or terms.timezone
    kinds = {metric.kind for key in terms.charges if (metric := terms.metric_of(key)) is not None}
    # Accounts and seats are numbers with a date: no day is owed for them.
    billed = kinds & {*OF_ACTIVITY, REPORTED_USERS}
    due = {day: due_at(terms.period_of(day) or period, zone) for day in period.each_day()}
    return Coverage(
        period=period,
        zone=zone,
        instances=tuple(
            _of_bases(instance, period, zone, due, billed)
            for instance in Instance.objects.filter(contract=contract).order_by("name")
        ),
    )


def activity_coverage(*, contract: Contract, period: Period, zone: str) -> Coverage:
    """Return for each instance the days of a span of which activity was reported, whatever else the contract bills.

    The span may begin before the contract, as a rolling window may. Nothing is late here: a day is reported or missing.
    """
    _, closes = period.instants(zone)
    return Coverage(
        period=period,
        zone=zone,
        instances=tuple(
            _of_instance(instance, period, zone, dict.fromkeys(period.each_day(), closes))
            for instance in Instance.objects.filter(contract=contract).order_by("name")
        ),
    )


def spans_of_days(days: Iterable[date]) -> list[Period]:
    """Return days as the spans that they form, in order."""
    spans: list[Period] = []
    for day in sorted(days):
        if spans and spans[-1].end == day:
            spans[-1] = Period(spans[-1].start, day + timedelta(days=1))
        else:
            spans.append(Period(day, day + timedelta(days=1)))
    return spans


def days_owed(*, instance: Instance, period: Period) -> list[date]:
    """Return the civil days of the period for which the instance owes a report."""
    start = max(period.start, instance.reports_from)
    end = min(period.end, instance.reports_until) if instance.reports_until else period.end
    return [start + timedelta(days=number) for number in range(max(0, (end - start).days))]


def _of_bases(
    instance: Instance, period: Period, zone: str, due: Mapping[date, datetime], billed: set[str]
) -> InstanceCoverage:
    """Return the days by what the contract bills: activity, daily counts, or both of them."""
    if not billed:
        return InstanceCoverage(instance=instance, days=())
    if REPORTED_USERS not in billed:
        return _of_instance(instance, period, zone, due)
    of_counts = _of_counts(instance, period, zone, due)
    if not billed & OF_ACTIVITY:
        return of_counts
    both = zip(_of_instance(instance, period, zone, due).days, of_counts.days, strict=True)
    return InstanceCoverage(instance=instance, days=tuple(_worse(activity, counts) for activity, counts in both))


def _of_counts(instance: Instance, period: Period, zone: str, due: Mapping[date, datetime]) -> InstanceCoverage:
    rows = valid_counts(instance=instance, period=period, zone=zone)
    return InstanceCoverage(
        instance=instance,
        days=tuple(_count_of(day, rows.get(day), due[day]) for day in days_owed(instance=instance, period=period)),
    )


def _count_of(day: date, row: DailyReportedCount | None, due: datetime) -> DayCoverage:
    if row is None:
        return DayCoverage(day=day, state=DayState.MISSING, reports=())
    state = DayState.REPORTED if row.report.received_at < due else DayState.LATE
    return DayCoverage(day=day, state=state, reports=(row.report,), is_quiet=not row.users)


def _worse(activity: DayCoverage, counts: DayCoverage) -> DayCoverage:
    states = list(DayState)
    return DayCoverage(
        day=activity.day,
        state=max(activity.state, counts.state, key=states.index),
        reports=(*activity.reports, *counts.reports),
        is_quiet=activity.is_quiet,
    )


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What is known of one instance: its counted reports, what each owns, and the days with activity in each."""

    reports: Mapping[int, UsageReport]
    spans: Mapping[int, Spans]
    active_days: Mapping[int, frozenset[str]]


def _of_instance(instance: Instance, period: Period, zone: str, due: Mapping[date, datetime]) -> InstanceCoverage:
    reports = {report.pk: report for report in counted_reports(instance=instance)}
    spans = {pk: mine for pk, mine in owned(reports.values()).items() if mine}
    made: Iterable[EvidenceFile] = made_evidence(spans, zones=[zone]).values()
    active_days = {file.report_id: frozenset(file.active_days) for file in made}
    known = _Known(reports=reports, spans=spans, active_days=active_days)
    days = (_day(day, zone, known, due[day]) for day in days_owed(instance=instance, period=period))
    return InstanceCoverage(instance=instance, days=tuple(days))


def _day(day: date, zone: str, known: _Known, due: datetime) -> DayCoverage:
    window = Period(day, day + timedelta(days=1)).instants(zone)
    touching = sorted(pk for pk, spans in known.spans.items() if meet(spans, window))
    if not contain([span for pk in touching for span in known.spans[pk]], window):
        state = DayState.MISSING
    else:
        # A correction that comes later does not make late what was there in time.
        in_time = [
            span_of(report.covers)
            for report in known.reports.values()
            if report.covers is not None and report.received_at < due
        ]
        state = DayState.REPORTED if contain(in_time, window) else DayState.LATE
    is_quiet = state is not DayState.MISSING and _is_quiet(day, touching, known.active_days)
    reports = tuple(known.reports[pk] for pk in touching)
    if is_quiet and all(_lists_every_day(report) for report in reports):
        # An export that lists the idle, too, has rows for every day: one without any is a file that was left out.
        return DayCoverage(day=day, state=DayState.MISSING, reports=reports)
    return DayCoverage(day=day, state=state, reports=reports, is_quiet=is_quiet)


def _lists_every_day(report: UsageReport) -> bool:
    profile = PROFILES.get((report.mapping or {}).get("format", ""))
    return profile is not None and profile.lists_every_day


def _is_quiet(day: date, touching: Sequence[int], active_days: Mapping[int, frozenset[str]]) -> bool:
    """Whether all evidence of the day is there and holds nothing on it."""
    return all(pk in active_days and day.isoformat() not in active_days[pk] for pk in touching)
