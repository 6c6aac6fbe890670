"""Write down the seats of one period, which the terms state."""

from datetime import datetime
from typing import Any

from licenses.models import Contract
from licenses.ranges import range_of
from rollcall import __version__
from rollcall.period import TZDATA_VERSION, Period
from rollcall.rating.seats import measure_seats
from rollcall.terms.contract import ContractTerms
from rollcall.terms.seats import SeatsMetric
from usage.models import ActiveUserCount
from usage.operations.count_reported_users import keep_count, provisioned_facts


def count_seats(
    *,
    contract: Contract,
    metric_name: str,
    metric: SeatsMetric,
    terms: ContractTerms,
    period: Period,
    now: datetime,
) -> ActiveUserCount:
    """Return the row of the seats that were bought for a period; nothing is counted, so no report is needed."""
    key: dict[str, Any] = {
        "contract": contract,
        "metric_digest": metric.digest(),
        "period": range_of(period),
        "zone": terms.timezone,
        "evidence_set_digest": metric.digest(),
        "basis_digest": "",
    }
    known = ActiveUserCount.objects.filter(**key).first()
    if known is not None:
        return known
    daily = metric.daily(period=period, term=terms.term)
    measured = measure_seats(terms=terms, metric=metric, period=period, given=None, path=metric_name)
    facts: dict[str, Any] = {
        "metric_name": metric_name,
        "metric_kind": ActiveUserCount.Kind.SEATS,
        "evidence": [],
        "daily": {day.isoformat(): seats for day, seats in daily.items()},
        "quantity": measured.quantity,
        "digest": metric.digest(),
        "engine_version": __version__,
        "tzdata_version": TZDATA_VERSION,
        "counted_at": now,
    }
    return keep_count(key, facts | provisioned_facts(contract=contract, period=period))
