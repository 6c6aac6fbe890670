"""Render and store what belongs to a finalized invoice: the PDF and the list of who was counted, each once."""

from datetime import datetime

from django.db import transaction

from billing.documents import render_pdf
from billing.evidence_list import evidence_csv
from billing.models import Invoice, InvoiceDocument
from billing.state_moves import MoveRefused
from ground.faults import fault_point
from ground.storage import remove_stored, store_file

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
        _store(invoice, Kind.PDF, render_pdf(invoice.frozen), now)
    if Kind.EVIDENCE_CSV not in there:
        _store(invoice, Kind.EVIDENCE_CSV, evidence_csv(invoice), now)
    return list(invoice.documents.order_by("kind"))


def _store(invoice: Invoice, kind: str, content: bytes, now: datetime) -> None:
    """Put the file into the store, then its row; a file that lost the race against another worker is removed."""
    fault_point("render.before_store")
    stored = store_file(customer_id=invoice.customer_id, kind=f"invoice_{kind}", source=content)
    fault_point("render.after_store")
    row = InvoiceDocument(
        invoice=invoice,
        customer_id=invoice.customer_id,
        kind=kind,
        storage_key=stored.key,
        sha256=stored.sha256,
        size=stored.size,
        stored_at=now,
    )
    with transaction.atomic(durable=True):
        InvoiceDocument.objects.bulk_create([row], ignore_conflicts=True)
        fault_point("render.before_commit")
    fault_point("render.after_commit")
    if not InvoiceDocument.objects.filter(storage_key=stored.key).exists():
        remove_stored(stored.key)
