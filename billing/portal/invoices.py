"""The customer's invoices: the list, one invoice as a document with its working, and its PDF."""

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from billing.documents.bundle_words import file_stem
from billing.e_invoices import exports_of
from billing.models import Invoice, InvoiceDocument
from billing.queries import document_of, documents_of, finalized_invoices
from billing.queries.bundles import bundle_block
from ground.presentation import format
from ground.storage import open_stored
from licenses.portal.page import Crumb, PortalRequest, page
from licenses.queries import contracts_for

ON_A_PAGE = 24
ORDERS = {
    "number": ("series_id", "sequence"),
    "-number": ("-series_id", "-sequence"),
    "issued": ("issue_date", "sequence"),
    "-issued": ("-issue_date", "-sequence"),
    "total": ("gross_amount", "pk"),
    "-total": ("-gross_amount", "-pk"),
}


def found_invoice(request: PortalRequest, public_id: str) -> Invoice:
    """Return the finalized invoice of this public id. Raises Http404, also for another customer's and for a draft."""
    try:
        return finalized_invoices(actor=request.actor).get(public_id=public_id)
    except Invoice.DoesNotExist as error:
        raise Http404("This invoice does not exist.") from error


@require_safe
def invoices(request: PortalRequest) -> HttpResponse:
    """List the finalized invoices, the newest first."""
    found = finalized_invoices(actor=request.actor)
    has_invoices = found.exists()
    if text := request.GET.get("find", "").strip()[:100]:
        found = found.filter(number__icontains=text)
    order = request.GET.get("order", "")
    listed = Paginator(found.order_by(*ORDERS.get(order, ORDERS["-issued"])), ON_A_PAGE)
    shown = listed.get_page(request.GET.get("page"))
    first = contracts_for(request.actor).order_by("number").first()
    return page(
        request,
        "portal/invoices/invoices.html",
        section="invoices",
        contract=first,
        context={
            "page": shown,
            "pages": listed.get_elided_page_range(shown.number, on_each_side=1, on_ends=1),
            "has_invoices": has_invoices,
            "order": order if order in ORDERS else "-issued",
            "find": text,
        },
    )


@require_safe
def invoice(request: PortalRequest, invoice: str) -> HttpResponse:
    """Show one invoice as it was sent, with its numbers, its working and the reports behind it."""
    found = found_invoice(request, invoice)
    return page(
        request,
        "portal/invoices/invoice.html",
        section="invoices",
        contract=found.contract,
        context={
            "invoice": found,
            "says": found.snapshot,
            "finalized_words": f"finalized {format.day(found.issue_date)}" if found.issue_date else "finalized",
            **bundle_block(found),
            "exports": [export for export in exports_of(found) if not export.refusal],
            "pdf": documents_of(invoice=found).get(InvoiceDocument.Kind.PDF),
            "crumbs": [Crumb(words="Invoices", address=reverse("billing:invoices")), Crumb(words=found.number or "")],
        },
    )


@require_safe
def pdf(request: PortalRequest, invoice: str) -> FileResponse:
    """Send the stored PDF after its hash was checked: to be looked at, or with `?save` to be kept."""
    try:
        document = document_of(actor=request.actor, public_id=invoice, kind=InvoiceDocument.Kind.PDF)
    except InvoiceDocument.DoesNotExist as error:
        raise Http404("There is no such document, or it is still being made.") from error
    return FileResponse(
        open_stored(document.storage_key, document.sha256),
        as_attachment="save" in request.GET,
        filename=f"{file_stem(document.invoice.number)}.pdf",
        content_type="application/pdf",
    )
