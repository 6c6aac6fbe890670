"""The bundle of an invoice in the portal: the stored one, the vendor's public key, and a copy with names."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from billing.documents.bundle_words import KEY_FILE, bundle_file, file_stem
from billing.models import Invoice, InvoiceDocument
from billing.operations.order_download import NoNames, order_download
from billing.portal.invoices import found_invoice
from billing.queries import document_of
from billing.queries.bundles import bundle_block, public_key_of
from ground.storage import open_stored
from licenses.portal.page import PortalRequest
from rollcall.signing import public_file


@require_safe
def bundle(request: PortalRequest, invoice: str) -> FileResponse:
    """Send the stored bundle after its hash was checked."""
    try:
        document = document_of(actor=request.actor, public_id=invoice, kind=InvoiceDocument.Kind.BUNDLE)
    except InvoiceDocument.DoesNotExist as error:
        raise Http404("There is no such bundle, or it is still being made.") from error
    return _zip(document.storage_key, document.sha256, bundle_file(document.invoice.number))


@require_safe
def bundle_work(request: PortalRequest, invoice: str) -> HttpResponse:
    """Answer the page's question how far the bundle, or the copy with names, is."""
    return render(request, "portal/invoices/recompute.html", bundle_block(found_invoice(request, invoice)))


@require_POST
def order_names(request: PortalRequest, invoice: str) -> HttpResponse:
    """Have a copy with names packed."""
    found = found_invoice(request, invoice)
    try:
        order_download(actor=request.actor, invoice=found)
    except NoNames as refusal:
        messages.error(request, str(refusal))
    return redirect(_block(found))


@require_safe
def bundle_with_names(request: PortalRequest, invoice: str) -> HttpResponseBase:
    """Send the packed copy, but none that was packed before names were erased; without one the page says what to do."""
    found = found_invoice(request, invoice)
    packed = bundle_block(found)["packed"]
    if packed is None:
        return redirect(_block(found))
    name = f"{file_stem(found.number)}-with-names.zip"
    return _zip(packed.result["key"], packed.result["sha256"], name)


@require_safe
def vendor_key(request: PortalRequest, invoice: str) -> HttpResponse:
    """Send the public key whose fingerprint stands on the invoice."""
    key = public_key_of(found_invoice(request, invoice))
    if key is None:
        raise Http404("This invoice names no key.")
    return HttpResponse(
        public_file(bytes(key.public_key)),
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{KEY_FILE}"'},
    )


def _block(invoice: Invoice) -> str:
    return f"{reverse('billing:invoice', args=[invoice.public_id])}#recompute"


def _zip(key: str, sha256: str, name: str) -> FileResponse:
    return FileResponse(open_stored(key, sha256), as_attachment=True, filename=name, content_type="application/zip")
