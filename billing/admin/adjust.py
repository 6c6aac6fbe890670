"""The adjustments of one draft: what a person adds or takes off and why, and who approves it."""

from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from billing.adjusting import adjustments_on, size_limit
from billing.admin.invoice import invoice_or_404
from billing.admin.refusals import said_to
from billing.models import Adjustment, Invoice
from billing.operations.adjust_draft import AdjustmentRefused, adjust_draft
from billing.operations.approve_adjustment import approve_adjustment
from billing.operations.decide_true_up import SHORTEST_REASON
from billing.operations.discard_draft import ReasonMissing
from billing.operations.withdraw_adjustment import withdraw_adjustment
from billing.state_moves import MoveRefused
from ground import clock
from ground.desk import desk_page
from ground.ids import new_public_id
from ground.middleware import actor_of

SIGNS = {"credit": -1, "surcharge": 1}


@require_http_methods(["GET", "POST"])
def adjust(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show what was added to a draft, and add more."""
    invoice = invoice_or_404(request, public_id)
    if request.method != "POST":
        return _page(request, invoice)
    sign = SIGNS.get(request.POST.get("direction", ""))
    if sign is None:
        return _page(request, invoice, errors={"direction": "Choose whether the amount is taken off or added."})
    try:
        size = Decimal(request.POST.get("amount", "").replace(",", "").strip())
    except InvalidOperation:
        size = Decimal("NaN")
    if not size.is_finite() or size <= 0:
        wrong = "Write the amount with digits and a point, as in 1250.00; its direction is chosen above."
        return _page(request, invoice, errors={"amount": wrong})
    with said_to(request):
        try:
            row = adjust_draft(
                actor=actor_of(request),
                invoice=invoice,
                amount=sign * size,
                reason=request.POST.get("reason", ""),
                now=clock.now(),
                mark=request.POST.get("mark", ""),
            )
        except ReasonMissing as refused:
            return _page(request, invoice, errors={"reason": str(refused)})
        except AdjustmentRefused as refused:
            return _page(request, invoice, errors={"amount": str(refused)})
        waits = row.state == Adjustment.State.NEEDS_APPROVAL
        done = "On the draft. Another person approves it before the draft is finalized." if waits else "On the draft."
        messages.success(request, done)
    return redirect("desk:adjust", public_id)


@require_POST
def approve(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Let an adjustment stand, as the second person."""
    invoice = invoice_or_404(request, public_id)
    with said_to(request):
        approve_adjustment(actor=actor_of(request), adjustment=_adjustment(request, invoice), now=clock.now())
        messages.success(request, "Approved. The draft can be finalized as far as this goes.")
    return redirect("desk:adjust", public_id)


@require_POST
def withdraw(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Take an adjustment off the draft, or refuse it as the second person."""
    invoice, reason = invoice_or_404(request, public_id), request.POST.get("withdraw_reason", "")
    with said_to(request):
        row = _adjustment(request, invoice)
        withdraw_adjustment(actor=actor_of(request), adjustment=row, reason=reason, now=clock.now())
        messages.success(request, "Withdrawn. It is off the draft and stays on record.")
    return redirect("desk:adjust", public_id)


def _adjustment(request: HttpRequest, invoice: Invoice) -> Adjustment:
    """Return the adjustment that the form names, of the contract of this invoice. Raises MoveRefused."""
    found = Adjustment.objects.filter(contract=invoice.contract, public_id=request.POST.get("adjustment", "")).first()
    if found is None:
        raise MoveRefused("There is no such adjustment on this draft. Look at the list again.")
    return found


def _page(request: HttpRequest, invoice: Invoice, *, errors: dict[str, str] | None = None) -> HttpResponseBase:
    rows = adjustments_on(invoice)
    withdrawn = Adjustment.objects.filter(
        contract=invoice.contract, period=invoice.period, state=Adjustment.State.WITHDRAWN
    )
    context = {
        "invoice": invoice,
        "adjustments": rows,
        "withdrawn": list(withdrawn),
        "is_draft": invoice.state == Invoice.State.DRAFT,
        "bills_a_period": invoice.billing_periods.exists(),
        "limit": size_limit(contract=invoice.contract, currency=invoice.currency),
        "account": actor_of(request).user_id,
        "errors": errors or {},
        "said": request.POST if errors else {},
        "shortest": SHORTEST_REASON,
        "mark": new_public_id(),
    }
    name = invoice.number or "Draft"
    return desk_page(request, "desk/invoice/adjust.html", context, title=f"Adjust {name}, {invoice.customer.name}")
