"""One invoice, draft or finalized, with its working; and the lists of invoices."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Prefetch, QuerySet

from billing.adjusting import adjustments_on
from billing.models import Adjustment, BillingPeriod, Invoice, InvoiceDocument, InvoiceEvent, TrueUp
from billing.queries.draft_before import PeriodBeside, periods_beside
from billing.shadow import ShadowView, shadow_view
from billing.snapshot import invoice_snapshot
from ground.actor import Actor


@dataclass(frozen=True, kw_only=True)
class InvoiceDetail:
    """An invoice as a document: what it says, and how its number came to be, down to the reports.

    `says` has the shape of the snapshot; that of a draft is what would be frozen today, without a number. `beside`
    is the billed period with the last three before it, newest first, for comparison. Events and
    adjustments are for the vendor only; the customer reads the lines of these.
    """

    invoice: Invoice
    says: Mapping[str, Any]
    periods: tuple[BillingPeriod, ...]
    beside: tuple[PeriodBeside, ...]
    documents: Mapping[str, InvoiceDocument]
    events: tuple[InvoiceEvent, ...]
    true_ups: tuple[TrueUp, ...]
    adjustments: tuple[Adjustment, ...] = ()
    shadow: ShadowView | None = None

    @property
    def counts(self) -> Mapping[str, Any]:
        """Provisioned, reported, active, billable and billed users: five numbers that never share a name."""
        counts: Mapping[str, Any] = self.says["counts"]
        return counts

    @property
    def evidence(self) -> list[Mapping[str, Any]]:
        """The reports behind the count: file, SHA-256, instance, grade, rows read, accepted and quarantined."""
        evidence: list[Mapping[str, Any]] = self.says["evidence"]
        return evidence


def invoices_for(*, actor: Actor) -> QuerySet[Invoice]:
    """The invoices the actor may see: drafts are for the vendor."""
    invoices = Invoice.objects.for_actor(actor).select_related("customer", "contract")
    return invoices if actor.is_vendor else invoices.filter(state=Invoice.State.FINALIZED)


def finalized_invoices(*, actor: Actor) -> QuerySet[Invoice]:
    """The finalized invoices the actor may see, the newest first, each with its documents."""
    return (
        Invoice.objects.for_actor(actor)
        .filter(state=Invoice.State.FINALIZED)
        .select_related("contract")
        .prefetch_related(Prefetch("documents", queryset=InvoiceDocument.objects.order_by("kind")))
        .order_by("-issue_date", "-sequence")
    )


def documents_of(*, invoice: Invoice) -> dict[str, InvoiceDocument]:
    """The stored documents of an invoice by kind; a PDF that is still being made is absent."""
    return {document.kind: document for document in invoice.documents.all()}


def document_of(*, actor: Actor, public_id: str, kind: str) -> InvoiceDocument:
    """One stored document of a finalized invoice. Raises InvoiceDocument.DoesNotExist, also for another customer's."""
    return (
        InvoiceDocument.objects.for_actor(actor)
        .select_related("invoice")
        .get(invoice__public_id=public_id, invoice__state=Invoice.State.FINALIZED, kind=kind)
    )


def invoice_detail(*, actor: Actor, public_id: str, today: date) -> InvoiceDetail:
    """Everything about one invoice. `today` dates the preview of a draft only.

    Raises Invoice.DoesNotExist, also for another customer's invoice and for a draft when a customer asks.
    """
    invoice = invoices_for(actor=actor).get(public_id=public_id)
    if not actor.is_vendor:
        return InvoiceDetail(
            invoice=invoice,
            says=invoice.frozen,
            periods=(),
            beside=(),
            documents=documents_of(invoice=invoice),
            events=(),
            true_ups=(),
        )
    periods = tuple(invoice.billing_periods.select_related("count", "contract_version").order_by("charge_key", "pk"))
    return InvoiceDetail(
        invoice=invoice,
        says=_says(invoice, today),
        periods=periods,
        beside=periods_beside(periods=periods),
        documents=documents_of(invoice=invoice),
        events=tuple(InvoiceEvent.objects.filter(invoice_public_id=invoice.public_id).order_by("pk")),
        true_ups=tuple(TrueUp.objects.filter(lines__invoice=invoice).select_related("billing_period").order_by("pk")),
        adjustments=tuple(adjustments_on(invoice)),
        shadow=shadow_view(invoice),
    )


def _says(invoice: Invoice, today: date) -> Mapping[str, Any]:
    if invoice.state == Invoice.State.FINALIZED:
        return invoice.frozen
    return invoice_snapshot(invoice=invoice, number="", issue_date=today, due_date=invoice.due_when_issued(today))
