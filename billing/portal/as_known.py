"""One invoice as it was sent, and what later documents and later counts made of it."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from billing.models import BillingPeriod, Invoice
from billing.portal.invoices import found_invoice
from billing.queries.as_known import corrected
from billing.queries.home import READABLE
from billing.settled_facts import current_count
from licenses.portal.page import Crumb, PortalRequest, page
from usage.models import ActiveUserCount


@dataclass(frozen=True, kw_only=True)
class CountedSince:
    """Whom a charge of an invoice was billed for, and whom the same count names now; None while that is counted."""

    charge_key: str
    then: ActiveUserCount
    last: ActiveUserCount | None


def counted_since(invoice: Invoice) -> list[CountedSince]:
    """Return both counts of each charge that counts something. The caller has scoped the invoice."""
    rows = BillingPeriod.objects.filter(invoice=invoice).only(*READABLE)
    found = []
    for row in rows.order_by("period", "-is_main", "charge_key"):
        if row.count_id is None:
            continue
        then = ActiveUserCount.objects.select_related("contract").get(pk=row.count_id)
        last = current_count(contract=then.contract, metric_digest=then.metric_digest, period=row.span, zone=then.zone)
        found.append(CountedSince(charge_key=row.charge_key, then=then, last=last))
    return found


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
            "counted": counted_since(found),
            "crumbs": [
                Crumb(words="Invoices", address=reverse("billing:invoices")),
                Crumb(words=found.number or "", address=reverse("billing:invoice", args=[found.public_id])),
                Crumb(words="Then and now"),
            ],
        },
    )
