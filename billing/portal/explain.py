"""Explain this number, for the customer: a count, an invoice, and one person of a count."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from billing.documents.bundle_words import file_stem
from billing.explain_page import HEADER, people_rows
from billing.explain_person import person_context
from billing.portal import people
from billing.portal.invoices import found_invoice
from billing.queries.explain import explain_count, explain_invoice
from ground import clock
from ground.presentation.table_file import csv_file
from licenses.portal.page import Crumb, PortalRequest, page, zone_of
from rollcall.period import civil_day
from usage.models import ActiveUserCount
from usage.operations.order_trace import NotAPerson, order_trace
from usage.queries.counts import counts_for


@require_safe
def count_explained(request: PortalRequest, count: int) -> HttpResponse:
    """Explain one count, whichever period or document it belongs to."""
    found = found_count(request, count)
    told = explain_count(actor=request.actor, count=found, today=civil_day(clock.now(), zone_of(found.contract)))
    crumbs = [Crumb(words="Who was counted", address=reverse("billing:counted")), Crumb(words="One count")]
    context = people.portal_context(request, told, of_bill=False) | {"crumbs": crumbs}
    return page(request, "portal/counted/counted.html", section="counted", contract=found.contract, context=context)


@require_safe
def count_csv(request: PortalRequest, count: int) -> HttpResponse:
    """Send the people of a count as the query filters them, as a table."""
    found = found_count(request, count)
    with csv_file(HEADER, people_rows(found, request.GET)) as file:
        return people.download(file.read(), f"{_name(found)}.csv")


@require_safe
def count_xlsx(request: PortalRequest, count: int) -> HttpResponse:
    """Send the same table as a spreadsheet."""
    found = found_count(request, count)
    return people.book(HEADER, people_rows(found, request.GET), f"{_name(found)}.xlsx")


@require_http_methods(["GET", "HEAD", "POST"])
def count_person(request: PortalRequest, count: int, user_ref: str) -> HttpResponse:
    """Show one person of a count, or have the lines of the files looked for."""
    address = reverse("billing:count_person", args=[count, user_ref])
    first = Crumb(words="Who was counted", address=reverse("billing:counted"))
    return _person(request, found_count(request, count), user_ref, address, [first])


@require_safe
def invoice_explained(request: PortalRequest, invoice: str) -> HttpResponse:
    """Explain the numbers of an invoice."""
    return people.invoice_people(request, invoice)


@require_http_methods(["GET", "HEAD", "POST"])
def invoice_person(request: PortalRequest, invoice: str, user_ref: str) -> HttpResponse:
    """Show one person of the charge of an invoice that the query names, or have the lines looked for."""
    found = found_invoice(request, invoice)
    told = explain_invoice(actor=request.actor, invoice=found, charge=request.GET.get("charge", ""))
    if told.count is None:
        raise Http404("This invoice has no list of people.")
    explained = reverse("billing:invoice_explained", args=[found.public_id])
    crumbs = [
        Crumb(words="Invoices", address=reverse("billing:invoices")),
        Crumb(words=found.number or "", address=reverse("billing:invoice", args=[found.public_id])),
        Crumb(words="Explain", address=explained),
    ]
    address = reverse("billing:invoice_person", args=[found.public_id, user_ref])
    return _person(request, told.count, user_ref, address, crumbs)


def found_count(request: PortalRequest, pk: int) -> ActiveUserCount:
    """Return the count. Raises Http404, also for another customer's."""
    found = counts_for(request.actor).filter(pk=pk).first()
    if found is None:
        raise Http404("This count does not exist.")
    return found


def _person(
    request: PortalRequest, count: ActiveUserCount, user_ref: str, address: str, crumbs: list[Crumb]
) -> HttpResponse:
    if not count.has_people:
        raise Http404("There is no list of people behind this number.")
    context = person_context(request.actor, count, user_ref, request.GET)
    if request.method == "POST":
        try:
            order_trace(actor=request.actor, count=count, user_ref=user_ref)
        except NotAPerson as refusal:
            messages.error(request, str(refusal))
        return redirect(f"{address}#lines")
    context |= {
        "address": address,
        "report_url": "usage:report",
        "crumbs": [*crumbs, Crumb(words=context["title"])],
    }
    return page(request, "portal/counted/person.html", section="counted", contract=count.contract, context=context)


def _name(count: ActiveUserCount) -> str:
    return f"{file_stem(count.contract.number)} {count.period.lower} people"
