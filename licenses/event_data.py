"""What receivers of webhooks are told about contracts: identifiers, and what is granted, always in full."""

import hashlib
import json
from datetime import date, timedelta
from typing import Any

from licenses.models import Contract, ContractVersion, LicenseFile
from licenses.queries import terms_of
from licenses.ranges import period_of
from licenses.webhooks import Data, told_instant
from rollcall.signing.granted import entitlements_of
from rollcall.terms.contract import ContractTerms
from rollcall.terms.seats import SeatsMetric

# So many steps to come are told; a receiver hears of the rest when they are near.
MOST_STEPS = 24


def contract_data(contract: Contract) -> dict[str, Any]:
    """Return which contract and customer an event is about, for people and for programs."""
    return {
        "contract": {"id": contract.public_id, "number": contract.number, "product": contract.product_name},
        "customer": {"id": contract.customer.public_id, "number": contract.customer.number},
    }


def license_data(row: LicenseFile) -> Data:
    """Return the facts of a licence; the file itself is fetched, so that no copy of it lies in logs."""
    return {
        "license": row.public_id,
        "serial": row.serial,
        "digest": row.digest,
        "version": row.version.number,
        "not_before": told_instant(row.not_before),
        "expires": told_instant(row.expires),
        "because": str(row.because),
        **contract_data(row.contract),
    }


def entitlements_data(contract: Contract, *, today: date) -> dict[str, Any]:
    """Return all features and quantities of a contract: in force on a day, and step by step from then on.

    "in_force" is null before the first day and after the last.
    """
    steps = _steps(contract, today)
    begun = [step for step in steps if step["from"] <= today.isoformat()]
    to_come = [step for step in steps if step["from"] > today.isoformat()]
    return {
        **contract_data(contract),
        "in_force": begun[-1] if begun else None,
        "to_come": to_come[:MOST_STEPS],
    }


def digest_of(data: Data) -> str:
    """Return what tells one state from another."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:32]


def features_of(terms: ContractTerms, *, day: date) -> list[dict[str, Any]]:
    """Return every feature on a day of the term; "quantity" is null where no number is agreed."""
    return [
        {"feature": one.feature, "quantity": one.limit, "enforced": one.enforced}
        for one in entitlements_of(terms, day=day)
    ]


def _steps(contract: Contract, today: date) -> list[dict[str, Any]]:
    """Return the states of all versions that are not over, each from its first day."""
    steps: list[dict[str, Any]] = []
    for version in ContractVersion.objects.filter(contract=contract).order_by("active"):
        days = period_of(version.active)
        if days.end <= today:
            continue
        terms = terms_of(version)
        for day in _days_of_change(terms, days.start, days.end):
            features = features_of(terms, day=day)
            if not steps or steps[-1]["features"] != features or steps[-1]["version"] != version.number:
                steps.append({"from": day.isoformat(), "version": version.number, "features": features})
    return steps


def _days_of_change(terms: ContractTerms, start: date, end: date) -> list[date]:
    """Return the days of a version on which a quantity can change: those of its seats, and where they lapse."""
    seats = [metric for metric in terms.metrics.values() if isinstance(metric, SeatsMetric)]
    days = {one.start for metric in seats for one in metric.bought}
    if seats:
        days |= {period.start for period in terms.periods}
    last = end - timedelta(days=1)
    return sorted({start, *(day for day in days if start < day <= last)})
