"""One billing period: where it stands, what it is missing, and the word that lets a held one go on."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from billing.admin.refusals import said_to
from billing.closing import Closing
from billing.gathering import force_and_hold
from billing.models import BillingPeriod, Invoice
from billing.operations.close_period import close_period
from billing.operations.release_period import RELEASABLE, release_period
from billing.queries.held import missing_words, until_words
from billing.repairs import repair_of
from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of
from ground.presentation import format as written
from licenses.queries import terms_at
from usage.models import ReportState, UsageReport
from usage.portal.calendar import calendar_rows
from usage.queries import reports_waiting

Code = BillingPeriod.HeldCode
IN_THE_TERMS = (Code.NO_VERSION, Code.NOT_COUNTABLE, Code.EARLIER_OPEN)


def period_or_404(request: HttpRequest, pk: int) -> BillingPeriod:
    found = (
        BillingPeriod.objects.for_actor(actor_of(request))
        .select_related("contract__customer", "count", "invoice", "contract_version")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404("There is no such period.")
    return found


@require_GET
def period_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show one period with the days received per instance and the way on."""
    row = period_or_404(request, pk)
    is_held = row.state == BillingPeriod.State.HELD
    context: dict[str, Any] = {
        "row": row,
        "instances": calendar_rows(
            contract=row.contract,
            terms=terms_at(contract=row.contract, day=row.span.start),
            shown=row.span,
            today=clock.today(row.zone),
        ),
        "is_held": is_held,
        "repair": repair_of(row),
        "ways": _ways(row) if is_held else [],
        "until": until_words(row),
        "would_draft": is_held and not _holds_now(row),
        "may_release": row.held_code in RELEASABLE,
        "so_far": row.count,
    }
    return desk_page(request, "desk/period.html", context, title=f"{row.contract.customer.name}, {row.span.words()}")


def _ways(row: BillingPeriod) -> list[tuple[str, str]]:
    """Where what holds a period is put right: names of pages with their addresses. Its days stand on its own page."""
    if row.held_code == Code.REPORT_WAITING:
        waiting = reports_waiting(contract=row.contract, period=row.span, zone=row.zone)
        return [(report.file_name, _page_of(report)) for report in waiting]
    if row.held_code in IN_THE_TERMS:
        return [(f"Contract {row.contract.number}", reverse("desk:contract", args=[row.contract.public_id]))]
    if row.held_code == Code.TAX_UNDECIDED:
        customer = row.contract.customer
        return [(customer.name, reverse("admin:licenses_customer_change", args=[customer.pk]))]
    return []


def _page_of(report: UsageReport) -> str:
    if report.state == ReportState.NEEDS_DECISION:
        return reverse("desk_usage:decide", args=[report.public_id])
    return reverse("admin:usage_usagereport_change", args=[report.pk])


@require_POST
def release(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Bill the held period with what is known, on a person's word."""
    row = period_or_404(request, pk)
    with said_to(request):
        closing = release_period(
            actor=actor_of(request),
            contract=row.contract,
            period=row.span,
            reason=request.POST.get("reason", ""),
            now=clock.now(),
            today=clock.today(row.zone),
        )
        if closing.invoice is not None:
            messages.success(request, "Released and drafted.")
            return redirect("desk:invoice", closing.invoice.public_id)
        messages.error(request, f"Still held: {closing.held_words}")
    return redirect("desk:period", pk)


def _holds_now(row: BillingPeriod) -> bool:
    """Whether a check would hold the period again: a reason may have ended since it was written down."""
    _, hold = force_and_hold(
        contract=row.contract, period=row.span, today=clock.today(row.zone), released=row.released_codes
    )
    return hold is not None


@require_POST
def check_again(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Close the period again, since what arrived may have filled the gap, and say what came of it."""
    row = period_or_404(request, pk)
    until = until_words(row)
    with said_to(request):
        closing = close_period(
            actor=actor_of(request),
            contract=row.contract,
            period=row.span,
            now=clock.now(),
            today=clock.today(row.zone),
        )
        return _told(request, row, closing, until)
    return redirect("desk:period", pk)


def _told(request: HttpRequest, row: BillingPeriod, closing: Closing, until: str) -> HttpResponseBase:
    """Say what a check came to and go where it is seen; `until` is the rule that held the period before."""
    draft = closing.invoice
    if closing.state == BillingPeriod.State.HELD:
        messages.warning(request, f"Checked again: still held. {closing.held_words}")
    elif draft is None or draft.state != Invoice.State.DRAFT:
        messages.info(request, "Checked again: there was nothing to do.")
    else:
        done = "drafted" if closing.changed else "the draft stands as it was"
        said = f"Checked again: {done}, {written.amount(draft.net_amount, draft.currency)} {draft.currency} before tax."
        if until and missing_words(row):
            said = f"{said} {missing_words(row)} By the contract the period was {until}."
        messages.success(request, said)
    return redirect("desk:period", row.pk) if draft is None else redirect("desk:invoice", draft.public_id)
