"""Up to which amount one person adjusts the drafts of a period, per legal entity and currency."""

from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from billing.models import ApprovalLimit
from billing.operations.discard_draft import ReasonMissing
from billing.operations.set_approval_limit import LimitRefused, set_approval_limit
from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of
from licenses.models import LegalEntity


@require_http_methods(["GET", "POST"])
def approval_limits(request: HttpRequest) -> HttpResponseBase:
    """Show the limits, and set one."""
    if request.method != "POST":
        return _page(request)
    said = {name: request.POST.get(name, "").strip() for name in ("legal_entity", "currency", "amount", "reason")}
    chosen = said["legal_entity"]
    entity = LegalEntity.objects.filter(pk=int(chosen)).first() if chosen.isdecimal() and len(chosen) < 19 else None
    if entity is None:
        return _page(request, errors={"legal_entity": "Choose the legal entity."})
    try:
        amount = Decimal(said["amount"])
    except InvalidOperation:
        return _page(request, errors={"amount": "Write the amount with digits and a point, as in 500.00."})
    try:
        row = set_approval_limit(
            actor=actor_of(request),
            legal_entity=entity,
            currency=said["currency"].upper(),
            amount=amount,
            reason=said["reason"],
            now=clock.now(),
        )
    except LimitRefused as refused:
        return _page(request, errors={"amount": str(refused)})
    except ReasonMissing as refused:
        return _page(request, errors={"reason": str(refused)})
    messages.success(request, f"One person adjusts up to {row} per period.")
    return redirect("desk:approval_limits")


def _page(request: HttpRequest, *, errors: dict[str, str] | None = None) -> HttpResponseBase:
    context = {
        "limits": list(ApprovalLimit.objects.select_related("legal_entity").order_by("legal_entity__name", "currency")),
        "entities": list(LegalEntity.objects.order_by("name")),
        "errors": errors or {},
        "said": request.POST if errors else {},
        "may_change": actor_of(request).vendor_role == "admin",
    }
    return desk_page(request, "desk/approval_limits.html", context, title="Approval limits")
