"""The history of an invoice: one row per thing that was done, never changed."""

from datetime import datetime
from typing import Any

from billing.models import Invoice, InvoiceEvent
from ground.actor import Actor


def record_event(
    *, invoice: Invoice, verb: str, actor: Actor, at: datetime, reason: str = "", data: dict[str, Any] | None = None
) -> InvoiceEvent:
    """Write who did what to an invoice; in the transaction of the deed, so that neither stands without the other."""
    return InvoiceEvent.objects.create(
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
