"""Undo a person's word that nobody was active, as long as no closed period rests on it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from billing.queries.billed import billed_periods
from ground import clock
from licenses.portal.page import PortalRequest
from usage.declared import is_declaration
from usage.models import UsageReport
from usage.operations.move_report import MoveRefused
from usage.operations.withdraw_report import PeriodClosed, withdraw_report
from usage.queries import report_of

REASON = "The word that nobody was active was taken back."


@require_POST
def undo_declaration(request: PortalRequest, report: str) -> HttpResponse:
    """Take the word back; its days are missing again, and the trace of both stays."""
    try:
        found = report_of(request.actor, report)
    except UsageReport.DoesNotExist as error:
        raise Http404("This report does not exist.") from error
    if not is_declaration(found):
        messages.info(request, f"{found.file_name} is a file, not a person's word. Nothing was changed.")
        return redirect("usage:report", found.public_id)
    try:
        withdraw_report(
            actor=request.actor,
            report=found,
            reason=REASON,
            closed=list(billed_periods(contract=found.contract)),
            now=clock.now(),
        )
    except (PeriodClosed, MoveRefused) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Taken back. The days are missing again; who said it and when stays in the record.")
    month = f"&month={found.covers.upper:%Y-%m}" if found.covers else ""
    return redirect(f"{reverse('usage:coverage')}?contract={found.contract.public_id}{month}")
