"""Render and store what belongs to a finalized invoice: the e-invoice, the PDF that carries it, and the list of who was
counted, each once."""

from datetime import datetime

from billing.annex import annex_csv, annex_sections
from billing.branding import logo_of
from billing.documents import Enclosed, render_pdf
from billing.e_invoices import kept_e_invoice
from billing.evidence_list import evidence_csv
from billing.models import Invoice, InvoiceDocument
from billing.state_moves import MoveRefused
from billing.stored_documents import keep_document

Kind = InvoiceDocument.Kind


def render_document(*, invoice_id: int, now: datetime) -> list[InvoiceDocument]:
    """Store the documents that are missing, and return all of them.

    The first stored rendering is the original: run again, or twice at once, nothing is rendered or stored anew.
    Raises MoveRefused for a draft, billing.documents.RenderFailed.
    """
    invoice = Invoice.objects.get(pk=invoice_id)
    if invoice.state != Invoice.State.FINALIZED:
        raise MoveRefused(f"The {invoice} is not finalized; a draft has no documents.")
    there = set(invoice.documents.values_list("kind", flat=True))
    if Kind.PDF not in there:
        enclosed = Enclosed(
            e_invoice=kept_e_invoice(invoice=invoice, now=now, made_by="render").xml,
            logo=logo_of(invoice.frozen),
            annex=annex_sections(invoice),
            users_csv=annex_csv(invoice),
        )
        pdf = render_pdf(invoice.frozen, enclosed=enclosed)
        keep_document(invoice=invoice, kind=Kind.PDF, content=pdf, now=now, made_by="render")
    if Kind.EVIDENCE_CSV not in there:
        listed = evidence_csv(invoice)
        keep_document(invoice=invoice, kind=Kind.EVIDENCE_CSV, content=listed, now=now, made_by="render")
    return list(invoice.documents.order_by("kind"))
