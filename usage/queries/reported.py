"""The daily counts that are valid now: of every instance and day, the number of the report that owns the day."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import rfc8785
from django.db.models import F

from licenses.models import Contract, Instance
from licenses.queries import NothingAgreed, terms_at
from licenses.ranges import instants_range
from rollcall.formats.profile import COUNTS, SNAPSHOT
from rollcall.period import Period
from usage.models import DailyReportedCount, UsageReport
from usage.queries.ownership import COUNTED_STATES, Basis, owned_by_report
from usage.spans import Spans, contain


@dataclass(frozen=True, kw_only=True)
class ReportedDay:
    """The valid number of one instance for one day."""

    instance: Instance
    row: DailyReportedCount


@dataclass(frozen=True, kw_only=True)
class ReportedDays:
    """The valid daily counts of a contract in a period, by day and instance.

    ``daily`` adds the instances up, for the days that every instance which owes them has reported: the number of some
    instances is not the number of all, and an instance that is silent is not zero unless the contract says so.
    ``missing`` are the days that an instance owes and has not reported, by the name of the instance.
    """

    days: tuple[ReportedDay, ...]
    daily: Mapping[date, int]
    missing: Mapping[str, list[date]]

    @property
    def digest(self) -> str:
        """Return "sha256:..." over the numbers, by instance and day; where they came from does not matter."""
        facts = ([one.instance.public_id, one.row.day.isoformat(), one.row.users] for one in self.days)
        return digest_of_days(facts, self.daily)

    @property
    def by_instance(self) -> dict[str, dict[date, int]]:
        """The numbers of each instance by its name; a day counts for the instance that reported it."""
        series: dict[str, dict[date, int]] = {}
        for one in self.days:
            series.setdefault(one.instance.name, {})[one.row.day] = one.row.users
        return series

    @property
    def reports(self) -> list[UsageReport]:
        """The reports that the numbers come from, each once, in their order."""
        found = {one.row.report_id: one.row.report for one in self.days}
        return [found[pk] for pk in sorted(found)]


def digest_of_days(facts: Iterable[list[Any]], daily: Mapping[date, int]) -> str:
    """Return "sha256:..." over [[instance, day, users], ...] in any order, and the days that they make up together."""
    document: list[Any] = [sorted(facts), [[day.isoformat(), users] for day, users in sorted(daily.items())]]
    return f"sha256:{hashlib.sha256(rfc8785.dumps(document)).hexdigest()}"


def reported_days(
    *, contract: Contract, period: Period, zone: str, adding: Sequence[DailyReportedCount] = ()
) -> ReportedDays:
    """Return the daily counts that are valid now, or as soon as the report of the rows in ``adding`` counts."""
    days: list[ReportedDay] = []
    missing: dict[str, list[date]] = {}
    for instance in Instance.objects.filter(contract=contract).order_by("pk"):
        rows = valid_counts(instance=instance, period=period, zone=zone, adding=adding)
        days += [ReportedDay(instance=instance, row=row) for row in rows.values()]
        unknown = [day for day in _days_owed(instance, period) if day not in rows]
        if unknown:
            missing[instance.name] = unknown
    partly = set() if _missing_is_zero(contract, period) else {day for unknown in missing.values() for day in unknown}
    daily: dict[date, int] = {}
    for one in days:
        if one.row.day not in partly:
            daily[one.row.day] = daily.get(one.row.day, 0) + one.row.users
    in_order = sorted(days, key=lambda one: (one.row.day, one.instance.pk))
    return ReportedDays(days=tuple(in_order), daily=dict(sorted(daily.items())), missing=missing)


def reports_without_activity(*, contract: Contract, period: Period, zone: str) -> list[str]:
    """Return the names of the files for a period that count, but hold nobody's activity: daily counts, lists."""
    found = UsageReport.objects.filter(
        contract=contract,
        state__in=COUNTED_STATES,
        kind__in=(COUNTS, SNAPSHOT),
        covers__overlap=instants_range(period.instants(zone)),
    )
    return sorted({report.file_name for report in found})


def valid_counts(
    *, instance: Instance, period: Period, zone: str, adding: Sequence[DailyReportedCount] = ()
) -> dict[date, DailyReportedCount]:
    """Return the row of each day: that of the report which owns the first instant of the day.

    ``adding`` are rows, stored or not, of one report that does not count yet.
    """
    mine = [row for row in adding if row.instance_id == instance.pk]
    report = mine[0].report if mine else None
    owned = owned_by_report(instance=instance, adding=report, basis=Basis.COUNTS)
    stored = DailyReportedCount.objects.filter(
        report_id__in=owned,
        confirmation=F("report__confirmation"),
        day__gte=period.start,
        day__lt=period.end,
    ).select_related("report")
    others = (row for row in stored if report is None or row.report_id != report.pk)
    rows = sorted([*others, *(row for row in mine if period.contains(row.day))], key=lambda row: row.day)
    return {row.day: row for row in rows if _begins_in(owned[row.report_id], row.day, zone)}


def _begins_in(spans: Spans, day: date, zone: str) -> bool:
    start, _ = Period(day, day + timedelta(days=1)).instants(zone)
    return contain(spans, (start, start + timedelta(microseconds=1)))


def _days_owed(instance: Instance, period: Period) -> list[date]:
    """Return the days of the period that the instance owes."""
    until = instance.reports_until
    return [day for day in period.each_day() if instance.reports_from <= day and (until is None or day < until)]


def _missing_is_zero(contract: Contract, period: Period) -> bool:
    """Whether the contract reads a day without a count as zero, which only its gap rule can say."""
    try:
        return terms_at(contract=contract, day=period.start).gap_rule.applied == "zero"
    except NothingAgreed:
        return False
