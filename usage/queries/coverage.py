"""Which days are covered: per instance and civil day, reported, late or missing. Missing is never zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Min

from licenses.models import Contract, Instance
from licenses.queries import terms_at
from licenses.ranges import period_of, range_of
from rollcall.period import Period
from usage.models import ActiveUserCount, UsageReport
from usage.queries.ownership import counted_reports, owned
from usage.spans import Spans, contain, meet


class DayState(StrEnum):
    """A day is reported, late (its report came after the day's period was first counted), or missing."""

    REPORTED = "reported"
    LATE = "late"
    MISSING = "missing"


@dataclass(frozen=True, kw_only=True)
class DayCoverage:
    """One civil day of one instance; ``reports`` are those that own part of it."""

    day: date
    state: DayState
    reports: tuple[UsageReport, ...]

    @property
    def grade(self) -> str:
        """The evidence grade of the day: the lowest of its reports, empty when nothing was reported."""
        return min((report.grade for report in self.reports), key=GRADES_FROM_LOWEST.index, default="")


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

    @property
    def missing_days(self) -> list[date]:
        """The days on which any instance is missing, once each, in order."""
        return sorted({day for one in self.instances for day in one.missing})


GRADES_FROM_LOWEST = ("upload", "instance_api", "signed")


def coverage(*, contract: Contract, period: Period, zone: str = "") -> Coverage:
    """Return for each instance every day of the period that it owes: reported, late or missing.

    A day is reported when reports own its every instant. Days before ``reports_from`` and from ``reports_until`` on
    are not owed. ``zone`` is that of the terms in force on the period's first day unless given. Days to come are
    missing like any other: whoever draws a calendar knows what day it is.
    """
    zone = zone or terms_at(contract=contract, day=period.start).timezone
    counted = _first_counted(contract, period)
    return Coverage(
        period=period,
        zone=zone,
        instances=tuple(
            _of_instance(instance, period, zone, counted)
            for instance in Instance.objects.filter(contract=contract).order_by("name")
        ),
    )


def days_owed(*, instance: Instance, period: Period) -> list[date]:
    """Return the civil days of the period for which the instance owes a report."""
    start = max(period.start, instance.reports_from)
    end = min(period.end, instance.reports_until) if instance.reports_until else period.end
    return [start + timedelta(days=number) for number in range(max(0, (end - start).days))]


def _of_instance(
    instance: Instance, period: Period, zone: str, counted: Sequence[tuple[Period, datetime]]
) -> InstanceCoverage:
    reports = {report.pk: report for report in counted_reports(instance=instance)}
    spans_of = {pk: spans for pk, spans in owned(reports.values()).items() if spans}
    days = (_day(day, zone, reports, spans_of, counted) for day in days_owed(instance=instance, period=period))
    return InstanceCoverage(instance=instance, days=tuple(days))


def _day(
    day: date,
    zone: str,
    reports: dict[int, UsageReport],
    spans_of: dict[int, Spans],
    counted: Sequence[tuple[Period, datetime]],
) -> DayCoverage:
    window = Period(day, day + timedelta(days=1)).instants(zone)
    touching = [pk for pk, spans in spans_of.items() if meet(spans, window)]
    state = DayState.MISSING
    if contain([span for pk in touching for span in spans_of[pk]], window):
        arrived = max(reports[pk].received_at for pk in touching)
        is_late = any(arrived > at for counted_period, at in counted if counted_period.contains(day))
        state = DayState.LATE if is_late else DayState.REPORTED
    return DayCoverage(day=day, state=state, reports=tuple(reports[pk] for pk in sorted(touching)))


def _first_counted(contract: Contract, period: Period) -> list[tuple[Period, datetime]]:
    """Return for each counted period that meets this one when it was counted first."""
    rows = (
        ActiveUserCount.objects.filter(contract=contract, period__overlap=range_of(period))
        .order_by()
        .values("period")
        .annotate(first=Min("counted_at"))
    )
    return [(period_of(row["period"]), row["first"]) for row in rows]
