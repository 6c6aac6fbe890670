"""Discard a draft: its periods go back to `counted`, its history stays."""

from datetime import datetime

from django.db import transaction

from billing.drafting import delete_draft
from billing.history import record_event
from billing.locks import lock_contract, lock_invoice
from billing.models import BillingPeriod, Invoice
from billing.settling_documents import only_settles
from billing.state_moves import PERIOD_MOVES, MoveRefused, require_move
from ground.actor import Actor
from ground.audit import acting


class ReasonMissing(Exception):
    """A decision needs a reason that another person can understand later."""


def discard_draft(*, actor: Actor, invoice: Invoice, reason: str, now: datetime) -> bool:
    """Remove a draft and say why; False when it is gone already. Closing its period again drafts it anew.

    True-ups that were on it are free for the next draft. Raises NotAllowed, ReasonMissing, MoveRefused (finalized).
    """
    actor.require_vendor("finance", "account_manager")
    if not reason.strip():
        raise ReasonMissing("Say why the draft is discarded.")
    with transaction.atomic(durable=True), acting(actor=actor, verb="discard_draft", reason=reason):
        lock_contract(invoice.contract_id)
        if not Invoice.objects.filter(pk=invoice.pk).exists():
            return False
        draft = lock_invoice(invoice.pk)
        if draft.state != Invoice.State.DRAFT:
            raise MoveRefused(f"Invoice {draft.number} is finalized; it is corrected by another document.")
        if only_settles(draft):
            raise MoveRefused("This draft settles a true-up that is decided, and a decision stands. Finalize it.")
        for period in BillingPeriod.objects.select_for_update().filter(invoice=draft).order_by("pk"):
            require_move(PERIOD_MOVES, before=period.state, after=BillingPeriod.State.COUNTED, what=period)
            period.state, period.invoice, period.state_changed_at = BillingPeriod.State.COUNTED, None, now
            period.save()
        record_event(
            invoice=draft,
            verb="discarded",
            actor=actor,
            at=now,
            reason=reason.strip(),
            data={"net_amount": str(draft.net_amount)},
        )
        delete_draft(draft)
    return True
