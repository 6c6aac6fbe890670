"""The rows of one report that were kept apart: why, what can be done, and the file to correct."""

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from licenses.portal.page import Crumb, PortalRequest, page
from usage.operations.annotate_report import NotAnnotated
from usage.operations.order_table import order_table
from usage.operations.receive_report import FileEmpty, FileTooLarge
from usage.operations.send_correction import NothingToCorrect, send_correction
from usage.portal.report import found_report
from usage.quarantine_page import quarantine_context, table_response, tables_context


@require_safe
def quarantine(request: PortalRequest, report: str) -> HttpResponse | FileResponse:
    """Show the quarantined rows by reason with the cure, or send the table that the query's `scope` and `as` name."""
    found = found_report(request, report)
    if "scope" in request.GET:
        return table_response(found, scope=request.GET["scope"], written_as=request.GET.get("as", ""))
    context = {
        **quarantine_context(found, request.GET),
        **_addresses(found.public_id),
        "crumbs": [
            Crumb(words="Usage", address=reverse("usage:reports")),
            Crumb(words=found.file_name, address=reverse("usage:report", args=[found.public_id])),
            Crumb(words="Quarantined rows"),
        ],
    }
    return page(request, "portal/usage/quarantine.html", section="usage", contract=found.contract, context=context)


@require_safe
def tables(request: PortalRequest, report: str) -> HttpResponse:
    """Answer the page's question how far the tables are."""
    found = found_report(request, report)
    context = {**tables_context(found), **_addresses(found.public_id)}
    return render(request, "usage/parts/tables.html", context)


@require_POST
def make_table(request: PortalRequest, report: str) -> HttpResponse:
    """Have a table made."""
    found = found_report(request, report)
    scope, _, written_as = request.POST.get("table", "").partition(".")
    try:
        order_table(actor=request.actor, report=found, scope=scope, written_as=written_as)
    except NotAnnotated as refusal:
        messages.error(request, str(refusal))
    return redirect(f"{reverse('usage:quarantine', args=[found.public_id])}#take")


@require_POST
def send_corrected(request: PortalRequest, report: str) -> HttpResponse:
    """Take corrected rows in and have them put into the file."""
    found = found_report(request, report)
    file = request.FILES.get("file")
    try:
        if file is None or not file.name:
            raise NothingToCorrect("Choose the table of the corrected rows first.")
        send_correction(actor=request.actor, report=found, file_name=file.name, stream=file)
    except (NothingToCorrect, FileEmpty, FileTooLarge) as refusal:
        messages.error(request, str(refusal))
    return redirect(f"{reverse('usage:quarantine', args=[found.public_id])}#correct")


def _addresses(public_id: str) -> dict[str, str]:
    return {
        "quarantine_address": reverse("usage:quarantine", args=[public_id]),
        "tables_address": reverse("usage:tables", args=[public_id]),
        "make_address": reverse("usage:make_table", args=[public_id]),
    }
