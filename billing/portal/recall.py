"""Take an own file back, as long as no billed day is left without a report."""

from collections.abc import Sequence

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from billing.queries.billed import billed_periods
from ground import clock
from licenses.portal.page import Crumb, PortalRequest, page
from licenses.queries import zone_at
from rollcall.period import Period
from usage.models import ReportState
from usage.operations.move_report import MoveRefused
from usage.operations.withdraw_report import PeriodClosed, refuse_closed, withdraw_report
from usage.portal.report import found_report
from usage.queries.overlap import Overlap, days_given_back

CAN_BE_RECALLED = (ReportState.ACCEPTED, ReportState.QUARANTINED, ReportState.NEEDS_DECISION)


class RecallForm(forms.Form):
    """Why a file is taken back."""

    reason = forms.CharField(
        label="Why do you take it back?",
        max_length=500,
        help_text="Kept with your name and the time; your vendor reads it too.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def recall(request: PortalRequest, report: str) -> HttpResponse:
    """Show what taking the file back does, or take it back."""
    found = found_report(request, report)
    if found.state not in CAN_BE_RECALLED:
        return redirect("usage:report", found.public_id)
    billed = billed_periods(contract=found.contract)
    closed, now = list(billed), clock.now()
    form = RecallForm(request.POST if request.method == "POST" else None)
    refusal = ""
    try:
        refuse_closed(report=found, closed=closed)
        if request.method == "POST" and form.is_valid():
            withdraw_report(
                actor=request.actor, report=found, reason=form.cleaned_data["reason"], closed=closed, now=now
            )
            messages.success(request, f"{found.file_name} was taken back. It does not count any more; nothing is lost.")
            return redirect("usage:report", found.public_id)
    except (PeriodClosed, MoveRefused) as refused:
        refusal = str(refused)
    zone_name = zone_at(contract=found.contract, day=found.received_at.date())
    given_back = days_given_back(report=found, zone=zone_name)
    reached = [one for one in billed.values() if _reaches(given_back, one.period)]
    return page(
        request,
        "portal/usage/recall.html",
        section="usage",
        contract=found.contract,
        status=422 if form.errors or (refusal and request.method == "POST") else 200,
        context={
            "report": found,
            "form": form,
            "refusal": refusal,
            "given_back": given_back,
            "billed": reached,
            "too_late": [one for one in reached if one.is_too_late(now)],
            "zone": zone_name,
            "crumbs": [
                Crumb(words="Usage", address=reverse("usage:reports")),
                Crumb(words=found.file_name, address=reverse("usage:report", args=[found.public_id])),
                Crumb(words="Take back"),
            ],
        },
    )


def _reaches(given_back: Sequence[Overlap], period: Period) -> bool:
    return any(days.overlaps(period) for one in given_back for days in one.days)
