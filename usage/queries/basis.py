"""What a count rests on, whatever its metric: evidence, the days that were reported, daily counts, dated numbers."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import rfc8785

from licenses.models import Contract
from licenses.queries import agreed_days, provisioned_levels
from rollcall.period import Period
from rollcall.terms.action_quantity import ActionMetric
from rollcall.terms.contract import ContractTerms
from rollcall.terms.metrics import Metric
from usage.models import ActiveUserCount
from usage.queries.coverage import Coverage, activity_coverage
from usage.queries.evidence import current_evidence
from usage.queries.reported import reported_days

Kind = ActiveUserCount.Kind


@dataclass(frozen=True, kw_only=True)
class Basis:
    """The days at which a metric of activity looks, and what is known of their reports.

    `looked_at` begins before the period where a rolling window does. `digest` is that of the reported days, empty where
    the count depends on the evidence alone.
    """

    period: Period
    looked_at: Period
    since: date
    covered: Coverage | None = None
    keeps_single_people: bool = False
    digest: str = ""
    look_back: Mapping[str, Any] = field(default_factory=dict)


def basis_for(
    *, contract: Contract, metric: Metric | ActionMetric, terms: ContractTerms, period: Period, by_user: bool = False
) -> Basis:
    """Return what a count of this metric rests on besides evidence, as it is now."""
    since = agreed_days(contract=contract).start
    first = metric.definition.windows(period, since)[0].start
    looked_at = Period(min(first, period.start), period.end)
    has_series = isinstance(metric, Metric) and metric.calculation is not None
    if not has_series and looked_at == period:
        digest = _digest_of({"quantity_by_user": True}) if by_user else ""
        return Basis(period=period, looked_at=period, since=since, keeps_single_people=by_user, digest=digest)
    covered = activity_coverage(contract=contract, period=looked_at, zone=terms.timezone)
    return Basis(
        period=period,
        looked_at=looked_at,
        since=since,
        covered=covered,
        keeps_single_people=by_user,
        digest=_digest_of_days(covered),
        look_back=_look_back(covered, period) if looked_at != period else {},
    )


def is_current(*, count: ActiveUserCount, contract: Contract, period: Period, zone: str) -> bool:
    """Return whether a count was made from exactly what counts now for its metric."""
    if count.is_reported:
        return count.evidence_set_digest == reported_days(contract=contract, period=period, zone=zone).digest
    if count.metric_kind == Kind.SEATS:
        return True
    if count.metric_kind == Kind.PROVISIONED:
        levels = provisioned_levels(contract=contract, period=period)
        return count.evidence_set_digest == digest_of_levels(levels)
    start = count.look_back.get("start")
    looked_at = Period(date.fromisoformat(start), period.end) if start else period
    if count.evidence_set_digest != current_evidence(contract=contract, period=looked_at, zone=zone).digest:
        return False
    if not count.series and not count.look_back:
        return True
    return count.basis_digest == _digest_of_days(activity_coverage(contract=contract, period=looked_at, zone=zone))


def digest_of_levels(levels: Mapping[date, int]) -> str:
    """Return "sha256:..." of dated numbers of accounts."""
    return _digest_of({day.isoformat(): users for day, users in sorted(levels.items())})


def _digest_of_days(covered: Coverage) -> str:
    """Return "sha256:..." of the days that each instance owes, and those of them that it has not reported."""
    days = {
        one.instance.public_id: [[day.day.isoformat() for day in one.days], [day.isoformat() for day in one.missing]]
        for one in covered.instances
    }
    return _digest_of(days)


def _look_back(covered: Coverage, period: Period) -> dict[str, Any]:
    missing = {name: [day.isoformat() for day in days if day < period.start] for name, days in covered.missing.items()}
    return {
        "start": covered.period.start.isoformat(),
        "missing": {name: days for name, days in missing.items() if days},
    }


def _digest_of(document: Any) -> str:
    return f"sha256:{hashlib.sha256(rfc8785.dumps(document)).hexdigest()}"
