"""The history of an invoice: one row per thing that was done, never changed."""

from datetime import datetime
from typing import Any

from billing.models import Invoice, InvoiceEvent
from ground.actor import Actor


def event_of(
    *, invoice: Invoice, verb: str, actor: Actor, at: datetime, reason: str = "", data: dict[str, Any] | None = None
) -> InvoiceEvent:
    """Return who did what to an invoice, not stored yet."""
    return InvoiceEvent(
        invoice=invoice,
        invoice_public_id=invoice.public_id,
        customer_id=invoice.customer_id,
        contract_id=invoice.contract_id,
        verb=verb,
        actor_name=actor.name,
        reason=reason,
        data=data or {},
        at=at,
    )


def record_event(
    *, invoice: Invoice, verb: str, actor: Actor, at: datetime, reason: str = "", data: dict[str, Any] | None = None
) -> InvoiceEvent:
    """Write who did what to an invoice; in the transaction of the deed, so that neither stands without the other."""
    event = event_of(invoice=invoice, verb=verb, actor=actor, at=at, reason=reason, data=data)
    event.save(force_insert=True)
    return event
