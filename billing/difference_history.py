"""The history of a difference: one row per thing that happened, never changed."""

from datetime import datetime
from typing import Any

from billing.models import Difference, DifferenceEvent
from ground.actor import Actor


def record_difference_event(
    *,
    difference: Difference,
    verb: str,
    actor: Actor,
    at: datetime,
    reason: str = "",
    data: dict[str, Any] | None = None,
) -> DifferenceEvent:
    """Write what happened to a difference; in the transaction of the deed, so that neither stands without the other."""
    return DifferenceEvent.objects.create(
        difference=difference,
        customer_id=difference.customer_id,
        contract_id=difference.contract_id,
        verb=verb,
        actor_name=actor.name,
        reason=reason,
        data=data or {},
        at=at,
    )
