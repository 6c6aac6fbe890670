"""One true-up: what changed after we billed, and what do we do?"""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from billing.admin.refusals import said_to
from billing.models import InvoiceDocument, TrueUp
from billing.operations.approve_true_up import approve_true_up
from billing.operations.decide_true_up import (
    SHORTEST_REASON,
    AdjustmentUnexplained,
    AmountRefused,
    WayRefused,
    decide_true_up,
)
from billing.operations.discard_draft import ReasonMissing
from billing.operations.send_back_true_up import send_back_true_up
from billing.queries import TrueUpDetail, true_up_detail
from billing.queries.true_up_people import VIEWS, PeopleOfTrueUp
from billing.settling_documents import MoreThanHeld
from ground import clock
from ground.desk import desk_page
from ground.desk_table import WRITTEN_AS, table_response
from ground.middleware import actor_of
from rollcall.period import civil_day

ON_A_PAGE = 50
WAIVE, ACCEPT = "waive", "accept"
CHOICES = (ACCEPT, *TrueUp.Settle.values, WAIVE)
HEADER = ("user", "user_ref", "instance", "first qualifying action", "last", "active days", "what changed")
DONE: dict[str, str] = {
    TrueUp.State.NEEDS_APPROVAL: "Decided: nothing is billed before a second person approves it.",
    TrueUp.State.WAIVED: "Waived: nothing is billed or credited, and the recount stays as evidence.",
    TrueUp.Settle.NEXT_INVOICE: "Accepted: the next invoice of this contract carries it.",
    TrueUp.Settle.OWN_INVOICE: "Accepted: its invoice is drafted, and finance finalizes it.",
    TrueUp.Settle.CREDIT_NOTE: "Accepted: its credit note is drafted, and finance finalizes it.",
}
# Beside which field of the form a refusal stands.
FIELDS: tuple[tuple[type[Exception], str], ...] = (
    (AdjustmentUnexplained, "adjustment_reason"),
    (ReasonMissing, "reason"),
    (AmountRefused, "amount"),
    (WayRefused, "decision"),
    (MoreThanHeld, "decision"),
)


def true_up_or_404(request: HttpRequest, public_id: str) -> TrueUpDetail:
    try:
        return true_up_detail(actor=actor_of(request), public_id=public_id)
    except TrueUp.DoesNotExist as missing:
        raise Http404("There is no such true-up.") from missing


@require_GET
def true_up_page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show both ratings side by side, who is new, gone and as before, the policy, and the form that decides."""
    return _page(request, true_up_or_404(request, public_id))


def _page(request: HttpRequest, detail: TrueUpDetail, *, errors: dict[str, str] | None = None) -> HttpResponseBase:
    row, actor = detail.true_up, actor_of(request)
    people = PeopleOfTrueUp(row, request.GET.get("people", ""))
    listed: Paginator[Any] = Paginator(people, ON_A_PAGE)
    shown = listed.get_page(request.GET.get("page"))
    today = civil_day(clock.now(), row.billing_period.zone)
    context = {
        "detail": detail,
        "true_up": row,
        "people": shown.object_list,
        "page": shown,
        "pages": listed.get_elided_page_range(shown.number, on_each_side=1, on_ends=1),
        "view": people.view,
        "views": [(view, people.totals[view]) for view in VIEWS],
        "waits_for_decision": row.state == TrueUp.State.PROPOSED,
        "waits_for_approval": row.state == TrueUp.State.NEEDS_APPROVAL,
        "may_approve": actor.user_id is not None and actor.user_id != row.decided_by_account,
        "days_left": (detail.last_day - today).days if detail.last_day is not None else None,
        "bundles": frozenset(
            InvoiceDocument.objects.filter(invoice__in=detail.documents, kind=InvoiceDocument.Kind.BUNDLE).values_list(
                "invoice_id", flat=True
            )
        ),
        "errors": errors or {},
        "said": request.POST,
        "shortest": SHORTEST_REASON,
    }
    title = f"True-up, {row.contract.customer.name}"
    return desk_page(request, "desk/true_up.html", context, title=title)


@require_GET
def true_up_people(request: HttpRequest, public_id: str, view: str, written_as: str) -> HttpResponseBase:
    """Send the people of one view as a file."""
    detail = true_up_or_404(request, public_id)
    if view not in VIEWS or written_as not in WRITTEN_AS:
        raise Http404("There is no such list.")
    rows = (
        (
            person.user.name,
            person.user.user_ref,
            person.user.instance,
            person.user.first_at,
            person.user.last_at,
            person.user.active_days,
            person.change,
        )
        for person in PeopleOfTrueUp(detail.true_up, view)
    )
    start = detail.true_up.billing_period.span.start
    return table_response(name=f"true-up-{start}-{view}", header=HEADER, rows=rows, written_as=written_as)


@require_POST
def decide(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Accept the difference, whole or in part, on one of its documents, or waive it, with what the customer reads."""
    detail = true_up_or_404(request, public_id)
    decision = request.POST.get("decision", "")
    if decision not in CHOICES:
        wrong = "Choose whether the difference is accepted or waived."
        return _page(request, detail, errors={"decision": wrong})
    try:
        amount = _amount(request.POST.get("amount", ""))
    except InvalidOperation:
        wrong = "Write the amount with digits and a point, as in 1250.00."
        return _page(request, detail, errors={"amount": wrong})
    with said_to(request):
        try:
            row = decide_true_up(
                actor=actor_of(request),
                true_up=detail.true_up,
                accept=decision != WAIVE,
                reason=request.POST.get("reason", ""),
                now=clock.now(),
                settle=decision if decision in TrueUp.Settle.values else None,
                settled_amount=None if decision == WAIVE else _signed(amount, detail.true_up),
                adjustment_reason=request.POST.get("adjustment_reason", ""),
            )
        except tuple(refusal for refusal, _ in FIELDS) as refused:
            field = next(name for refusal, name in FIELDS if isinstance(refused, refusal))
            return _page(request, detail, errors={field: str(refused)})
        messages.success(request, DONE[row.settle if row.state == TrueUp.State.ACCEPTED else row.state])
    return redirect("desk:true_up", public_id)


@require_POST
def approve(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Make a decision final as the second person."""
    detail = true_up_or_404(request, public_id)
    with said_to(request):
        row = approve_true_up(actor=actor_of(request), true_up=detail.true_up, now=clock.now())
        messages.success(request, DONE[row.settle if row.state == TrueUp.State.ACCEPTED else row.state])
    return redirect("desk:true_up", public_id)


@require_POST
def send_back(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Let a decision be made anew, with the reason."""
    detail = true_up_or_404(request, public_id)
    reason = request.POST.get("back_reason", "")
    with said_to(request):
        try:
            send_back_true_up(actor=actor_of(request), true_up=detail.true_up, reason=reason, now=clock.now())
        except ReasonMissing as refused:
            return _page(request, detail, errors={"back_reason": str(refused)})
        messages.success(request, "Sent back: it waits for a decision again.")
    return redirect("desk:true_up", public_id)


def _amount(text: str) -> Decimal | None:
    """Read a part of the difference; an empty field is all of it. Raises InvalidOperation."""
    bare = text.strip()
    if not bare:
        return None
    amount = Decimal(bare.replace("\u2212", "-"))
    if not amount.is_finite():
        raise InvalidOperation
    return amount


def _signed(amount: Decimal | None, true_up: TrueUp) -> Decimal | None:
    """People write how much is given back without a sign."""
    if amount is None or true_up.difference_amount > 0:
        return amount
    return -abs(amount)
