"""What became of sending documents: for the page of one, and for lists."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from billing.models import Delivery, Invoice, InvoiceDocument
from ground.actor import Actor
from licenses.models import BillingContact
from licenses.queries import billing_contacts_of


@dataclass(frozen=True, kw_only=True)
class Sending:
    """One finalized document and the mails with it, the newest first; `blocked` says why it cannot be sent now."""

    deliveries: list[Delivery]
    contacts: list[BillingContact]
    may_send: bool
    has_pdf: bool

    @property
    def last(self) -> Delivery | None:
        return self.deliveries[0] if self.deliveries else None

    @property
    def is_under_way(self) -> bool:
        return self.last is not None and self.last.state == Delivery.State.QUEUED

    @property
    def wants_reason(self) -> bool:
        """What was sent goes out again for a reason only."""
        return self.last is not None and self.last.state == Delivery.State.SENT


def sending_of(*, actor: Actor, invoice: Invoice) -> Sending:
    """Return where the sending of a document stands, for the vendor's people."""
    return Sending(
        deliveries=list(Delivery.objects.for_actor(actor).filter(invoice=invoice).order_by("-number")),
        contacts=list(billing_contacts_of(contract=invoice.contract)),
        may_send=actor.is_system or actor.vendor_role == "finance",
        has_pdf=invoice.documents.filter(kind=InvoiceDocument.Kind.PDF).exists(),
    )


def to_send(invoices: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Narrow invoices to finalized documents that neither went out nor are on their way."""
    gone = Delivery.objects.filter(invoice=OuterRef("pk"), state__in=(Delivery.State.QUEUED, Delivery.State.SENT))
    return invoices.filter(~Exists(gone), state=Invoice.State.FINALIZED)
