"""One report: what it waits for, how far its reading is, or what came out of it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from ground import clock
from licenses.portal.page import Crumb, PortalRequest, page
from usage.models import ReportState, UsageReport
from usage.operations.move_report import MoveRefused
from usage.operations.stop_reading import stop_reading
from usage.portal.confirm import confirm_page
from usage.portal.result import result_context
from usage.portal.work import work_on
from usage.queries import report_of

UNDER_WORK = (ReportState.RECEIVED, ReportState.READING)


def found_report(request: PortalRequest, public_id: str) -> UsageReport:
    """Return the report of this public id. Raises Http404, also for another customer's."""
    try:
        return report_of(request.actor, public_id)
    except UsageReport.DoesNotExist as error:
        raise Http404("This report does not exist.") from error


@require_safe
def report(request: PortalRequest, report: str) -> HttpResponse:
    """Show a report as it stands now: leaving the page and coming back finds the right step."""
    found = found_report(request, report)
    if found.state in UNDER_WORK:
        context = {"report": found, "work": work_on(found), "crumbs": crumbs(found)}
        return page(request, "portal/usage/progress.html", section="usage", contract=found.contract, context=context)
    if found.state == ReportState.NEEDS_CONFIRMATION:
        return confirm_page(request, found, crumbs=crumbs(found))
    context = {**result_context(request, found), "crumbs": crumbs(found)}
    return page(request, "portal/usage/result.html", section="usage", contract=found.contract, context=context)


@require_safe
def progress(request: PortalRequest, report: str) -> HttpResponse:
    """Answer the page's question how far the work is; when it is over the page is asked to reload."""
    found = found_report(request, report)
    if found.state not in UNDER_WORK:
        address = reverse("usage:report", args=[found.public_id])
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": address})
        return redirect(address)
    return render(request, "portal/usage/parts/work.html", {"report": found, "work": work_on(found)})


@require_POST
def cancel(request: PortalRequest, report: str) -> HttpResponse:
    """Stop the work on a report; one whose work is over meanwhile stays as it is."""
    found = found_report(request, report)
    try:
        stop_reading(actor=request.actor, report=found, now=clock.now())
    except MoveRefused:
        messages.info(request, "The work was over before it could be stopped.")
    else:
        messages.info(request, "The work was stopped. The file changed nothing.")
    return redirect("usage:report", found.public_id)


def crumbs(found: UsageReport) -> list[Crumb]:
    """Return the way from the list to a report."""
    return [Crumb(words="Usage", address=reverse("usage:reports")), Crumb(words=found.file_name)]
