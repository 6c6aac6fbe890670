"""One billing period: where it stands, what it is missing, and the word that lets a held one go on."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from billing.admin.refusals import said_to
from billing.models import BillingPeriod
from billing.operations.close_month import close_month
from billing.operations.release_period import RELEASABLE, release_period
from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of
from licenses.queries import terms_at
from usage.portal.calendar import calendar_rows


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
    context = {
        "row": row,
        "instances": calendar_rows(
            contract=row.contract,
            terms=terms_at(contract=row.contract, day=row.span.start),
            shown=row.span,
            today=clock.today(row.zone),
        ),
        "is_held": row.state == BillingPeriod.State.HELD,
        "may_release": row.held_code in RELEASABLE,
        "so_far": row.count,
    }
    return desk_page(request, "desk/period.html", context, title=f"{row.contract.customer.name}, {row.span.words()}")


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


@require_POST
def check_again(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Have the period closed again: what arrived since may have filled the gap."""
    row = period_or_404(request, pk)
    with said_to(request):
        close_month(actor=actor_of(request), month=row.span.last_day, now=clock.now(), contracts=[row.contract])
        messages.success(request, "Checked again in the background; this page shows what came of it when reloaded.")
    return redirect("desk:period", pk)
