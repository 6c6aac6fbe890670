"""Today: what waits for me?"""

from decimal import Decimal

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_GET

from billing.models import BillingPeriod, Difference, Invoice, TrueUp
from billing.queries import (
    MonthFigures,
    WorkItem,
    month_lines,
    monthly_figures,
    silent_work,
    webhook_work,
    work_today,
)
from billing.queries.before_bill import estimates_so_far, notices_for
from billing.queries.deliveries import unsent
from billing.queries.month_steps import is_out
from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of
from ground.presentation import charts
from ground.presentation import format as written
from licenses.models import Instance, WebhookDestination
from usage.models import UsageReport

# Reconcile has them all; here they must not hide what else waits.
DIFFERENCES_SHOWN = 8
MARKS = {
    "held": "pause",
    "difference": "scale",
    "true_up": "late",
    "draft": "pen",
    "silent": "clock",
    "report": "scale",
    "webhook": "cross",
}


def address_of(item: WorkItem) -> str:
    """Return the desk page on which an item of work is done."""
    subject = item.subject
    if isinstance(subject, BillingPeriod):
        return reverse("desk:period", args=[subject.pk])
    if isinstance(subject, Difference):
        return reverse("desk:difference", args=[subject.public_id])
    if isinstance(subject, TrueUp):
        return reverse("desk:true_up", args=[subject.public_id])
    if isinstance(subject, Invoice):
        return reverse("desk:invoice", args=[subject.public_id])
    if isinstance(subject, UsageReport):
        return reverse("desk_usage:decide", args=[subject.public_id])
    if isinstance(subject, WebhookDestination):
        return reverse("desk_webhooks:webhook", args=[subject.public_id])
    if isinstance(subject, Instance):
        return f"{reverse('desk:coverage')}?contract={subject.contract.public_id}"
    raise TypeError(f"{type(subject).__name__} has no page on the desk.")


@require_GET
def today(request: HttpRequest) -> HttpResponseBase:
    """Show what waits for a person, the month that is being closed, and twelve months of users and revenue."""
    actor, day = actor_of(request), clock.today("UTC")
    figures = monthly_figures(actor=actor, until=day)
    closing = figures[-2] if len(figures) > 1 else figures[-1]
    items = [*work_today(actor=actor), *silent_work(actor=actor, now=clock.now()), *webhook_work(actor=actor)]
    shown, more = _not_too_many(items)
    to_send = unsent(actor=actor, today=day)
    work = [(item, MARKS[item.kind], address_of(item)) for item in shown]
    context = {
        "work": work,
        "so_far": estimates_so_far(actor=actor, today=day),
        "notices": notices_for(actor=actor, now=clock.now()),
        "to_send": to_send,
        "waiting": len(items) + (to_send is not None),
        "more_differences": more,
        "closing": closing,
        "closing_is_out": is_out(month_lines(actor=actor, month=closing.month)),
        "figures": figures,
        "currencies": sorted({currency for month in figures for currency in month.amounts}),
        "has_figures": any(month.contracts_counted for month in figures),
        "users_chart": users_chart(figures),
        "now": clock.now(),
    }
    return desk_page(request, "desk/today.html", context, title="Today")


def _not_too_many(items: list[WorkItem]) -> tuple[list[WorkItem], int]:
    """Return the items with the largest differences only, in their order, and how many differences are left out."""
    differences = sorted(
        (item for item in items if item.kind == "difference"), key=lambda item: -abs(item.amount or Decimal(0))
    )
    small = {id(item) for item in differences[DIFFERENCES_SHOWN:]}
    return [item for item in items if id(item) not in small], len(small)


def users_chart(figures: list[MonthFigures]) -> charts.ColumnChart:
    """Draw active users by month; a month that is not closed for every contract is drawn as open."""
    return charts.column_chart(
        [
            charts.Point(
                label=f"{month.month:%b}",
                value=month.active_users if month.contracts_counted else None,
                words=written.number(month.active_users),
                is_final=month.contracts_counted == month.contracts,
            )
            for month in figures
        ]
    )
