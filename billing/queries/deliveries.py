"""What became of sending documents: for the page of one, and for lists."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Sum

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


@dataclass(frozen=True, kw_only=True)
class Unsent:
    """The finalized documents that never went out: how many, since when, and what they come to before tax.

    A credit note lowers the sum of its currency. `past_due` are the invoices among them whose day to be paid is over:
    what is paid is not known here, but nobody pays what nobody received. Of `in_vain` a mail failed.
    """

    documents: int
    oldest: date
    amounts: dict[str, Decimal]
    past_due: int
    in_vain: int


def unsent(*, actor: Actor, today: date) -> Unsent | None:
    """Say what is still to be sent to customers, for the vendor's people; None where nothing is."""
    actor.require_vendor()
    is_note = Q(kind=Invoice.Kind.CREDIT_NOTE)
    failed = Delivery.objects.filter(invoice=OuterRef("pk"), state=Delivery.State.FAILED)
    rows = list(
        to_send(Invoice.objects.for_actor(actor))
        .order_by("currency")
        .values("currency")
        .annotate(
            number_of=Count("pk"),
            oldest=Min("issue_date"),
            owed=Sum("net_amount", filter=~is_note, default=Decimal(0)),
            given_back=Sum("net_amount", filter=is_note, default=Decimal(0)),
            past_due=Count("pk", filter=~is_note & Q(due_date__lt=today)),
            in_vain=Count("pk", filter=Exists(failed)),
        )
    )
    if not rows:
        return None
    return Unsent(
        documents=sum(row["number_of"] for row in rows),
        oldest=min(row["oldest"] for row in rows),
        amounts={row["currency"]: row["owed"] - row["given_back"] for row in rows},
        past_due=sum(row["past_due"] for row in rows),
        in_vain=sum(row["in_vain"] for row in rows),
    )
