"""Which notices of a contract are mailed before the bill, and to whom."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from billing.admin.contract import contract_or_404
from billing.models import Notice
from billing.operations.set_notice_preference import set_notice_preference
from ground import clock
from ground.middleware import actor_of


@require_POST
def choose(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Store what the form of the contract's page has ticked."""
    contract = contract_or_404(request, public_id)
    wanted = set(request.POST.getlist("kind"))
    set_notice_preference(
        actor=actor_of(request),
        contract=contract,
        off_kinds=[kind for kind in Notice.Kind.values if kind not in wanted],
        is_sent_to_customer="customer" in request.POST.getlist("to"),
        is_sent_to_vendor="vendor" in request.POST.getlist("to"),
        now=clock.now(),
    )
    messages.success(request, "Stored: these notices are mailed from now on.")
    return redirect("desk:contract", public_id)
