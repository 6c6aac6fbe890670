"""Approve, as a second person, an adjustment above the vendor's limit."""

from datetime import datetime

from django.db import transaction

from billing.history import record_event
from billing.locks import lock_contract
from billing.models import Adjustment, Invoice
from billing.operations.approve_true_up import SamePerson
from billing.state_moves import ADJUSTMENT_MOVES, MoveRefused, require_move
from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point


def approve_adjustment(*, actor: Actor, adjustment: Adjustment, now: datetime) -> Adjustment:
    """Let an adjustment stand that waits for a second person, and return it; approved again, nothing changes.

    Raises NotAllowed, SamePerson, MoveRefused when nothing waits for an approval.
    """
    actor.require_vendor("finance", "account_manager")
    with transaction.atomic(durable=True), acting(actor=actor, verb="approve_adjustment"):
        lock_contract(adjustment.contract_id)
        row = lock_adjustment(adjustment.pk)
        if row.approved_at is not None and row.state == Adjustment.State.STANDS:
            return row
        if row.state != Adjustment.State.NEEDS_APPROVAL:
            raise MoveRefused(f"The adjustment {row.get_state_display()} already; nothing waits for an approval.")
        require_move(ADJUSTMENT_MOVES, before=row.state, after=Adjustment.State.STANDS, what="The adjustment")
        if actor.user_id is None:
            raise SamePerson(f"{actor.name} is not a person; an adjustment above the limit is approved by one.")
        if actor.user_id == row.made_by_account:
            raise SamePerson(f"{actor.name} made this adjustment; somebody else approves it.")
        row.state = Adjustment.State.STANDS
        row.approved_by, row.approved_by_account, row.approved_at = actor.name, actor.user_id, now
        row.save()
        draft = draft_of(row)
        if draft is not None:
            data = {"adjustment": row.public_id, "amount": str(row.amount)}
            record_event(invoice=draft, verb="adjustment approved", actor=actor, at=now, reason=row.reason, data=data)
        fault_point("adjust.before_approved")
    return row


def lock_adjustment(adjustment_id: int) -> Adjustment:
    """Lock one adjustment. The caller holds the lock of its contract already."""
    return Adjustment.objects.select_for_update(of=("self",)).select_related("contract").get(pk=adjustment_id)


def draft_of(row: Adjustment) -> Invoice | None:
    """Return the draft that carries an adjustment; None while its period has none."""
    line = row.lines.filter(invoice__state=Invoice.State.DRAFT).select_related("invoice").first()
    return line.invoice if line is not None else None
