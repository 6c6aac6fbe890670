"""After every story, opens the pages of what it left behind, as finance and as the customer sees them.

`make test ARGS="tests/billing tests/usage" ROLLCALL_EVERY_PAGE=1` puts contracts into states that no test of pages thinks
of, and each has its pages. A page that does not open is an error of the story that led to it.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from billing.models import BillingPeriod, BillingRun, Difference, Invoice, TrueUp
from licenses.models import Contract
from tests.cast import House
from tests.desk.walk import faults
from usage.models import ReporterRecall, UsageReport

# Of each kind of thing that a story left, so many are looked at, the newest first.
LOOKED_AT = 3
LISTS = {
    "finance": (
        "desk:today",
        "desk:coverage",
        "desk:reconcile",
        "desk:true_ups",
        "desk:true_up_calendar",
        "desk:accounting",
        "desk:recalls",
        "desk_usage:waiting",
        "desk_usage:to_decide",
    ),
    "customer": ("billing:home", "billing:counted", "billing:invoices", "billing:contract", "usage:reports"),
}
# The pages behind those of a thing itself. Lists of everything would be opened once more for every thing.
BEHIND = frozenset(
    {
        *("desk:credit", "desk:adjust", "desk:as_known", "desk:number", "desk:invoice_explained", "desk:amend"),
        *("desk:count_explained", "desk:count_person", "desk:excused", "desk_usage:decide", "desk_usage:lines"),
        *("desk:invoice", "desk:contract", "desk:period", "desk:true_up", "desk:difference"),
        *("billing:invoice", "billing:as_known", "billing:invoice_people", "billing:counted", "billing:recall"),
        *("billing:count_explained", "billing:count_person", "billing:invoice_person", "billing:preview"),
        *("usage:report", "usage:quarantine", "usage:findings", "usage:confirm", "usage:lines", "usage:tables"),
    }
)


def _newest(route: str, things: QuerySet[Any], key: str = "public_id") -> Iterator[str]:
    for one in things.order_by("-pk")[:LOOKED_AT]:
        yield reverse(route, args=[getattr(one, key)])


def _of_finance() -> Iterable[str]:
    for period in BillingPeriod.objects.order_by("-pk")[:LOOKED_AT]:
        yield f"{reverse('desk:close')}?month={period.span.start:%Y-%m}"
    yield from _newest("desk:period", BillingPeriod.objects.all(), "pk")
    yield from _newest("desk:true_up", TrueUp.objects.all())
    yield from _newest("desk:difference", Difference.objects.all())
    yield from _newest("desk:invoice", Invoice.objects.all())
    yield from _newest("desk:contract", Contract.objects.all())
    yield from _newest("desk:recall", ReporterRecall.objects.all())
    yield from _newest("desk:billing_run", BillingRun.objects.all())
    yield from _newest("desk_usage:quarantine", UsageReport.objects.filter(rows_quarantined__gt=0))


def _of_customer(house: House) -> Iterable[str]:
    own = {"customer": house.customer_a}
    yield from _newest("billing:invoice", Invoice.objects.filter(state=Invoice.State.FINALIZED, **own))
    yield from _newest("usage:report", UsageReport.objects.filter(**own))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Function) -> None:
    """Open the pages while what the story wrote is still there."""
    funcargs = getattr(item, "funcargs", {})
    house = funcargs.get("committed_house") or funcargs.get("house")
    if not isinstance(house, House):
        return
    for person, name, things in (
        (house.finance, "finance", _of_finance()),
        (house.customer_admin_a, "customer", _of_customer(house)),
    ):
        client = Client(raise_request_exception=False)
        client.force_login(person.user)
        starts = [*(reverse(route) for route in LISTS[name]), *things]
        wrong = faults(client, list(dict.fromkeys(starts)), BEHIND.__contains__, views=len(LISTS[name]))
        assert not wrong, f"{person.user.email} cannot open {', '.join(wrong)}"
