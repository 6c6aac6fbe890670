"""The customer's downloads of an invoice as XML: Factur-X, XRechnung, Peppol."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from billing.e_invoices import export_name, exported
from billing.einvoice import EInvoiceRefused
from billing.models import InvoiceDocument
from billing.portal.invoices import found_invoice
from licenses.portal.page import PortalRequest


@require_safe
def export(request: PortalRequest, invoice: str, profile: str) -> HttpResponse:
    """Send the XML of one of the customer's own invoices."""
    found = found_invoice(request, invoice)
    try:
        content = exported(found, profile)
    except (EInvoiceRefused, KeyError, InvoiceDocument.DoesNotExist) as missing:
        raise Http404("There is no such e-invoice of this invoice.") from missing
    return HttpResponse(
        content,
        content_type="application/xml",
        headers={"Content-Disposition": f'attachment; filename="{export_name(found, profile)}"'},
    )
