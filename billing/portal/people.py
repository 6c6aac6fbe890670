"""Who was counted: the list behind a number, of a period or of an invoice."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from billing.documents.bundle_words import file_stem
from billing.evidence_list import evidence_csv_with_names, evidence_rows_with_names
from billing.explain_page import explained_context
from billing.models import BillingPeriod
from billing.portal.invoices import found_invoice
from billing.portal.reported import reported_context, reported_csv
from billing.queries.explain import Explained, explain_invoice, explain_period
from billing.queries.home import READABLE
from ground import clock
from ground.actor import Actor
from ground.presentation.table_book import xlsx_file
from ground.presentation.table_file import Cell
from licenses.models import Contract
from licenses.portal.page import Crumb, PortalRequest, chosen_contract, page, zone_of
from rollcall.period import civil_day
from usage.models import ActiveUserCount
from usage.queries import verdicts_csv

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def counted(request: PortalRequest) -> HttpResponse:
    """Explain the number of a period: the one that the query names by its first day, else the latest."""
    contract, contracts = chosen_contract(request)
    periods = counted_periods(request.actor, contract) if contract else []
    first_day = _first_day(request)
    row = _chosen_period(periods, first_day, request)
    context: dict[str, Any] = {"contracts": contracts, "first_day": first_day}
    if contract is not None and row is not None:
        told = explain_period(actor=request.actor, period=row, today=civil_day(clock.now(), zone_of(contract)))
        context |= portal_context(request, told, of_bill=False) | {
            "row": row,
            "periods": [one for one in periods if one.charge_key == row.charge_key],
            "kept": [("contract", contract.public_id), ("charge", row.charge_key)],
        }
    return page(request, "portal/counted/counted.html", section="counted", contract=contract, context=context)


@require_safe
def counted_csv(request: PortalRequest) -> HttpResponse:
    """Send the list of a period as a table whose cells no spreadsheet computes."""
    contract, _ = chosen_contract(request)
    periods = counted_periods(request.actor, contract) if contract else []
    row = _chosen_period(periods, _first_day(request), request)
    if row is None or row.count is None:
        raise Http404("Nothing was counted for this period.")
    return download(people_csv(row.count), f"{file_stem(row.contract.number)} {row.span.start} people.csv")


@require_safe
def invoice_people(request: PortalRequest, invoice: str) -> HttpResponse:
    """Explain the number of an invoice, as it was counted then; `charge` names one of several."""
    found = found_invoice(request, invoice)
    told = explain_invoice(actor=request.actor, invoice=found, charge=request.GET.get("charge", ""))
    crumbs = [
        Crumb(words="Invoices", address=reverse("billing:invoices")),
        Crumb(words=found.number or "", address=reverse("billing:invoice", args=[found.public_id])),
        Crumb(words="Explain"),
    ]
    base = reverse("billing:invoice_people", args=[found.public_id])
    context = portal_context(request, told, of_bill=True) | {
        "invoice": found,
        "crumbs": crumbs,
        "everybody_csv": reverse("billing:invoice_csv", args=[found.public_id]) if told.has_people else "",
        "people_base": base,
        "kept": [("charge", told.charge_key)] if len(told.charges) > 1 else [],
    }
    return page(request, "portal/counted/counted.html", section="counted", contract=found.contract, context=context)


@require_safe
def invoice_csv(request: PortalRequest, invoice: str) -> HttpResponse:
    """Send the list behind an invoice with the names that still exist."""
    found = found_invoice(request, invoice)
    return download(evidence_csv_with_names(found), f"{file_stem(found.number)} people.csv")


@require_safe
def invoice_xlsx(request: PortalRequest, invoice: str) -> HttpResponse:
    """Send the same list as a spreadsheet."""
    found = found_invoice(request, invoice)
    header, *rows = evidence_rows_with_names(found)
    return book([str(name) for name in header], rows, f"{file_stem(found.number)} people.xlsx")


def counted_periods(actor: Actor, contract: Contract) -> list[BillingPeriod]:
    """Return the periods of a contract that were counted, the newest first, each with its count and contract."""
    related = [f"count__{field.name}" for field in ActiveUserCount._meta.concrete_fields]
    of_contract = [f"contract__{field.name}" for field in Contract._meta.concrete_fields]
    return list(
        BillingPeriod.objects.for_actor(actor)
        .filter(contract=contract, kind=BillingPeriod.Kind.REGULAR, count__isnull=False)
        .select_related("count", "contract")
        .only(*READABLE, *related, *of_contract)
        .order_by("-period", "-is_main", "charge_key")
    )


def portal_context(request: PortalRequest, told: Explained, *, of_bill: bool) -> dict[str, Any]:
    """Return what a page of the portal shows of a number, with its addresses there."""
    count = told.count
    context = explained_context(told, request.GET, of_bill=of_bill) | {
        "report_url": "usage:report",
        "quarantine_url": "usage:quarantine",
        "contract_address": f"{reverse('billing:contract')}?contract={told.contract.public_id}",
        "coverage_address": f"{reverse('billing:contract')}?contract={told.contract.public_id}",
    }
    if told.invoice is not None and told.is_finalized:
        context["bundle_address"] = reverse("billing:invoice_bundle", args=[told.invoice.public_id])
    if count is None:
        return context
    if count.is_reported:
        return context | reported_context(count)
    if not count.has_people:
        return context
    return context | {
        "people_base": reverse("billing:count_explained", args=[count.pk]) + "people/",
        "csv": reverse("billing:count_csv", args=[count.pk]),
        "xlsx": reverse("billing:count_xlsx", args=[count.pk]),
        "everybody_csv": reverse("billing:count_csv", args=[count.pk]),
    }


def people_csv(count: ActiveUserCount) -> bytes:
    """Return what stands behind a count as CSV. Raises Http404 where neither people nor days do."""
    if count.is_reported:
        return reported_csv(count)
    if not count.has_people:
        raise Http404("There is no list behind this number.")
    return verdicts_csv(count=count)


def _first_day(request: PortalRequest) -> date | None:
    """Return the day by which the query names a period. Raises Http404 where it is none."""
    text = request.GET.get("period")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Http404("This is not a day.") from error


def _chosen_period(
    periods: list[BillingPeriod], first_day: date | None, request: PortalRequest
) -> BillingPeriod | None:
    """Return the period that begins on a day, else the latest; of the named charge where there is one, and metric.

    None where nothing was counted for such a period: a file that was read a moment ago is not counted yet.
    """
    charge, metric = request.GET.get("charge"), request.GET.get("metric")
    if charge:
        periods = [row for row in periods if row.charge_key == charge] or periods
    if metric:
        periods = [row for row in periods if row.count is not None and row.count.metric_name == metric]
    return next((row for row in periods if first_day is None or row.span.start == first_day), None)


def book(header: Sequence[str], rows: Iterable[Sequence[Cell]], name: str) -> HttpResponse:
    """Return a spreadsheet as an attachment."""
    with xlsx_file(header, rows) as file:
        return download(file.read(), name, XLSX)


def download(content: bytes, name: str, content_type: str = CSV) -> HttpResponse:
    """Return a table as an attachment."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
