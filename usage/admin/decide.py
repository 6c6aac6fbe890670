"""The desk's pages about reports that wait for a word: which ones, and one with all that was noticed about it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of
from usage.models import ReportState, UsageReport
from usage.operations.decide_report import ReasonMissing, decide_report
from usage.operations.move_report import MoveRefused
from usage.queries import report_of
from usage.queries.signed import neighbors_of, reports_to_decide, signed_page


@require_GET
def to_decide(request: HttpRequest) -> HttpResponseBase:
    """List the reports that wait, the longest waiting first."""
    context = {"waiting": reports_to_decide(actor_of(request))}
    return desk_page(request, "desk/reports_to_decide.html", context, title="Reports to decide")


@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, report: str) -> HttpResponseBase:
    """Show what was noticed, or take the word: the report counts, or it is refused."""
    found = _found(request, report)
    if request.method == "POST":
        return _decided(request, found)
    signed = signed_page(found)
    context = {
        "report": found,
        "signed": signed,
        "chain": neighbors_of(signed.signed) if signed is not None else [],
        "is_open": found.state == ReportState.NEEDS_DECISION,
    }
    return desk_page(request, "desk/decide_report.html", context, title=f"Decide about {found.file_name}")


def _decided(request: HttpRequest, found: UsageReport) -> HttpResponseBase:
    accept = request.POST.get("word") == "take"
    try:
        decide_report(
            actor=actor_of(request), report=found, accept=accept, reason=request.POST.get("reason", ""), now=clock.now()
        )
    except (ReasonMissing, MoveRefused) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Taken: the report is being read." if accept else "Refused: the report never counts.")
    return redirect("desk_usage:decide", found.public_id)


def _found(request: HttpRequest, public_id: str) -> UsageReport:
    try:
        return report_of(actor_of(request), public_id)
    except UsageReport.DoesNotExist as missing:
        raise Http404("There is no such report.") from missing
