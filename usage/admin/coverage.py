"""Days received, at the desk: the calendar of a month for every contract, or for those that a search names."""

from datetime import date, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_GET

from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of
from licenses.models import Contract, Instance
from licenses.queries import NothingAgreed, contracts_for, latest_version, terms_of
from usage.portal.calendar import MONTHS, month_calendar
from usage.portal.coverage import month_of
from usage.queries import DayCoverage, days_left_out, is_made_of_days
from usage.queries.declarations import declarations_in

ON_A_PAGE = 20


@require_GET
def coverage_page(request: HttpRequest) -> HttpResponseBase:
    """Show the days of a month per contract and instance, with the words that customers gave."""
    today = clock.today("UTC")
    month = month_of(request.GET.get("month"), today)
    found = contracts_for(actor_of(request)).select_related("customer").order_by("customer__name", "number")
    if wanted := request.GET.get("contract"):
        found = found.filter(public_id=wanted)
    if text := request.GET.get("find", "").strip()[:200]:
        found = found.filter(Q(customer__name__icontains=text) | Q(number__icontains=text))
    listed = Paginator(found, ON_A_PAGE)
    shown = listed.get_page(request.GET.get("page"))
    context = {
        "month": month,
        "before": month - timedelta(days=1),
        "after": MONTHS.period_of(month).end if month < today.replace(day=1) else None,
        "find": request.GET.get("find", ""),
        "page": shown,
        "pages": listed.get_elided_page_range(shown.number, on_each_side=1, on_ends=1),
        "entries": [_entry(contract, month, today) for contract in shown.object_list],
    }
    return desk_page(request, "desk/coverage.html", context, title=f"Days received, {month:%B %Y}")


def _entry(contract: Contract, month: date, today: date) -> dict[str, Any]:
    days = month_calendar(contract=contract, day=month, today=today, addresses=_at_the_desk)
    said = declarations_in(contract=contract, period=days.period, zone=days.zone) if days else []
    metrics = _made_of_days(contract)
    left_out = days_left_out(contract=contract, metrics=metrics, period=MONTHS.period_of(month)) if metrics else []
    return {
        "contract": contract,
        "calendar": days,
        "declarations": said,
        "may_leave_out": bool(metrics),
        "left_out": left_out,
    }


def _made_of_days(contract: Contract) -> list[str]:
    """The metrics of the newest version whose quantities are made of days, so that one can be left out."""
    try:
        terms = terms_of(latest_version(contract=contract))
    except NothingAgreed:
        return []
    return sorted(name for name, metric in terms.metrics.items() if is_made_of_days(metric))


def _at_the_desk(instance: Instance, day: DayCoverage) -> str:
    """A day leads to the record of its report; what is missing is the customer's to send."""
    return reverse("admin:usage_usagereport_change", args=[day.reports[-1].pk]) if day.reports else ""
