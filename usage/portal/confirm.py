"""Check a file before it counts: its columns, its days, the answers to what it leaves open."""

from collections.abc import Sequence

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from ground import clock
from licenses.portal.page import Crumb, PortalRequest, page
from rollcall.period import UnknownZone
from usage.models import ReportState, UsageReport
from usage.operations.confirm_report import MadeInTheFuture, NothingCovered, confirm_report
from usage.operations.move_report import MoveRefused
from usage.portal.forms import ConfirmForm
from usage.queries import proposal, report_of


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: PortalRequest, report: str) -> HttpResponse:
    """Show the form, or record the person's word and have the file read."""
    try:
        found = report_of(request.actor, report)
    except UsageReport.DoesNotExist as error:
        raise Http404("This report does not exist.") from error
    can_be_confirmed = found.state == ReportState.NEEDS_CONFIRMATION or (
        found.state == ReportState.REJECTED and found.sniffed is not None
    )
    if not can_be_confirmed:
        return redirect("usage:report", found.public_id)
    crumbs = [Crumb(words="Usage", address=reverse("usage:reports")), Crumb(words=found.file_name)]
    return confirm_page(request, found, crumbs=crumbs)


def confirm_page(request: PortalRequest, found: UsageReport, *, crumbs: Sequence[Crumb]) -> HttpResponse:
    """Return the page of the form; a form that was sent and is right leads on to the report."""
    proposed = proposal(found)
    sniffed = found.sniffed or {}
    form = ConfirmForm(
        request.POST if request.method == "POST" else None,
        sniffed=sniffed,
        questions=proposed.questions,
        covers=proposed.covers,
        bill_zone=proposed.zone,
        last={
            "mapping": proposed.mapping,
            "source_timezone": proposed.source_timezone,
            "generated_at": found.generated_at,
        },
    )
    if request.method == "POST" and form.is_valid() and _confirmed(request, found, form):
        return redirect("usage:report", found.public_id)
    return page(
        request,
        "portal/usage/confirm.html",
        section="usage",
        contract=found.contract,
        status=422 if form.errors else 200,
        context={
            "report": found,
            "sniffed": sniffed,
            "proposal": proposed,
            "form": form,
            "used_columns": sum(1 for column in form.column_rows() if column["field"].value()),
            "crumbs": crumbs,
        },
    )


def _confirmed(request: PortalRequest, found: UsageReport, form: ConfirmForm) -> bool:
    """Record the word; what is refused becomes an error of the form."""
    try:
        confirm_report(
            actor=request.actor,
            report=found,
            mapping=form.mapping(),
            source_timezone=form.cleaned_data.get("source_timezone") or "",
            covers=form.covers(),
            generated_at=form.exported_at(),
            now=clock.now(),
        )
    except NothingCovered as refusal:
        form.add_error("covers_from", str(refusal))
    except MadeInTheFuture as refusal:
        form.add_error("generated_at", str(refusal))
    except (UnknownZone, MoveRefused) as refusal:
        form.add_error(None, str(refusal))
    else:
        return True
    return False
