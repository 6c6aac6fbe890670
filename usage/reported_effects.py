"""What a file of daily counts changes: reported users before and with it, per billed period. For people only."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from licenses.models import ContractVersion
from licenses.queries import terms_of
from licenses.ranges import period_of, span_of
from rollcall.counting.aggregates import reduce_instances
from rollcall.intake.result import ReportedCount
from rollcall.period import Period
from rollcall.terms.instances import PEAK_THEN_SUM
from rollcall.terms.reported import ReportedMetric
from usage.models import DailyReportedCount, UsageReport
from usage.queries.reported import ReportedDays, reported_days


def reported_effects(*, report: UsageReport, reported: Sequence[ReportedCount]) -> list[dict[str, Any]]:
    """Return per metric of reported users and billed period that the file touches: users before it and with it.

    The shape is that of ``effects.effects_of``; None means that no day of the period is known of every instance.
    """
    if report.covers is None or not reported:
        return []
    start, end = span_of(report.covers)
    rows = rows_of(report=report, reported=reported)
    found: list[dict[str, Any]] = []
    for version in ContractVersion.objects.filter(contract=report.contract).order_by("active"):
        terms = terms_of(version)
        zone = terms.timezone
        metrics = {name: metric for name, metric in terms.metrics.items() if isinstance(metric, ReportedMetric)}
        for period in terms.periods if metrics else ():
            opens, closes = period.instants(zone)
            if closes <= start or end <= opens or not period_of(version.active).contains(period.start):
                continue
            before = reported_days(contract=report.contract, period=period, zone=zone)
            after = reported_days(contract=report.contract, period=period, zone=zone, adding=rows)
            found += [
                {
                    "metric": name,
                    "start": period.start.isoformat(),
                    "end": period.end.isoformat(),
                    "before": _users(metric, before, period),
                    "after": _users(metric, after, period),
                }
                for name, metric in metrics.items()
            ]
    return found


def rows_of(*, report: UsageReport, reported: Sequence[ReportedCount]) -> list[DailyReportedCount]:
    """Return the rows, not stored, that a report states under its present confirmation."""
    return [
        DailyReportedCount(
            customer_id=report.customer_id,
            contract_id=report.contract_id,
            instance_id=report.instance_id,
            report=report,
            confirmation=report.confirmation,
            day=date.fromisoformat(count.day),
            users=count.users,
            file=count.file[:255],
            line=count.line,
        )
        for count in reported
    ]


def _users(metric: ReportedMetric, known: ReportedDays, period: Period) -> int | None:
    """Return the whole users that the known days come to."""
    series = known.by_instance if metric.across_instances == PEAK_THEN_SUM else {"": dict(known.daily)}
    if not any(series.values()):
        return None
    return int(reduce_instances(calculation=metric.calculation, by_instance=series, period=period).quantity)
