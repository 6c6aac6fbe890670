"""Close: can this month go out? Every contract with its state, count, change and amount."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from billing.admin.refusals import said_to
from billing.models import BillingPeriod, BillingRun
from billing.operations.open_month import open_month
from billing.operations.start_billing_run import start_billing_run
from billing.queries import PeriodLine, month_lines, month_totals
from billing.queries.month_filter import SORTS, VIEWS, MonthFilter, filtered, shown_in
from billing.queries.month_steps import is_out, month_steps, stands_before, sums_of
from billing.queries.run_plan import ROLES, RunPlan, plan_run
from billing.queries.runs import UNFINISHED, runs_for, statuses
from ground import clock
from ground.actor import Actor
from ground.desk import desk_page
from ground.desk_table import WRITTEN_AS, table_response
from ground.ids import new_public_id
from ground.middleware import actor_of
from ground.models import Job
from ground.presentation import format as written
from ground.presentation.table_file import Cell
from licenses.queries import contracts_for
from rollcall.money import round_half_up

CLOSING = "billing.close_period"
ON_A_PAGE, RUNS_SHOWN = 50, 5
HEADER = (
    "customer", "contract", "period start", "period end", "time zone", "state", "users before", "users",
    "kind of users", "change in percent", "rated before tax, period before", "rated before tax", "before tax",
    "currency", "change of the rating in percent", "invoice", "sent", "held because", "what to know",
)  # fmt: skip


def asked_month(text: str) -> date:
    """Read a month such as "2026-10"; anything else means the month before this one."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return (clock.today("UTC").replace(day=1) - timedelta(days=1)).replace(day=1)


@require_GET
def close_page(request: HttpRequest) -> HttpResponseBase:
    """Show the billing run of one month, filtered and sorted as the query says; with `as`, send it as a file."""
    actor, month = actor_of(request), asked_month(request.GET.get("month", ""))
    wanted = MonthFilter.of(request.GET.dict())
    lines = month_lines(actor=actor, month=month)
    shown = filtered(lines, wanted)
    if (written_as := request.GET.get("as", "")) in WRITTEN_AS:
        return table_response(name=f"close-{month:%Y-%m}", header=HEADER, rows=_rows(shown), written_as=written_as)
    listed = Paginator(shown, ON_A_PAGE)
    page = listed.get_page(request.GET.get("page"))
    plan = next_plan(actor, month, lines)
    runs = statuses(list(runs_for(actor=actor, month=month)[:RUNS_SHOWN]), now=clock.now())
    context: dict[str, Any] = {
        "month": month,
        "months": [month_before(clock.today("UTC"), back) for back in range(13)],
        "wanted": wanted,
        "page": page,
        "pages": listed.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
        "sums": sums_of(shown),
        "totals": month_totals(lines),
        "steps": month_steps(lines),
        "is_out": is_out(lines),
        "shadows": sum(line.is_shadow for line in lines),
        "all_lines": len(lines),
        "views": [(key, words, sum(shown_in(key, line) for line in lines)) for key, words in VIEWS.items()],
        "sorts": SORTS.items(),
        "states": BillingPeriod.State.choices,
        "currencies": sorted({line.currency for line in lines if line.currency}),
        "next_plan": plan,
        "waits_for": "" if plan is not None else stands_before(lines),
        "live_runs": [status for status in runs if not status.run.is_over],
        "past_runs": [status for status in runs if status.run.is_over],
        "may_finalize": may(actor, BillingRun.Kind.FINALIZE),
        "waiting": closings_left(),
        "failed": Job.objects.filter(kind=CLOSING, state=Job.State.FAILED).order_by("-id")[:5],
    }
    return desk_page(request, "desk/close.html", context, title=f"Close {month:%B %Y}")


def closings_left() -> int:
    """How many contracts are being closed by themselves, outside of a run."""
    return Job.objects.filter(kind=CLOSING, state__in=UNFINISHED).count()


def may(actor: Actor, kind: str) -> bool:
    """Whether somebody may start a bulk step."""
    return actor.is_system or actor.vendor_role in ROLES[kind]


def next_plan(actor: Actor, month: date, lines: Sequence[PeriodLine]) -> RunPlan | None:
    """The dry run of the step that is due for the whole month: draft, then finalize, then send; None when all is out.

    While something is held the others go on.
    """
    for kind in (BillingRun.Kind.DRAFT, BillingRun.Kind.FINALIZE, BillingRun.Kind.SEND):
        states = (BillingPeriod.State.OPEN, BillingPeriod.State.COUNTED)
        if may(actor, kind):
            due = [line for line in lines if kind != BillingRun.Kind.DRAFT or line.state in states]
            plan = plan_run(actor=actor, kind=kind, month=month, lines=due, now=clock.now())
            if plan.parts:
                return plan
    return None


def month_before(day: date, months: int) -> date:
    """Return the first day of the month that lies so many months back."""
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def page_of(month: date) -> str:
    return f"{reverse('desk:close')}?month={month:%Y-%m}"


@require_POST
def count_and_draft(request: HttpRequest) -> HttpResponseBase:
    """Have the chosen contracts, or all, counted and drafted as the page's dry run says; a run does it."""
    actor, month = actor_of(request), asked_month(request.POST.get("month", ""))
    chosen = request.POST.getlist("contract")
    actor.require_vendor(*ROLES[BillingRun.Kind.DRAFT])
    with said_to(request):
        open_month(actor=actor, month=month, now=clock.now())
        lines = month_lines(actor=actor, month=month)
        if chosen:
            wanted = set(contracts_for(actor).filter(public_id__in=chosen).values_list("pk", flat=True))
            lines = [line for line in lines if line.period.contract_id in wanted]
        plan = plan_run(actor=actor, kind=BillingRun.Kind.DRAFT, month=month, lines=lines, now=clock.now())
        if plan.parts:
            start_billing_run(actor=actor, plan=plan, token=new_public_id(), now=clock.now())
        messages.success(request, in_words(plan))
    return redirect(page_of(month))


def in_words(plan: RunPlan) -> str:
    """Say what was asked for and what was left out, with the reason."""
    parts = [f"{written.count_of(len(plan.parts), 'contract')} to {BillingRun.Kind(plan.kind).label}."]
    parts += [f"{written.count_of(number, 'period')} left out: {reason}." for reason, number in plan.reasons]
    return " ".join(parts)


def _rows(lines: Iterable[PeriodLine]) -> Iterator[tuple[Cell, ...]]:
    for line in lines:
        row, invoice = line.period, line.period.invoice
        net, rated, before = (
            None if one is None else round_half_up(one, line.currency)
            for one in (line.net_amount, line.rated_amount, line.net_before)
        )
        yield (
            line.customer_name,
            line.contract_number,
            row.span.start,
            row.span.last_day,
            row.zone,
            row.get_state_display(),
            line.users_before,
            line.users,
            "" if line.users is None else "estimate" if line.is_estimate else "counted",
            line.change_percent,
            before,
            rated,
            net,
            line.currency,
            line.amount_change_percent,
            invoice.number if invoice is not None else "",
            line.delivery,
            line.reason,
            "; ".join(line.notes),
        )
