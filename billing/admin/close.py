"""Close: can this month go out? Every contract with its state, count, change and amount."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from billing.admin.refusals import said_to
from billing.models import Invoice
from billing.operations.close_month import MonthClosing, close_month
from billing.operations.finalize_invoice import finalize_invoice
from billing.queries import PeriodLine, invoices_for, month_lines, month_totals
from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of
from ground.models import Job
from ground.presentation import format as written
from licenses.queries import contracts_for

UNFINISHED = (Job.State.QUEUED, Job.State.RUNNING)
CLOSING = "billing.close_period"


def asked_month(text: str) -> date:
    """Read a month such as "2026-10"; anything else means the month before this one."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return (clock.today("UTC").replace(day=1) - timedelta(days=1)).replace(day=1)


@require_GET
def close_page(request: HttpRequest) -> HttpResponseBase:
    """Show the billing run of one month."""
    month = asked_month(request.GET.get("month", ""))
    lines = month_lines(actor=actor_of(request), month=month)
    view = request.GET.get("view", "")
    context: dict[str, Any] = {
        "month": month,
        "months": [month_before(clock.today("UTC"), back) for back in range(13)],
        "lines": [line for line in lines if shown_in(view, line)],
        "totals": month_totals(lines),
        "views": [(key, words, sum(shown_in(key, line) for line in lines)) for key, words in VIEWS],
        "view": view,
        "all_lines": len(lines),
        "drafts": sum(line.state == "drafted" for line in lines),
        "waiting": Job.objects.filter(kind=CLOSING, state__in=UNFINISHED).count(),
        "failed": Job.objects.filter(kind=CLOSING, state=Job.State.FAILED).order_by("-id")[:5],
    }
    return desk_page(request, "desk/close.html", context, title=f"Close {month:%B %Y}")


VIEWS = (("", "All"), ("person", "Needs a person"), ("drafted", "Drafts"), ("outlier", "Change of 10 % or more"))


def shown_in(view: str, line: PeriodLine) -> bool:
    """Whether a line belongs to a saved view of the page."""
    if view == "person":
        return line.state in ("held", "drafted")
    if view == "drafted":
        return line.state == "drafted"
    return line.is_outlier if view == "outlier" else True


def month_before(day: date, months: int) -> date:
    """Return the first day of the month that lies so many months back."""
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def page_of(month: date) -> str:
    return f"{reverse('desk:close')}?month={month:%Y-%m}"


@require_POST
def count_and_draft(request: HttpRequest) -> HttpResponseBase:
    """Have the chosen contracts, or all, counted and drafted; jobs do it, the page shows how far they are."""
    actor, month = actor_of(request), asked_month(request.POST.get("month", ""))
    chosen = request.POST.getlist("contract")
    contracts = contracts_for(actor).filter(public_id__in=chosen).order_by("number") if chosen else None
    with said_to(request):
        closing = close_month(actor=actor, month=month, now=clock.now(), contracts=contracts)
        messages.success(request, in_words(closing))
    return redirect(page_of(month))


def in_words(closing: MonthClosing) -> str:
    """Say what was asked for and what was left out, with the reason."""
    parts = [f"{written.count_of(len(closing.job_ids), 'contract')} to count and draft."]
    if closing.already_invoiced:
        parts.append(f"{written.count_of(closing.already_invoiced, 'period')} left out: invoiced already.")
    if closing.not_over:
        parts.append(f"{written.count_of(closing.not_over, 'period')} left out: not over yet.")
    return " ".join(parts)


@require_POST
def finalize_drafts(request: HttpRequest) -> HttpResponseBase:
    """Finalize the chosen drafts one after the other; one that is refused says so and holds up none of the others."""
    actor, month = actor_of(request), asked_month(request.POST.get("month", ""))
    chosen = set(request.POST.getlist("invoice"))
    drafts = invoices_for(actor=actor).filter(public_id__in=chosen, state=Invoice.State.DRAFT)
    found, done = list(drafts.order_by("contract__number")), []
    if gone := len(chosen) - len(found):
        messages.error(
            request, f"{gone} of the chosen drafts {'is' if gone == 1 else 'are'} gone or finalized already."
        )
    for draft in found:
        with said_to(request):
            final = finalize_invoice(actor=actor, invoice=draft, now=clock.now(), today=clock.today(draft.zone))
            done.append(str(final.number))
    if done:
        messages.success(request, f"Finalized {', '.join(done)}. The documents are being made.")
    elif not chosen:
        messages.error(request, "Choose the drafts to finalize first.")
    return redirect(page_of(month))
