"""The daily counts that are valid now: of every instance and day, the number of the report that owns the day."""

import hashlib
from collections.abc import Iterable, Mapping
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
    """The number of one instance for one day; ``row`` is None where the contract reads a missing day as zero."""

    instance: Instance
    day: date
    users: int
    row: DailyReportedCount | None


@dataclass(frozen=True, kw_only=True)
class ReportedDays:
    """The valid daily counts of a contract in a period, by instance and day.

    ``daily`` adds the instances up, for the days that every instance which owes them has reported: the number of some
    instances is not the number of all, and an instance that is silent is never zero. ``missing`` are the days that an
    instance owes and nobody reported, by the name of the instance.
    """

    days: tuple[ReportedDay, ...]
    daily: Mapping[date, int]
    missing: Mapping[str, list[date]]

    @property
    def digest(self) -> str:
        """Return "sha256:..." over the numbers, by instance and day; where they came from does not matter."""
        return digest_of_days([one.instance.public_id, one.day.isoformat(), one.users] for one in self.days)

    @property
    def reports(self) -> list[UsageReport]:
        """The reports that the numbers come from, each once, in their order."""
        found = {one.row.report_id: one.row.report for one in self.days if one.row is not None}
        return [found[pk] for pk in sorted(found)]


def digest_of_days(facts: Iterable[list[Any]]) -> str:
    """Return "sha256:..." over [[instance, day, users], ...] in any order."""
    return f"sha256:{hashlib.sha256(rfc8785.dumps(sorted(facts))).hexdigest()}"


def reported_days(*, contract: Contract, period: Period, zone: str, adding: UsageReport | None = None) -> ReportedDays:
    """Return the daily counts that are valid now, or as soon as ``adding`` counts, whose rows are stored already."""
    zero = _missing_is_zero(contract, period)
    days: list[ReportedDay] = []
    owing: dict[date, set[int]] = {}
    missing: dict[str, list[date]] = {}
    for instance in Instance.objects.filter(contract=contract).order_by("pk"):
        rows = valid_counts(instance=instance, period=period, zone=zone, adding=adding)
        owed = _days_owed(instance, period)
        unknown = [day for day in owed if day not in rows]
        days += [ReportedDay(instance=instance, day=day, users=row.users, row=row) for day, row in rows.items()]
        if zero:
            days += [ReportedDay(instance=instance, day=day, users=0, row=None) for day in unknown]
        elif unknown:
            missing[instance.name] = unknown
            for day in unknown:
                owing.setdefault(day, set()).add(instance.pk)
    daily: dict[date, int] = {}
    for one in days:
        if one.day not in owing:
            daily[one.day] = daily.get(one.day, 0) + one.users
    in_order = sorted(days, key=lambda one: (one.day, one.instance.pk))
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
    *, instance: Instance, period: Period, zone: str, adding: UsageReport | None = None
) -> dict[date, DailyReportedCount]:
    """Return the row of each day: that of the report which owns the first instant of the day."""
    mine = adding if adding is not None and adding.instance_id == instance.pk else None
    owned = owned_by_report(instance=instance, adding=mine, basis=Basis.COUNTS)
    rows = DailyReportedCount.objects.filter(
        report_id__in=owned,
        confirmation=F("report__confirmation"),
        day__gte=period.start,
        day__lt=period.end,
    ).select_related("report")
    return {row.day: row for row in rows.order_by("day") if _begins_in(owned[row.report_id], row.day, zone)}


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
