"""Take an adjustment off the draft of its period, with a reason."""

from datetime import datetime

from django.db import transaction

from billing.drafting import write_draft_again
from billing.history import record_event
from billing.locks import lock_contract, lock_invoice
from billing.models import Adjustment
from billing.operations.approve_adjustment import draft_of, lock_adjustment
from billing.operations.discard_draft import ReasonMissing
from billing.state_moves import ADJUSTMENT_MOVES, MoveRefused, require_move
from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point


def withdraw_adjustment(*, actor: Actor, adjustment: Adjustment, reason: str, now: datetime) -> Adjustment:
    """Withdraw an adjustment that is not billed, write its draft again without it, and return it.

    Who made it may take it back, and a second person may refuse it so; withdrawn again, nothing changes. It stays on
    record with both reasons. Raises NotAllowed, ReasonMissing, MoveRefused when it is on a finalized invoice.
    """
    actor.require_vendor("finance", "account_manager")
    if not reason.strip():
        raise ReasonMissing("Say why the adjustment is taken off.")
    with transaction.atomic(durable=True), acting(actor=actor, verb="withdraw_adjustment", reason=reason):
        lock_contract(adjustment.contract_id)
        row = lock_adjustment(adjustment.pk)
        if row.state == Adjustment.State.WITHDRAWN:
            return row
        if row.invoice is not None:
            raise MoveRefused(f"The adjustment is on invoice {row.invoice.number}; a credit note corrects it.")
        require_move(ADJUSTMENT_MOVES, before=row.state, after=Adjustment.State.WITHDRAWN, what="The adjustment")
        draft = draft_of(row)
        row.state = Adjustment.State.WITHDRAWN
        row.withdrawn_by, row.withdrawn_at, row.withdrawn_reason = actor.name, now, reason.strip()
        row.save()
        fault_point("adjust.before_lines")
        if draft is not None:
            draft = write_draft_again(lock_invoice(draft.pk), now=now)
            data = {"adjustment": row.public_id, "amount": str(row.amount), "net_amount": str(draft.net_amount)}
            record_event(
                invoice=draft, verb="adjustment withdrawn", actor=actor, at=now, reason=reason.strip(), data=data
            )
        fault_point("adjust.before_withdrawn")
    return row
