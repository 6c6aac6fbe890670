"""Explain this number, for the vendor: a billing period, a count, an invoice, and one person of a count."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from billing.admin.invoice import invoice_or_404
from billing.admin.period import period_or_404
from billing.explain_page import HEADER, explained_context, people_rows
from billing.explain_person import person_context
from billing.queries.explain import Explained, explain_count, explain_invoice, explain_period
from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of
from ground.presentation.table_book import xlsx_file
from ground.presentation.table_file import csv_file
from usage.models import ActiveUserCount
from usage.operations.order_trace import NotAPerson, order_trace
from usage.queries.counts import counts_for

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
def number(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Explain the numbers of one billing period."""
    row = period_or_404(request, pk)
    return _page(request, explain_period(actor=actor_of(request), period=row, today=clock.today(row.zone)))


@require_GET
def invoice_explained(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Explain the numbers of an invoice: its main charge, or the one that the query names."""
    invoice = invoice_or_404(request, public_id)
    charge = request.GET.get("charge", "")
    return _page(request, explain_invoice(actor=actor_of(request), invoice=invoice, charge=charge))


@require_GET
def count_explained(request: HttpRequest, count: int) -> HttpResponseBase:
    """Explain one count, also one that no period stands on."""
    found = count_or_404(request, count)
    return _page(request, explain_count(actor=actor_of(request), count=found, today=clock.today(found.zone)))


@require_GET
def count_csv(request: HttpRequest, count: int) -> HttpResponseBase:
    """Send the people of a count as the query filters them, as a table."""
    found = count_or_404(request, count)
    with csv_file(HEADER, people_rows(found, request.GET)) as file:
        return _sent(file.read(), found, "text/csv; charset=utf-8", "csv")


@require_GET
def count_xlsx(request: HttpRequest, count: int) -> HttpResponseBase:
    """Send the same table as a spreadsheet."""
    found = count_or_404(request, count)
    with xlsx_file(HEADER, people_rows(found, request.GET)) as file:
        return _sent(file.read(), found, XLSX, "xlsx")


@require_http_methods(["GET", "POST"])
def count_person(request: HttpRequest, count: int, user_ref: str) -> HttpResponseBase:
    """Show one person of a count, or have the lines of the files looked for."""
    found = count_or_404(request, count)
    if not found.has_people:
        raise Http404("There is no list of people behind this number.")
    address = reverse("desk:count_person", args=[count, user_ref])
    context = person_context(actor_of(request), found, user_ref, request.GET)
    if request.method == "POST":
        try:
            order_trace(actor=actor_of(request), count=found, user_ref=user_ref)
        except NotAPerson as refusal:
            messages.error(request, str(refusal))
        return redirect(f"{address}#lines")
    context |= {
        "address": address,
        "report_url": "desk_usage:quarantine",
        "crumbs": _crumbs([(f"{found.contract.number}", reverse("desk:count_explained", args=[count]))]),
    }
    return desk_page(request, "desk/person.html", context, title=context["title"])


def count_or_404(request: HttpRequest, pk: int) -> ActiveUserCount:
    """Return the count with its contract."""
    found = counts_for(actor_of(request)).filter(pk=pk).first()
    if found is None:
        raise Http404("There is no such count.")
    return found


def _page(request: HttpRequest, told: Explained) -> HttpResponseBase:
    invoice, count = told.invoice, told.count
    context: dict[str, Any] = explained_context(told, request.GET, of_bill=invoice is not None) | {
        "invoice": invoice,
        "row": told.billing_period,
        "report_url": "desk_usage:quarantine",
        "quarantine_url": "desk_usage:quarantine",
        "contract_address": reverse("desk:contract", args=[told.contract.public_id]),
        "coverage_address": reverse("desk:contract", args=[told.contract.public_id]),
        "kept": [("charge", told.charge_key)] if len(told.charges) > 1 else [],
    }
    above = []
    if invoice is not None:
        address = reverse("desk:invoice", args=[invoice.public_id])
        above = [(invoice.number or "Draft", address)]
        context["bundle_address"] = reverse("desk:document", args=[invoice.public_id, "bundle"])
    elif told.billing_period is not None:
        above = [(told.period.words(), reverse("desk:period", args=[told.billing_period.pk]))]
    if count is not None and count.has_people:
        context |= {
            "people_base": reverse("desk:count_explained", args=[count.pk]) + "people/",
            "csv": reverse("desk:count_csv", args=[count.pk]),
            "xlsx": reverse("desk:count_xlsx", args=[count.pk]),
        }
    context["crumbs"] = _crumbs(above)
    return desk_page(request, "desk/number.html", context, title=f"{context['title']} {told.contract.number}")


def _crumbs(places: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [("Desk", reverse("desk:today")), *places]


def _sent(content: bytes, count: ActiveUserCount, content_type: str, ending: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    name = f"{count.contract.number} {count.period.lower} people.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
