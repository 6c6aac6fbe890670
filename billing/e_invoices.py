"""The e-invoice of a finalized invoice: written once from its snapshot, from then on the stored one; and its exports.

The PDF carries it and the bundle holds it: whichever is made first stores it, so that both have the same bytes even
when a later version of the program would write others. Exports in other profiles are written from the frozen snapshot
whenever somebody asks.
"""

from dataclasses import dataclass
from datetime import datetime

from billing.documents.bundle_words import file_stem
from billing.einvoice import PROFILES, EInvoiceRefused, cii_xml, ubl_xml
from billing.models import Invoice, InvoiceDocument
from billing.stored_documents import keep_document
from ground.storage import open_stored

Kind = InvoiceDocument.Kind
# The export that is stored: CII, the same file that the PDF carries.
FACTUR_X = "factur-x"


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


@dataclass(frozen=True, kw_only=True)
class Export:
    """One way in which an invoice is given to a program. `refusal` says why there is none; empty where there is."""

    key: str
    title: str
    refusal: str = ""


def exports_of(invoice: Invoice) -> list[Export]:
    """Return every export of a finalized invoice, with the reason where it has none; nothing for a draft."""
    if invoice.state != Invoice.State.FINALIZED:
        return []
    titles = {FACTUR_X: "Factur-X / ZUGFeRD"} | {key: profile.title for key, profile in PROFILES.items()}
    return [Export(key=key, title=title, refusal=_refusal(invoice, key)) for key, title in titles.items()]


def exported(invoice: Invoice, key: str) -> bytes:
    """Return the XML of an export of a finalized invoice: the stored one, or a profile's.

    Raises EInvoiceRefused with the sentence why there is none, KeyError for an unknown profile,
    InvoiceDocument.DoesNotExist while the stored one is still being made.
    """
    if key != FACTUR_X:
        return ubl_xml(invoice.frozen, PROFILES[key])
    known = _stored(invoice)
    if known is None:
        if words := why_no_e_invoice(invoice):
            raise EInvoiceRefused(words)
        raise InvoiceDocument.DoesNotExist(f"The e-invoice of {invoice} is still being made.")
    with open_stored(known.storage_key, known.sha256) as file:
        return file.read()


def export_name(invoice: Invoice, key: str) -> str:
    """Return the name under which an export is downloaded."""
    return f"{file_stem(invoice.number)}-{key}.xml"


def _refusal(invoice: Invoice, key: str) -> str:
    try:
        exported(invoice, key)
    except EInvoiceRefused as refused:
        return str(refused)
    except InvoiceDocument.DoesNotExist:
        return "It is still being made."
    return ""


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
