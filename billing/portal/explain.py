"""Explain this number, for the customer: a count, an invoice, and one person of a count."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from billing.evidence_list import counts_of
from billing.portal import people
from billing.portal.invoices import found_invoice
from licenses.portal.page import PortalRequest, page
from usage.models import ActiveUserCount
from usage.queries import verdicts_csv
from usage.queries.counts import counts_for


@require_safe
def count_explained(request: PortalRequest, count: int) -> HttpResponse:
    """Explain one count, whichever period or document it belongs to."""
    found = found_count(request, count)
    context = {**people.people_context(request, found), "title": "Who was counted"}
    return page(request, "portal/counted/counted.html", section="counted", contract=found.contract, context=context)


@require_safe
def count_csv(request: PortalRequest, count: int) -> HttpResponse:
    """Send the people of a count as a table."""
    return people.download(verdicts_csv(count=found_count(request, count)), "people.csv")


count_xlsx = count_csv


@require_safe
def count_person(request: PortalRequest, count: int, user_ref: str) -> HttpResponse:
    """Show one person of a count."""
    found_count(request, count)
    raise Http404("There is no such person in this count.")


@require_safe
def invoice_explained(request: PortalRequest, invoice: str) -> HttpResponse:
    """Explain the numbers of an invoice."""
    return people.invoice_people(request, invoice)


@require_safe
def invoice_person(request: PortalRequest, invoice: str, user_ref: str) -> HttpResponse:
    """Show one person of the counts of an invoice."""
    counts_of(found_invoice(request, invoice))
    raise Http404("There is no such person on this invoice.")


def found_count(request: PortalRequest, pk: int) -> ActiveUserCount:
    """Return the count. Raises Http404, also for another customer's."""
    found = counts_for(request.actor).filter(pk=pk).first()
    if found is None:
        raise Http404("This count does not exist.")
    return found
