"""One invoice as it was sent, and what later documents made of it."""

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from billing.portal.invoices import found_invoice
from billing.queries.as_known import corrected
from licenses.portal.page import Crumb, PortalRequest, page


@require_safe
def as_known(request: PortalRequest, invoice: str) -> HttpResponse:
    """Show a finalized invoice with the documents that corrected it."""
    found = found_invoice(request, invoice)
    return page(
        request,
        "portal/invoices/as_known.html",
        section="invoices",
        contract=found.contract,
        context={
            "invoice": found,
            "known": corrected(invoice=found),
            "crumbs": [
                Crumb(words="Invoices", address=reverse("billing:invoices")),
                Crumb(words=found.number or "", address=reverse("billing:invoice", args=[found.public_id])),
                Crumb(words="Then and now"),
            ],
        },
    )
