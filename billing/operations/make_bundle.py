"""Make and store the evidence bundle of a finalized invoice, once."""

from collections.abc import Callable
from datetime import datetime

from billing.bundle.contents import bundle_contents
from billing.e_invoices import kept_e_invoice
from billing.models import Invoice, InvoiceDocument
from billing.state_moves import MoveRefused
from billing.stored_documents import keep_document
from licenses.vendor_signing import signing_key_of
from rollcall.evidence import write_bundle
from usage.files import working_folder

Kind = InvoiceDocument.Kind
Progress = Callable[[int, int | None, str], None]
STEPS = 4


def quiet(done: int, total: int | None = None, words: str = "") -> None:
    """Tell nobody how far it is."""


def make_bundle(*, invoice_id: int, now: datetime, progress: Progress = quiet) -> InvoiceDocument:
    """Return the stored bundle of a finalized invoice, made now if there is none.

    It is signed with the key whose fingerprint stands on the invoice. The first stored bundle is the original: run
    again, or twice at once, nothing is made or stored anew. No transaction may be open: it takes long.
    Raises MoveRefused for a draft; NamesErased, CountFailed, EvidenceDiffers, MetricUnknown, StoredFileDamaged,
    StoredFileMissing for evidence that is not there any more; NotOpened for a key that cannot sign.
    """
    invoice = Invoice.objects.select_related("contract", "customer__legal_entity").get(pk=invoice_id)
    if invoice.state != Invoice.State.FINALIZED:
        raise MoveRefused(f"The {invoice} is not finalized; a draft has no bundle.")
    known = _stored(invoice)
    if known is not None:
        return known
    progress(0, STEPS, f"{invoice.number}: opening the key")
    key = signing_key_of(legal_entity=invoice.customer.legal_entity, fingerprint=_fingerprint(invoice))
    with working_folder() as folder:
        progress(1, STEPS, f"{invoice.number}: writing down the evidence")
        e_invoice = kept_e_invoice(invoice=invoice, now=now, made_by="bundle")
        contents = bundle_contents(invoice=invoice, e_invoice=e_invoice, folder=folder)
        progress(2, STEPS, f"{invoice.number}: packing and signing")
        path = folder / "bundle.zip"
        write_bundle(contents, path, sign=key)
        progress(3, STEPS, f"{invoice.number}: storing")
        keep_document(invoice=invoice, kind=Kind.BUNDLE, content=path, now=now, made_by="bundle")
    return invoice.documents.get(kind=Kind.BUNDLE)


def _stored(invoice: Invoice) -> InvoiceDocument | None:
    return invoice.documents.filter(kind=Kind.BUNDLE).first()


def _fingerprint(invoice: Invoice) -> str:
    """The key that the invoice names; empty for an invoice that was finalized before there were keys."""
    return str(invoice.frozen.get("signing", {}).get("fingerprint", ""))
