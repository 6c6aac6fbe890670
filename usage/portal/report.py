"""One report: what it waits for, how far its reading is, or what came out of it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from ground.operations import cancel_job
from licenses.portal.page import Crumb, PortalRequest, page
from usage.models import ReportState, UsageReport
from usage.portal.confirm import confirm_page
from usage.portal.result import result_context
from usage.portal.work import work_on
from usage.queries import job_of, report_of

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
    """Ask the work on a report to stop."""
    found = found_report(request, report)
    job = job_of(found)
    if job is not None and not job.is_over:
        cancel_job(actor=request.actor, job=job)
        messages.info(request, "The work is asked to stop. Nothing has changed until it says so.")
    return redirect("usage:report", found.public_id)


def crumbs(found: UsageReport) -> list[Crumb]:
    """Return the way from the list to a report."""
    return [Crumb(words="Usage", address=reverse("usage:reports")), Crumb(words=found.file_name)]
