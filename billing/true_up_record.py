"""The record of what was decided about true-ups, and the state that the record alone gives.

Owns: the events and their replay. Does not own: the decisions (`operations.decide_true_up` and its neighbours).
Invariant: the events of a true-up, replayed in their order, give the decision that stands on its row.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from billing.models import TrueUp, TrueUpEvent
from ground.actor import Actor
from rollcall.money import shortest

State = TrueUp.State


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What people decided about one true-up: everything on its row that a decision writes."""

    state: str = State.PROPOSED.value
    settled_amount: Decimal | None = None
    settle: str = ""
    reason: str = ""
    adjustment_reason: str = ""
    decided_by: str = ""
    decided_by_account: int | None = None
    decided_at: datetime | None = None
    approved_by: str = ""
    approved_by_account: int | None = None
    approved_at: datetime | None = None


class RecordBroken(ValueError):
    """The events of a true-up do not follow each other."""


def record(
    *, true_up: TrueUp, verb: str, actor: Actor, at: datetime, reason: str = "", data: dict[str, Any] | None = None
) -> TrueUpEvent:
    """Write who did what to a true-up; in the transaction of the deed, so that neither stands without the other."""
    return TrueUpEvent.objects.create(
        true_up=true_up,
        customer_id=true_up.customer_id,
        contract_id=true_up.contract_id,
        verb=verb,
        actor_name=actor.name,
        actor_account=actor.user_id,
        reason=reason,
        data=data or {},
        at=at,
    )


def record_decision(*, true_up: TrueUp, actor: Actor, at: datetime) -> TrueUpEvent:
    """Write the decision that stands on the row."""
    amount = true_up.settled_amount or Decimal(0)
    data = {
        "state": str(true_up.state),
        "settle": str(true_up.settle),
        "settled_amount": shortest(amount),
        "adjustment_reason": true_up.adjustment_reason,
    }
    return record(true_up=true_up, verb="decided", actor=actor, at=at, reason=true_up.reason, data=data)


def decision_of(true_up: TrueUp) -> Decision:
    """Return the decision that stands on the row."""
    stands = {name: getattr(true_up, name) for name in Decision.__dataclass_fields__}
    return Decision(**stands | {"state": str(true_up.state), "settle": str(true_up.settle)})


def write_decision(true_up: TrueUp, decision: Decision) -> None:
    """Put a decision on a locked row; not saved yet."""
    for name in Decision.__dataclass_fields__:
        setattr(true_up, name, getattr(decision, name))


def replay(events: Iterable[TrueUpEvent]) -> Decision:
    """Return the decision to which the events of one true-up come, in their order. Raises RecordBroken."""
    stands: Decision | None = None
    for event in events:
        stands = _after(stands, event)
    if stands is None:
        raise RecordBroken("No event says that it was proposed.")
    return stands


def _after(stands: Decision | None, event: TrueUpEvent) -> Decision:
    if stands is None:
        if event.verb != "proposed":
            raise RecordBroken(f"Its first event is {event.verb}, not that it was proposed.")
        return Decision()
    waits = {"decided": State.PROPOSED, "approved": State.NEEDS_APPROVAL, "sent_back": State.NEEDS_APPROVAL}
    is_open = stands.state in (State.PROPOSED, State.NEEDS_APPROVAL)
    if not is_open or stands.state != waits.get(event.verb, stands.state):
        raise RecordBroken(f"It is {stands.state}, and then it was {event.verb}.")
    if event.verb == "decided":
        return Decision(
            state=event.data["state"],
            settled_amount=Decimal(event.data["settled_amount"]),
            settle=event.data["settle"],
            reason=event.reason,
            adjustment_reason=event.data["adjustment_reason"],
            decided_by=event.actor_name,
            decided_by_account=event.actor_account,
            decided_at=event.at,
        )
    if event.verb == "approved":
        return replace(
            stands,
            state=State.ACCEPTED.value if stands.settle else State.WAIVED.value,
            approved_by=event.actor_name,
            approved_by_account=event.actor_account,
            approved_at=event.at,
        )
    if event.verb == "sent_back":
        return Decision()
    if event.verb == "superseded":
        return Decision(state=State.SUPERSEDED.value)
    raise RecordBroken(f"Nothing is known of the event {event.verb!r}.")
