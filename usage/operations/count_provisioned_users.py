"""Take the provisioned users of one period from the dated numbers that are known now."""

import hashlib
from datetime import datetime
from typing import Any

import rfc8785

from licenses.models import Contract
from licenses.queries import provisioned_levels
from licenses.ranges import range_of
from rollcall import __version__
from rollcall.counting.aggregates import reduce_daily
from rollcall.period import TZDATA_VERSION, Period
from rollcall.rating.levels import days_of_levels
from rollcall.terms.provisioned import ProvisionedMetric
from usage.models import ActiveUserCount
from usage.operations.count_reported_users import keep_count, provisioned_facts
from usage.queries.basis import digest_of_levels


class NoProvisionedUsers(Exception):
    """No number of accounts was stated up to the end of the period; that is not a count of zero."""


def count_provisioned_users(
    *, contract: Contract, metric_name: str, metric: ProvisionedMetric, period: Period, zone: str, now: datetime
) -> ActiveUserCount:
    """Return what the dated numbers of a period come to; stored now unless the same numbers were reduced before.

    The row keeps the numbers with their dates; the last one before the period is carried in. Raises
    NoProvisionedUsers.
    """
    levels = provisioned_levels(contract=contract, period=period)
    daily = days_of_levels(levels=levels, metric=metric, period=period)
    if not daily:
        raise NoProvisionedUsers(
            f"No number of provisioned users was stated up to {period.last_day:%d %b %Y} under contract "
            f"{contract.number}."
        )
    key: dict[str, Any] = {
        "contract": contract,
        "metric_digest": metric.digest(),
        "period": range_of(period),
        "zone": zone,
        "evidence_set_digest": digest_of_levels(levels),
        "basis_digest": "",
    }
    known = ActiveUserCount.objects.filter(**key).first()
    if known is not None:
        return known
    stated = {day.isoformat(): users for day, users in levels.items()}
    quantity = reduce_daily(calculation=metric.calculation, daily=daily, period=period).quantity
    said: dict[str, Any] = {
        "metric": metric.digest(),
        "start": str(period.start),
        "end": str(period.end),
        "levels": stated,
    }
    facts: dict[str, Any] = {
        "metric_name": metric_name,
        "metric_kind": ActiveUserCount.Kind.PROVISIONED,
        "evidence": [],
        "daily": {day.isoformat(): users for day, users in daily.items()},
        "series": {"": stated},
        "quantity": quantity,
        "digest": f"sha256:{hashlib.sha256(rfc8785.dumps(said)).hexdigest()}",
        "engine_version": __version__,
        "tzdata_version": TZDATA_VERSION,
        "counted_at": now,
    }
    return keep_count(key, facts | provisioned_facts(contract=contract, period=period))
