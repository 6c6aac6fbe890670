"""Bulk steps of a month: the dry run, the start, how far it is, the stop, and what became of each contract."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from billing.admin.close import ON_A_PAGE, asked_month, closings_left, may, page_of
from billing.admin.refusals import said_to
from billing.models import BillingRun, BillingRunItem, Delivery
from billing.operations.cancel_billing_run import cancel_billing_run
from billing.operations.open_month import open_month
from billing.operations.start_billing_run import NothingToRun, start_billing_run
from billing.queries import PeriodLine, month_lines
from billing.queries.likely_numbers import likely_numbers
from billing.queries.month_filter import MonthFilter, filtered
from billing.queries.run_plan import PlannedPart, RunPlan, plan_run
from billing.queries.runs import UNFINISHED, amounts_of, items_of, numbers_of, runs_for, statuses
from ground import clock
from ground.desk import desk_page
from ground.desk_table import WRITTEN_AS, table_response
from ground.ids import new_public_id
from ground.middleware import actor_of
from ground.presentation.table_file import Cell
from ground.sign_in.step_up import step_up
from rollcall.money import round_half_up

Kind = BillingRun.Kind
CHOSEN = ("contract", "invoice")
HEADER = (
    "customer", "contract", "period start", "period end", "what became of it", "in words", "before tax, dry run",
    "before tax", "currency",
)  # fmt: skip


@require_POST
def dry_run(request: HttpRequest) -> HttpResponseBase:
    """Show what a step (`do`) would do to the chosen contracts, or to all that the filter lets through."""
    kind = request.POST.get("do", "")
    return _dry_run(request, kind if kind in Kind.values else Kind.DRAFT)


@require_POST
def finalize_drafts(request: HttpRequest) -> HttpResponseBase:
    """Show what finalizing the chosen drafts would do; nothing is finalized before that is confirmed."""
    if not any(request.POST.getlist(name) for name in CHOSEN):
        messages.error(request, "Choose the drafts to finalize first.")
        return redirect(page_of(asked_month(request.POST.get("month", ""))))
    return _dry_run(request, Kind.FINALIZE)


def _dry_run(request: HttpRequest, kind: str) -> HttpResponseBase:
    month = asked_month(request.POST.get("month", ""))
    plan = _plan(request, kind, month)
    gone = len(
        set(request.POST.getlist("invoice")) - {part.invoice_public_id for part in (*plan.parts, *plan.left_out)}
    )
    if gone and kind in (Kind.FINALIZE, Kind.SEND):
        one = gone == 1
        messages.error(request, f"{gone} of the chosen drafts {'is' if one else 'are'} gone or drafted anew.")
        if not plan.parts and not plan.left_out:
            return redirect(page_of(month))
    return _show(request, plan, month)


def _plan(request: HttpRequest, kind: str, month: date) -> RunPlan:
    """The plan for what was chosen, or for what the filter in the form lets through. Raises NotAllowed."""
    actor, now = actor_of(request), clock.now()
    if kind in (Kind.COUNT, Kind.DRAFT):
        with said_to(request):
            open_month(actor=actor, month=month, now=now)
    lines = _asked_lines(request, month_lines(actor=actor, month=month))
    return plan_run(actor=actor, kind=kind, month=month, lines=lines, now=now)


def _asked_lines(request: HttpRequest, lines: list[PeriodLine]) -> list[PeriodLine]:
    contracts, invoices = (set(request.POST.getlist(name)) for name in CHOSEN)
    if not contracts and not invoices:
        return filtered(lines, MonthFilter.of(request.POST.dict()))
    return [
        line
        for line in lines
        if line.period.contract.public_id in contracts
        or (line.period.invoice is not None and line.period.invoice.public_id in invoices)
    ]


def _show(request: HttpRequest, plan: RunPlan, month: date, *, moved: bool = False) -> HttpResponseBase:
    parts: list[PlannedPart] = [*plan.parts, *plan.left_out]
    if not any(request.POST.getlist(name) for name in CHOSEN):
        scope = list(MonthFilter.of(request.POST.dict()).query().items())
    else:
        scope = [(name, value) for name in CHOSEN for value in request.POST.getlist(name)]
    context: dict[str, Any] = {
        "plan": plan,
        "month": month,
        "back": page_of(month),
        "verb": Kind(plan.kind).label,
        "parts": parts[:ON_A_PAGE],
        "not_shown": max(0, len(parts) - ON_A_PAGE),
        "scope": scope,
        "numbers": likely_numbers(plan=plan, today=clock.today("UTC")) if plan.kind == Kind.FINALIZE else [],
        "token": new_public_id(),
        "ways": Delivery.How.choices,
        "moved": moved,
    }
    title = f"Dry run: {Kind(plan.kind).label}, {month:%B %Y}"
    return desk_page(request, "desk/close/dry_run.html", context, title=title, status=409 if moved else 200)


@step_up(
    "Invoices are finalized for good: their numbers are drawn and nothing in them changes.", only_when=Kind.FINALIZE
)
@require_POST
def start(request: HttpRequest) -> HttpResponseBase:
    """Start the step that was shown, if it is still what would be done; else show it anew."""
    month, kind = asked_month(request.POST.get("month", "")), request.POST.get("do", "")
    if kind not in Kind.values:
        messages.error(request, "Choose a step of the month first.")
        return redirect(page_of(month))
    token, actor = request.POST.get("token", "")[:64], actor_of(request)
    known = runs_for(actor=actor).filter(token=token).first() if token else None
    if known is not None:
        return redirect("desk:billing_run", known.public_id)
    plan = _plan(request, kind, month)
    if not token or plan.digest != request.POST.get("digest"):
        return _show(request, plan, month, moved=True)
    how = request.POST.get("how", "")
    try:
        run = start_billing_run(
            actor=actor, plan=plan, token=token, now=clock.now(), how=how if how in Delivery.How.values else ""
        )
    except NothingToRun as nothing:
        messages.error(request, str(nothing))
        return redirect(page_of(month))
    return redirect("desk:billing_run", run.public_id)


def run_or_404(request: HttpRequest, public_id: str) -> BillingRun:
    run = runs_for(actor=actor_of(request)).filter(public_id=public_id).first()
    if run is None:
        raise Http404("There is no such run.")
    return run


def anew() -> HttpResponse:
    """Have the page loaded again: what it waited for is over."""
    return HttpResponse(headers={"HX-Refresh": "true"})


@require_GET
def going(request: HttpRequest) -> HttpResponseBase:
    """The part of the month's page that says how far its runs are; loads the page again when they are over."""
    actor, month = actor_of(request), asked_month(request.GET.get("month", ""))
    runs = runs_for(actor=actor, month=month).filter(job__state__in=UNFINISHED)
    context: dict[str, Any] = {
        "month": month,
        "live_runs": statuses(list(runs), now=clock.now()),
        "waiting": closings_left(),
        "may_finalize": may(actor, Kind.FINALIZE),
    }
    if not context["live_runs"] and not context["waiting"]:
        return anew()
    return render(request, "desk/close/going.html", context)


@require_GET
def run_page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show how far a run is and what became of each contract; with `as`, send that as a file."""
    run = run_or_404(request, public_id)
    outcome, find = request.GET.get("outcome", ""), request.GET.get("find", "").strip()[:200]
    items = items_of(run=run, outcome=outcome, find=find)
    if (written_as := request.GET.get("as", "")) in WRITTEN_AS:
        name = f"{run.kind}-{run.month:%Y-%m}"
        return table_response(name=name, header=HEADER, rows=_rows(items), written_as=written_as)
    (status,) = statuses([run], now=clock.now())
    if "going" in request.GET:
        about = {"run": run, "status": status, "may_stop": may(actor_of(request), run.kind)}
        return anew() if run.is_over else render(request, "desk/close/run_going.html", about)
    listed = Paginator(items, ON_A_PAGE)
    page = listed.get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "run": run,
        "status": status,
        "back": page_of(run.month),
        "outcome": outcome,
        "find": find,
        "amounts": amounts_of(run),
        "numbers": numbers_of(run) if run.kind == Kind.FINALIZE and run.is_over else [],
        "page": page,
        "pages": listed.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
        "may_stop": may(actor_of(request), run.kind),
    }
    title = f"{run.get_kind_display()}, {run.month:%B %Y}"
    return desk_page(request, "desk/close/run.html", context, title=title[:1].upper() + title[1:])


@require_POST
def stop(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Stop a run between two contracts."""
    run = cancel_billing_run(actor=actor_of(request), run=run_or_404(request, public_id), now=clock.now())
    if run.cancelled_at is None:
        messages.info(request, "The run was over already.")
    return redirect("desk:billing_run", public_id)


def _rows(items: Iterable[BillingRunItem]) -> Iterator[tuple[Cell, ...]]:
    for item in items:
        seen, amount = (
            None if one is None else round_half_up(one, item.currency) for one in (item.seen_amount, item.amount)
        )
        yield (
            item.contract.customer.name,
            item.contract.number,
            item.span.start,
            item.span.last_day,
            item.get_outcome_display(),
            item.words,
            seen,
            amount,
            item.currency,
        )
