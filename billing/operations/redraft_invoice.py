"""Compute a draft again from the facts as they are now; nobody edits one."""

from datetime import date, datetime

from billing.models import Invoice
from billing.operations.close_period import Closing, close_period
from billing.settling_documents import is_by_hand, only_settles
from billing.state_moves import MoveRefused
from ground.actor import Actor
from licenses.ranges import period_of


def redraft_invoice(*, actor: Actor, invoice: Invoice, now: datetime, today: date) -> Closing:
    """Count, rate and draft the period of this draft again. The row keeps its address; lines are replaced.

    When the facts no longer allow a bill, the draft is discarded and its period held with the reason.
    Raises what `close_period` raises, and MoveRefused for a finalized invoice.
    """
    actor.require_vendor("finance", "account_manager")
    if invoice.state == Invoice.State.FINALIZED:
        raise MoveRefused(f"Invoice {invoice.number} is finalized; late facts become a true-up.")
    if is_by_hand(invoice):
        raise MoveRefused("This draft gives back what a person decided; discard it to decide otherwise.")
    if only_settles(invoice):
        raise MoveRefused("This draft settles a true-up that is decided; there is nothing to compute again.")
    return close_period(actor=actor, contract=invoice.contract, period=period_of(invoice.period), now=now, today=today)
