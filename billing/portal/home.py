"""The customer's first page: what will we pay, and what do you need from us?"""

from collections.abc import Sequence

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from billing.estimate import Estimate, estimate
from billing.queries import ContractHome, CustomerMonth, contract_homes, finalized_invoices
from ground import clock
from ground.presentation import format
from ground.presentation.charts import ColumnChart, Limit, Point, column_chart
from licenses.portal.page import PortalRequest, chosen_contract, page, zone_of
from licenses.queries import NothingAgreed, latest_version, terms_of
from rollcall.period import civil_day
from usage.models import ReportState
from usage.portal.calendar import calendar, days_in_words
from usage.queries import reported_count, reports_for

LAST_INVOICES = 3
# Accounts that exist are drawn on top of the active ones up to this many times as many; beyond, the bars would vanish.
STILL_VISIBLE = 4


@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """Show the running cycle, what is missing, twelve months and the last invoices."""
    contract, contracts = chosen_contract(request)
    if contract is None:
        return page(request, "portal/home/home.html", section="home", context={"contracts": contracts})
    today = civil_day(clock.now(), zone_of(contract))
    here = next(one for one in contract_homes(actor=request.actor, today=today) if one.contract == contract)
    days = calendar(contract=contract, day=today, today=today)
    waiting = reports_for(request.actor).filter(contract=contract, state=ReportState.NEEDS_CONFIRMATION)
    return page(
        request,
        "portal/home/home.html",
        section="home",
        contract=contract,
        context={
            "contracts": contracts,
            "here": here,
            "explained": _explained_at(here),
            "days_left_words": f"{format.count_of(here.days_left, 'day')} left",
            "reported": reported_count(contract=contract, period=here.current.period) if here.current else None,
            "estimate": _estimate(here),
            "calendar": days,
            "missing": [(name, days_in_words(owed)) for name, owed in days.missing.items()] if days else [],
            "waiting": list(waiting),
            "chart": _chart(here) if _counted(here.months) else None,
            "series": _series_words(here.months),
            "counted_users": _counted_users(here.months),
            "bills_reported": _counted_users(here.months) != "Active users",
            "idle": _idle(here.months),
            "months": list(reversed(here.months)),
            "currency": _currency(here),
            "invoices": list(finalized_invoices(actor=request.actor)[:LAST_INVOICES]),
        },
    )


def _explained_at(here: ContractHome) -> str:
    """Return the address of the page that explains the figures of the running period."""
    day = f"&period={here.current.period.start}" if here.estimate_users is not None and here.current else ""
    return f"{reverse('billing:counted')}?contract={here.contract.public_id}{day}"


def _estimate(here: ContractHome) -> Estimate | None:
    if here.current is None or here.estimate_users is None or here.shadow_until is not None:
        return None
    return estimate(contract=here.contract, period=here.current.period, users=here.estimate_users)


def _counted(months: Sequence[CustomerMonth]) -> list[CustomerMonth]:
    return [month for month in months if month.users is not None]


def _chart(here: ContractHome) -> ColumnChart:
    """Draw active users per period against the floor, with idle accounts on top where that leaves them readable."""
    counted = _counted(here.months)
    most = max(month.users or 0 for month in counted)
    most_accounts = max((month.provisioned_users or 0 for month in counted), default=0)
    shows_idle = 0 < most_accounts <= STILL_VISIBLE * max(most, 1)
    points = [
        Point(
            label=format.period_label(month.period),
            value=month.users,
            rest=_idle_of(month) if shows_idle else 0,
            words=_column_words(month) if shows_idle else format.number(month.users or 0),
            is_final=not month.is_estimate,
        )
        for month in here.months
    ]
    floor = here.floor_users
    return column_chart(points, limits=[Limit(words=f"floor {format.number(floor)}", value=floor)] if floor else [])


def _column_words(month: CustomerMonth) -> str:
    """Name the last column, on which idle accounts lie on top of the active ones."""
    active = format.number(month.active_users or 0)
    return f"{active} of {format.number(month.provisioned_users)}" if month.provisioned_users else active


def _series_words(months: Sequence[CustomerMonth]) -> str:
    """Say for a screen reader what the chart shows."""
    figures = (f"{format.period_name(month.period)} {format.number(month.users or 0)}" for month in _counted(months))
    return f"{_counted_users(months)} by period: {'; '.join(figures)}"


def _counted_users(months: Sequence[CustomerMonth]) -> str:
    return "Reported users" if any(month.reported_users is not None for month in months) else "Active users"


def _idle(months: Sequence[CustomerMonth]) -> CustomerMonth | None:
    """Return the last billed month of which the number of accounts is known, to say how many of them were idle."""
    billed = [month for month in months if month.provisioned_users and month.billed_users is not None]
    return next((month for month in reversed(billed) if _idle_of(month)), None)


def _idle_of(month: CustomerMonth) -> int:
    """Return how many accounts nobody used; unknown, so none, where nobody's activity is counted."""
    return 0 if month.active_users is None else max(0, (month.provisioned_users or 0) - month.active_users)


def _currency(here: ContractHome) -> str:
    try:
        return terms_of(latest_version(contract=here.contract)).currency
    except NothingAgreed:
        return ""
