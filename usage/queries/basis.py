"""What a count rests on, whatever its metric: evidence of activity, or daily counts."""

from licenses.models import Contract
from rollcall.period import Period
from usage.models import ActiveUserCount
from usage.queries.evidence import current_evidence
from usage.queries.reported import reported_days


def is_current(*, count: ActiveUserCount, contract: Contract, period: Period, zone: str) -> bool:
    """Return whether a count was made from exactly what counts now for its metric."""
    if count.is_reported:
        return count.evidence_set_digest == reported_days(contract=contract, period=period, zone=zone).digest
    return count.evidence_set_digest == current_evidence(contract=contract, period=period, zone=zone).digest
