"""Which installations report."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from ground import clock
from ground.actor import Actor
from ground.presentation import format
from licenses.models import Contract, Instance
from licenses.portal.page import PortalRequest, chosen_contract, page, zone_of
from licenses.queries import instances_for
from rollcall.period import civil_day
from usage.models import UsageReport
from usage.portal.calendar import calendar, days_in_words
from usage.queries import reports_for
from usage.queries.ownership import COUNTED_STATES


@dataclass(frozen=True, kw_only=True)
class InstanceRow:
    """One instance with its last report and the days it owes in the period that runs."""

    instance: Instance
    last: UsageReport | None
    covered_until: date | None
    missing: tuple[date, ...]

    @property
    def days(self) -> str:
        """The days on which it owes a report."""
        start = f"since {format.day(self.instance.reports_from)}"
        until = self.instance.reports_until
        return format.days(self.instance.reports_from, until) if until else start

    @property
    def missing_words(self) -> str:
        return f"missing {days_in_words(list(self.missing))}"


@require_safe
def instances(request: PortalRequest) -> HttpResponse:
    """List the instances of a contract with their last report and the days they owe."""
    contract, contracts = chosen_contract(request)
    return page(
        request,
        "portal/usage/instances.html",
        section="instances",
        contract=contract,
        context={"contracts": contracts, "rows": _rows(request.actor, contract) if contract else []},
    )


def _rows(actor: Actor, contract: Contract) -> list[InstanceRow]:
    zone = zone_of(contract)
    today = civil_day(clock.now(), zone)
    days = calendar(contract=contract, day=today, today=today)
    missing = days.missing if days else {}
    return [
        _row(actor, instance, zone, missing.get(instance.name, []))
        for instance in instances_for(actor).filter(contract=contract).order_by("name")
    ]


def _row(actor: Actor, instance: Instance, zone: str, missing: list[date]) -> InstanceRow:
    reports = reports_for(actor).filter(instance=instance)
    furthest = reports.filter(state__in=COUNTED_STATES, covers__isnull=False).order_by("-covers__endswith").first()
    last_instant = furthest.covers.upper - timedelta(microseconds=1) if furthest and furthest.covers else None
    return InstanceRow(
        instance=instance,
        last=reports.order_by("-received_at", "-pk").first(),
        covered_until=civil_day(last_instant, zone) if last_instant else None,
        missing=tuple(missing),
    )
