"""Send back, as a second person, a decision about a true-up that is not approved, so that it is decided anew."""

from datetime import datetime

from django.db import transaction

from billing.locks import lock_contract, lock_true_up
from billing.models import TrueUp
from billing.operations.approve_true_up import require_another, require_waiting
from billing.operations.discard_draft import ReasonMissing
from billing.true_up_record import Decision, record, write_decision
from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point

SHORTEST_REASON = 20


def send_back_true_up(*, actor: Actor, true_up: TrueUp, reason: str, now: datetime) -> TrueUp:
    """Let a true-up wait for a decision again, with the reason in its record; sent back already, nothing changes.

    Raises NotAllowed, SamePerson, ReasonMissing, MoveRefused when no decision waits for an approval.
    """
    actor.require_vendor("finance", "account_manager")
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReasonMissing(f"Say in at least {SHORTEST_REASON} characters what should be decided otherwise.")
    with transaction.atomic(durable=True), acting(actor=actor, verb="send_back_true_up", reason=reason):
        lock_contract(true_up.contract_id)
        row = lock_true_up(true_up.pk)
        if row.state == TrueUp.State.PROPOSED:
            return row
        require_waiting(row, TrueUp.State.PROPOSED)
        require_another(actor, row)
        write_decision(row, Decision())
        row.save()
        record(true_up=row, verb="sent_back", actor=actor, at=now, reason=reason.strip())
        fault_point("true_up.before_sent_back")
    return row
