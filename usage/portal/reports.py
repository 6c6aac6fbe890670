"""What was sent and what was made of it: the calendar, the months, the list of reports."""

from datetime import date

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from ground import clock
from licenses.portal.page import PortalRequest, chosen_contract, page, zone_of
from licenses.queries import instances_for
from rollcall.period import civil_day
from usage.models import ReportState, UsageReport
from usage.portal.calendar import calendar, days_in_words
from usage.queries import reports_for

ON_A_PAGE = 25
# Filters and orders that a query may name; anything else is ignored.
STATES = {
    "waiting": (ReportState.NEEDS_CONFIRMATION, ReportState.NEEDS_DECISION),
    "accepted": (ReportState.ACCEPTED, ReportState.QUARANTINED),
    "quarantined": (ReportState.QUARANTINED,),
    "rejected": (ReportState.REJECTED,),
}
ORDERS = {"received": "received_at", "-received": "-received_at", "file": "file_name", "-file": "-file_name"}


@require_safe
def reports(request: PortalRequest) -> HttpResponse:
    """List the reports of a contract below the days that have arrived."""
    contract, contracts = chosen_contract(request)
    today = civil_day(clock.now(), zone_of(contract)) if contract else clock.now().date()
    days = calendar(contract=contract, day=_day(request.GET.get("day"), today), today=today) if contract else None
    found = reports_for(request.actor).filter(contract=contract).select_related("instance")
    order = request.GET.get("order", "")
    listed = Paginator(_filtered(found, request).order_by(ORDERS.get(order, "-received_at"), "-pk"), ON_A_PAGE)
    shown = listed.get_page(request.GET.get("page"))
    return page(
        request,
        "portal/usage/reports.html",
        section="usage",
        contract=contract,
        context={
            "contracts": contracts,
            "instances": list(instances_for(request.actor).filter(contract=contract)),
            "calendar": days,
            "missing": [(name, days_in_words(missing)) for name, missing in days.missing.items()] if days else [],
            "waiting": list(found.filter(state__in=STATES["waiting"])),
            "has_reports": found.exists(),
            "page": shown,
            "pages": listed.get_elided_page_range(shown.number, on_each_side=1, on_ends=1),
            "order": order if order in ORDERS else "-received",
            "filters": {key: request.GET.get(key, "") for key in ("state", "instance", "find")},
        },
    )


def _filtered(found: QuerySet[UsageReport], request: PortalRequest) -> QuerySet[UsageReport]:
    """Narrow the list by what the query names; all of it stays within what the actor may see."""
    states = STATES.get(request.GET.get("state", ""))
    if states:
        found = found.filter(state__in=states)
    if instance := request.GET.get("instance"):
        found = found.filter(instance__public_id=instance)
    if text := request.GET.get("find", "").strip()[:200]:
        found = found.filter(file_name__icontains=text)
    return found


def _day(text: str | None, otherwise: date) -> date:
    try:
        return date.fromisoformat(text) if text else otherwise
    except ValueError:
        return otherwise
