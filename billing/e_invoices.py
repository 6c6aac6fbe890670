"""The e-invoice of a finalized invoice: written once from its snapshot, from then on the stored one.

The PDF carries it and the bundle holds it: whichever is made first stores it, so that both have the same bytes even
when a later version of the program would write others.
"""

from dataclasses import dataclass
from datetime import datetime

from billing.einvoice import EInvoiceRefused, cii_xml
from billing.models import Invoice, InvoiceDocument
from billing.stored_documents import keep_document
from ground.storage import open_stored

Kind = InvoiceDocument.Kind


@dataclass(frozen=True, kw_only=True)
class KeptEInvoice:
    """The XML, or why EN 16931 has none for this invoice: one of the two is empty."""

    xml: bytes = b""
    refusal: str = ""


def kept_e_invoice(*, invoice: Invoice, now: datetime, made_by: str) -> KeptEInvoice:
    """Return the stored e-invoice of a finalized invoice, written and stored now if there is none.

    `made_by` ("render", "bundle") names the fault points. Raises StoredFileDamaged, StoredFileMissing.
    """
    known = _stored(invoice)
    if known is None:
        try:
            written = cii_xml(invoice.frozen)
        except EInvoiceRefused as refused:
            return KeptEInvoice(refusal=str(refused))
        keep_document(invoice=invoice, kind=Kind.E_INVOICE, content=written, now=now, made_by=made_by)
        # Another worker may have stored the original meanwhile.
        known = invoice.documents.get(kind=Kind.E_INVOICE)
    with open_stored(known.storage_key, known.sha256) as file:
        return KeptEInvoice(xml=file.read())


def why_no_e_invoice(invoice: Invoice) -> str:
    """Return the sentence that says why EN 16931 has no e-invoice of a finalized invoice; empty where it has one."""
    if _stored(invoice) is not None:
        return ""
    try:
        cii_xml(invoice.frozen)
    except EInvoiceRefused as refused:
        return str(refused)
    return ""


def _stored(invoice: Invoice) -> InvoiceDocument | None:
    return invoice.documents.filter(kind=Kind.E_INVOICE).first()
