"""Take the reported users of one period from the daily counts that are valid now."""

import hashlib
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import rfc8785
from django.db import IntegrityError, transaction

from licenses.models import Contract
from licenses.queries import provisioned_at
from licenses.ranges import range_of
from rollcall import __version__
from rollcall.counting.aggregates import reduce_instances
from rollcall.period import TZDATA_VERSION, Period
from rollcall.terms.instances import PEAK_THEN_SUM
from rollcall.terms.reported import ReportedMetric
from usage.models import ActiveUserCount
from usage.queries.reported import ReportedDays, reported_days


class NoCountsReported(Exception):
    """No day of the period has a count from every instance; that is not a count of zero."""


def count_reported_users(
    *,
    contract: Contract,
    metric_name: str,
    metric: ReportedMetric,
    period: Period,
    zone: str,
    now: datetime,
    even_without_reports: bool = False,
) -> ActiveUserCount:
    """Return what the daily counts of a period come to; stored now unless the same numbers were reduced before.

    Nobody's activity is behind it: the row has no active users and no list. ``even_without_reports`` gives zero over
    no numbers, for a bill that estimates what is missing. Raises NoCountsReported.
    """
    found = reported_days(contract=contract, period=period, zone=zone)
    series = found.by_instance if metric.across_instances == PEAK_THEN_SUM else {}
    if not found.daily and not series and not even_without_reports:
        raise NoCountsReported(f"No counts were reported for {period.words(zone)} under contract {contract.number}.")
    quantity = _reduced(metric, found, series, period)
    users = int(quantity)
    daily = {day.isoformat(): count for day, count in found.daily.items()}
    key: dict[str, Any] = {
        "contract": contract,
        "metric_digest": metric.digest(),
        "period": range_of(period),
        "zone": zone,
        "evidence_set_digest": found.digest,
        "basis_digest": "",
    }
    known = ActiveUserCount.objects.filter(**key).first()
    if known is not None:
        return known
    facts = {
        "metric_name": metric_name,
        "metric_kind": ActiveUserCount.Kind.REPORTED,
        "evidence": _evidence_list(found),
        "reported_users": users,
        "daily": daily,
        "series": {name: {str(day): number for day, number in days.items()} for name, days in series.items()},
        "quantity": quantity,
        "digest": digest_of_reported(metric_digest=metric.digest(), period=period, daily=daily, users=users),
        "engine_version": __version__,
        "tzdata_version": TZDATA_VERSION,
        "counted_at": now,
    }
    return keep_count(key, facts | provisioned_facts(contract=contract, period=period))


def _reduced(
    metric: ReportedMetric, found: ReportedDays, series: dict[str, dict[date, int]], period: Period
) -> Decimal:
    numbers = series or ({"": dict(found.daily)} if found.daily else {})
    if not numbers:
        return Decimal(0)
    return reduce_instances(calculation=metric.calculation, by_instance=numbers, period=period).quantity


def keep_count(key: dict[str, Any], facts: dict[str, Any]) -> ActiveUserCount:
    """Store a count without a list of users; if somebody else stored the same at the same moment, theirs stays."""
    try:
        with transaction.atomic():
            return ActiveUserCount.objects.create(**key, **facts, customer_id=key["contract"].customer_id)
    except IntegrityError:
        return ActiveUserCount.objects.get(**key)


def provisioned_facts(*, contract: Contract, period: Period) -> dict[str, Any]:
    """Return the provisioned users as a count keeps them: the newest number up to the last day of the period."""
    known = provisioned_at(contract=contract, day=period.last_day)
    return {
        "provisioned_users": known.users if known else None,
        "provisioned_date": known.date if known else None,
        "provisioned_source": known.source if known else "",
    }


def digest_of_reported(*, metric_digest: str, period: Period, daily: dict[str, int], users: int) -> str:
    """Return "sha256:..." of what a count of reported users says."""
    said: dict[str, Any] = {
        "metric": metric_digest,
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
        "daily": daily,
        "users": users,
    }
    return f"sha256:{hashlib.sha256(rfc8785.dumps(said)).hexdigest()}"


def _evidence_list(found: ReportedDays) -> list[dict[str, object]]:
    """Return one entry per report with the days taken from it."""
    entries: list[dict[str, object]] = []
    for report in found.reports:
        rows = [one.row for one in found.days if one.row.report_id == report.pk]
        entries.append(
            {
                "evidence_id": None,
                "report": report.public_id,
                "file_name": report.file_name,
                "sha256": report.sha256,
                "instance": report.instance.name,
                "grade": report.grade,
                "rows_read": report.rows_read,
                "rows_accepted": report.rows_accepted,
                "rows_quarantined": report.rows_quarantined,
                "digest": found.digest,
                "days": {row.day.isoformat(): row.users for row in rows},
            }
        )
    return entries
