"""The calendar of a month: which days are covered, and the word that nobody was active on missing ones."""

from datetime import date, timedelta

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from ground import clock
from licenses.models import Contract, Instance
from licenses.portal.page import Crumb, PortalRequest, chosen_contract, page, zone_of
from licenses.queries import instances_for
from rollcall.period import EmptyPeriod, Period, civil_day
from usage.operations.confirm_report import NothingCovered
from usage.operations.declare_nobody_active import DeclarationRefused, declare_nobody_active
from usage.portal.calendar import Calendar, month_calendar
from usage.portal.forms import SOME_DAY, YEARS
from usage.queries import spans_of_days
from usage.queries.declarations import declarations_in


class DeclarationForm(forms.Form):
    """The days of an instance on which nobody was active; the person ticks that this is so."""

    instance = forms.CharField(max_length=32)
    first = forms.DateField(validators=SOME_DAY)
    last = forms.DateField(validators=SOME_DAY)
    said = forms.BooleanField()


@require_http_methods(["GET", "HEAD", "POST"])
def coverage_page(request: PortalRequest) -> HttpResponse:
    """Show one month of the days received, with what can be done about missing ones; or take a person's word."""
    if request.method == "POST":
        return _declare(request)
    contract, contracts = chosen_contract(request)
    today = civil_day(clock.now(), zone_of(contract)) if contract else clock.now().date()
    day = month_of(request.GET.get("month"), today)
    days = month_calendar(contract=contract, day=day, today=today) if contract else None
    return page(
        request,
        "portal/usage/coverage.html",
        section="usage",
        contract=contract,
        context={
            "contracts": contracts,
            "calendar": days,
            "month": day,
            "gaps": _gaps(days) if days else [],
            "declarations": declarations_in(contract=contract, period=days.period, zone=days.zone)
            if contract and days
            else [],
            "crumbs": [Crumb(words="Usage", address=reverse("usage:reports")), Crumb(words="Days received")],
        },
    )


def _declare(request: PortalRequest) -> HttpResponse:
    """Take the word that nobody was active; a refusal comes back in words on the calendar."""
    form = DeclarationForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Give the first and the last day, and tick that nobody was active.")
        return redirect(_back(None, request.POST.get("first")))
    first, last = form.cleaned_data["first"], form.cleaned_data["last"]
    instance = _instance(request, form.cleaned_data["instance"])
    if instance is None:
        messages.error(request, "Choose one of your instances.")
        return redirect(_back(None, first.isoformat()))
    try:
        days = Period(first, last + timedelta(days=1))
        declare_nobody_active(actor=request.actor, instance=instance, days=days, now=clock.now())
    except EmptyPeriod:
        messages.error(request, "The last day is before the first.")
    except (DeclarationRefused, NothingCovered) as refusal:
        messages.error(request, str(refusal))
    else:
        said = f"You said that nobody was active on {instance.name} on {days.words()}. It can be undone below."
        messages.success(request, f"{said} The days count as reported in a moment.")
    return redirect(_back(instance.contract, first.isoformat()))


def month_of(text: str | None, otherwise: date) -> date:
    """Return the first day of a month written as 2026-04 or as one of its days; otherwise that of another day.

    A month of a year in which nobody can have reported is as good as none.
    """
    try:
        found = date.fromisoformat(f"{text[:7]}-01") if text else otherwise
    except ValueError:
        found = otherwise
    return (found if found.year in YEARS else otherwise).replace(day=1)


def _instance(request: PortalRequest, public_id: str) -> Instance | None:
    return instances_for(request.actor).select_related("contract").filter(public_id=public_id).first()


def _gaps(days: Calendar) -> list[tuple[str, str, Period]]:
    """Every span of missing days: the instance's name, its id, the days."""
    return [(row.name, row.instance_id, span) for row in days.rows for span in spans_of_days(row.missing)]


def _back(contract: Contract | None, month: str | None) -> str:
    query = [f"contract={contract.public_id}"] if contract else []
    if month:
        query.append(f"month={month[:7]}")
    return f"{reverse('usage:coverage')}?{'&'.join(query)}"
