"""Announce a document that was finalized, and the periods that it closed."""

from billing.event_data import invoice_data, period_data
from billing.models import BillingPeriod, Invoice
from ground.models import Job
from ground.operations import enqueue_job
from licenses.models import EventKind
from licenses.operations.announce import announce
from licenses.webhooks import destinations_for

ANNOUNCE = "billing.announce_invoice"
KINDS = {
    Invoice.Kind.INVOICE: EventKind.INVOICE_FINALIZED,
    Invoice.Kind.CREDIT_NOTE: EventKind.CREDIT_NOTE_FINALIZED,
}


def announce_invoice(*, invoice: Invoice) -> None:
    """Write down the events of a finalized document, each once, whoever asks how often."""
    assert invoice.finalized_at is not None
    announce(
        kind=KINDS[Invoice.Kind(invoice.kind)],
        key=invoice.public_id,
        data=lambda: invoice_data(invoice),
        customer_id=invoice.customer_id,
        now=invoice.finalized_at,
    )
    for period in BillingPeriod.objects.filter(invoice=invoice).select_related("count").order_by("pk"):
        _closed(period, invoice)


def ask_to_announce(invoice: Invoice) -> Job | None:
    """Ask, in the transaction that finalizes it, for a document to be announced; None where nobody wants to hear.

    A job, because the number is drawn as the last step of that transaction and nothing comes after it.
    """
    wanted = (KINDS[Invoice.Kind(invoice.kind)], EventKind.PERIOD_CLOSED)
    if not any(destinations_for(kind=kind, customer_id=invoice.customer_id).exists() for kind in wanted):
        return None
    return enqueue_job(
        key=f"{ANNOUNCE}:{invoice.public_id}",
        kind=ANNOUNCE,
        args={"invoice_id": invoice.pk},
        customer_id=invoice.customer_id,
    )


def _closed(period: BillingPeriod, invoice: Invoice) -> None:
    assert invoice.finalized_at is not None
    announce(
        kind=EventKind.PERIOD_CLOSED,
        key=f"{invoice.public_id}:{period.pk}",
        data=lambda: period_data(period, invoice),
        customer_id=invoice.customer_id,
        now=invoice.finalized_at,
    )
