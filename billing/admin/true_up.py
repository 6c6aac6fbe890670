"""One true-up: what changed after we billed, and what do we do?"""

from itertools import islice

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from billing.admin.refusals import said_to
from billing.models import TrueUp
from billing.operations.decide_true_up import decide_true_up
from billing.queries import TrueUpDetail, true_up_detail
from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of

PEOPLE_SHOWN = 200


def true_up_or_404(request: HttpRequest, public_id: str) -> TrueUpDetail:
    try:
        return true_up_detail(actor=actor_of(request), public_id=public_id)
    except TrueUp.DoesNotExist as missing:
        raise Http404("There is no such true-up.") from missing


@require_GET
def true_up_page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show both ratings side by side, who is new and who is gone, and the form that decides."""
    detail = true_up_or_404(request, public_id)
    people = list(islice(detail.people(), PEOPLE_SHOWN))
    row = detail.true_up
    context = {
        "detail": detail,
        "true_up": row,
        "people": people,
        "changed_people": row.new_users + row.gone_users,
        "is_open": row.state == TrueUp.State.PROPOSED,
        "terms": row.billing_period.contract_version.terms["true_up"] if row.billing_period.contract_version else {},
    }
    return desk_page(request, "desk/true_up.html", context, title=f"True-up, {row.contract.customer.name}")


@require_POST
def decide(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Accept or waive the difference, with the reason that the customer reads."""
    detail = true_up_or_404(request, public_id)
    decision = request.POST.get("decision", "")
    if decision not in ("accept", "waive"):
        messages.error(request, "Choose whether the difference is accepted or waived.")
        return redirect("desk:true_up", public_id)
    with said_to(request):
        row = decide_true_up(
            actor=actor_of(request),
            true_up=detail.true_up,
            accept=decision == "accept",
            reason=request.POST.get("reason", ""),
            now=clock.now(),
        )
        messages.success(
            request,
            "Accepted: the next invoice of this contract carries it."
            if row.state == TrueUp.State.ACCEPTED
            else "Waived: nothing is billed or credited, and the recount stays as evidence.",
        )
    return redirect("desk:true_up", public_id)
