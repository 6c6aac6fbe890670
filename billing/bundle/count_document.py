"""A stored count as COUNT.json: what was asked, what came out, and from what, so that it can be counted again.

Every key is from the frozen row of the count, from the terms by which it was made, or from the contract's first day.
"""

from typing import Any

from billing.bundle.sides import Side
from licenses.models import Instance
from licenses.queries import agreed_days
from licenses.ranges import period_of
from rollcall.money import shortest
from rollcall.terms.metrics import OF_ACTIVITY
from usage.models import ActiveUserCount


def count_document(side: Side) -> dict[str, Any]:
    """Return COUNT.json of the count of a side. Raises MetricUnknown."""
    count, metric = side.count, side.metric()
    if count is None:
        raise ValueError(f"{side.charge} counts nothing in {side.span.words()}.")
    days = period_of(count.period)
    return {
        "schema": 1,
        "metric": count.metric_name,
        "kind": count.metric_kind,
        "definition": metric.definition.to_json() if isinstance(metric, OF_ACTIVITY) else None,
        "metric_terms": metric.to_json(),
        "metric_digest": count.metric_digest,
        "period": {"start": days.start.isoformat(), "end": days.end.isoformat()},
        "timezone": count.zone,
        "since": agreed_days(contract=count.contract).start.isoformat(),
        "active_users": count.active_users,
        "reported_users": count.reported_users,
        "daily": count.daily,
        "series": count.series,
        "covered": {name: sorted(numbers) for name, numbers in count.series.items()},
        "instances": _instances(count),
        "quantity": None if count.quantity is None else shortest(count.quantity),
        "quantity_by_user": count.quantity_by_user,
        "without_quantity": count.without_quantity,
        "look_back": count.look_back,
        "given": count.given(),
        "reported": _reported(count),
        "provisioned": _provisioned(count),
        "evidence": [entry["digest"] for entry in count.evidence if entry["evidence_id"]],
        "evidence_set_digest": count.evidence_set_digest,
        "verdicts_digest": count.verdicts_digest,
        "digest": count.digest,
        "engine_version": count.engine_version,
        "tzdata_version": count.tzdata_version,
    }


def _instances(count: ActiveUserCount) -> dict[str, str]:
    """What evidence calls each instance, and the name under which its own series stands; only where there are such."""
    if not any(count.series):
        return {}
    named = Instance.objects.filter(contract_id=count.contract_id, name__in=[name for name in count.series if name])
    return {instance.public_id: instance.name for instance in named.order_by("public_id")}


def _reported(count: ActiveUserCount) -> list[dict[str, Any]]:
    """The daily counts that each report states, for a number that the instances state."""
    if not count.is_reported:
        return []
    return [
        {"report": entry["report"], "instance": entry["instance"], "days": entry["days"]} for entry in count.evidence
    ]


def _provisioned(count: ActiveUserCount) -> dict[str, Any] | None:
    """The number of accounts that stands beside the count; null where none was stated."""
    if count.provisioned_users is None or count.provisioned_date is None:
        return None
    return {
        "users": count.provisioned_users,
        "date": count.provisioned_date.isoformat(),
        "source": count.provisioned_source,
    }
