"""Approve, as a second person, what another decided about a true-up above the contract's limit."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from billing.decision_effects import take_effect
from billing.locks import lock_contract, lock_true_up
from billing.models import TrueUp
from billing.settling_documents import require_held
from billing.state_moves import TRUE_UP_MOVES, MoveRefused, require_move
from billing.true_up_record import decision_of, record, write_decision
from ground.actor import Actor, NotAllowed
from ground.audit import acting
from ground.faults import fault_point

State = TrueUp.State


class SamePerson(NotAllowed):
    """Who decided a true-up cannot approve it, and a process of our own is not a person."""


def approve_true_up(*, actor: Actor, true_up: TrueUp, now: datetime) -> TrueUp:
    """Make a decision final that waits for a second person, and return the row; approved again, nothing changes.

    Raises NotAllowed, SamePerson, MoreThanHeld, MoveRefused when nothing waits for an approval.
    """
    actor.require_vendor("finance", "account_manager")
    with transaction.atomic(durable=True), acting(actor=actor, verb="approve_true_up"):
        contract = lock_contract(true_up.contract_id)
        row = lock_true_up(true_up.pk)
        if row.approved_at is not None:
            return row
        wanted = State.ACCEPTED if row.settle else State.WAIVED
        require_waiting(row, wanted)
        require_another(actor, row)
        if row.settle == TrueUp.Settle.CREDIT_NOTE and row.billing_period.invoice and row.settled_amount:
            require_held(invoice=row.billing_period.invoice, amount=-row.settled_amount)
        decision = replace(
            decision_of(row),
            state=wanted.value,
            approved_by=actor.name,
            approved_by_account=actor.user_id,
            approved_at=now,
        )
        write_decision(row, decision)
        row.save()
        record(true_up=row, verb="approved", actor=actor, at=now)
        fault_point("true_up.before_effects")
        take_effect(true_up=row, contract=contract, actor=actor, now=now)
        fault_point("true_up.before_approved")
    return row


def require_waiting(row: TrueUp, wanted: TrueUp.State) -> None:
    """Raise MoveRefused unless the row waits for an approval."""
    if row.state != State.NEEDS_APPROVAL:
        raise MoveRefused(f"The true-up is {row.get_state_display()}; no decision about it waits for an approval.")
    require_move(TRUE_UP_MOVES, before=row.state, after=wanted, what="The true-up")


def require_another(actor: Actor, row: TrueUp) -> None:
    """Raise SamePerson unless the actor is a person other than the one who decided."""
    if actor.user_id is None:
        raise SamePerson(f"{actor.name} is not a person; a decision above the limit is approved by one.")
    if actor.user_id == row.decided_by_account:
        raise SamePerson(f"{actor.name} decided this true-up; somebody else approves it.")
