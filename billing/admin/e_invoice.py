"""The desk's downloads of a finalized invoice as XML: Factur-X, XRechnung, Peppol."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from billing.admin.invoice import invoice_or_404
from billing.e_invoices import export_name, exported
from billing.einvoice import EInvoiceRefused
from billing.models import Invoice, InvoiceDocument


@require_GET
def export(request: HttpRequest, public_id: str, profile: str) -> HttpResponseBase:
    """Send the XML, or say on the invoice's page what is missing for it."""
    invoice = invoice_or_404(request, public_id)
    if invoice.state != Invoice.State.FINALIZED:
        raise Http404("A draft is no invoice yet: it has no e-invoice.")
    try:
        content = exported(invoice, profile)
    except EInvoiceRefused as refused:
        messages.error(request, str(refused))
        return redirect("desk:invoice", public_id)
    except (KeyError, InvoiceDocument.DoesNotExist) as missing:
        raise Http404("There is no such e-invoice, or it is still being made.") from missing
    return HttpResponse(
        content,
        content_type="application/xml",
        headers={"Content-Disposition": f'attachment; filename="{export_name(invoice, profile)}"'},
    )
