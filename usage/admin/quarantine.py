"""The desk's pages about quarantined rows: which reports wait, and one report's rows with the vendor's decision."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of
from usage.models import UsageReport
from usage.operations.annotate_report import NotAnnotated
from usage.operations.decide_report import ReasonMissing
from usage.operations.order_table import order_table
from usage.operations.waive_rows import NothingToWaive, waive_rows
from usage.quarantine_page import quarantine_context, table_response, tables_context
from usage.queries import report_of
from usage.queries.quarantine import quarantine_of, reports_with_open_rows

ON_A_PAGE = 50


@require_GET
def waiting(request: HttpRequest) -> HttpResponseBase:
    """List the reports with quarantined rows that nobody has corrected or waived, the oldest first."""
    listed = Paginator(reports_with_open_rows(actor_of(request)), ON_A_PAGE)
    shown = listed.get_page(request.GET.get("page"))
    found = [quarantine_of(report) for report in shown.object_list]
    context = {
        "waiting": [one for one in found if one.open_rows],
        "page": shown,
        "pages": listed.get_elided_page_range(shown.number, on_each_side=1, on_ends=1),
    }
    return desk_page(request, "desk/quarantines.html", context, title="Quarantined rows")


@require_GET
def quarantine(request: HttpRequest, report: str) -> HttpResponseBase:
    """Show one report's quarantined rows, or send the table that the query's `scope` and `as` name."""
    found = _found(request, report)
    if "scope" in request.GET:
        return table_response(found, scope=request.GET["scope"], written_as=request.GET.get("as", ""))
    context = {**quarantine_context(found, request.GET), **_addresses(found.public_id)}
    return desk_page(request, "desk/quarantine.html", context, title=f"Quarantined rows of {found.file_name}")


@require_GET
def tables(request: HttpRequest, report: str) -> HttpResponseBase:
    """Answer the page's question how far the tables are."""
    found = _found(request, report)
    return render(request, "usage/parts/tables.html", {**tables_context(found), **_addresses(found.public_id)})


@require_POST
def make_table(request: HttpRequest, report: str) -> HttpResponseBase:
    """Have a table made."""
    found = _found(request, report)
    scope, _, written_as = request.POST.get("table", "").partition(".")
    try:
        order_table(actor=actor_of(request), report=found, scope=scope, written_as=written_as)
    except NotAnnotated as refusal:
        messages.error(request, str(refusal))
    return redirect(f"{reverse('desk_usage:quarantine', args=[found.public_id])}#take")


@require_POST
def waive(request: HttpRequest, report: str) -> HttpResponseBase:
    """Leave the rows out for good, with the reason that the customer reads."""
    found = _found(request, report)
    try:
        waive_rows(actor=actor_of(request), report=found, reason=request.POST.get("reason", ""), now=clock.now())
    except (ReasonMissing, NothingToWaive) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Waived: the rows stay out, no count changes, and the report waits no longer.")
    return redirect("desk_usage:quarantine", found.public_id)


def _found(request: HttpRequest, public_id: str) -> UsageReport:
    try:
        return report_of(actor_of(request), public_id)
    except UsageReport.DoesNotExist as missing:
        raise Http404("There is no such report.") from missing


def _addresses(public_id: str) -> dict[str, Any]:
    return {
        "quarantine_address": reverse("desk_usage:quarantine", args=[public_id]),
        "tables_address": reverse("desk_usage:tables", args=[public_id]),
        "make_address": reverse("desk_usage:make_table", args=[public_id]),
    }
