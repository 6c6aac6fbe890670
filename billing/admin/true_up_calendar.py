"""The calendar of settlements to come, and one invoice as it was known then and is known now."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_GET

from billing.models import Invoice
from billing.queries import invoices_for
from billing.queries.as_known import as_known
from billing.queries.coming_true_ups import ComingTrueUp, coming_true_ups
from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of
from rollcall.money import exact_sum


@require_GET
def calendar_page(request: HttpRequest) -> HttpResponseBase:
    """Show what is coming under all contracts, by the month in which it is due."""
    coming = coming_true_ups(actor=actor_of(request), today=clock.today("UTC"))
    by_month: dict[date, list[ComingTrueUp]] = defaultdict(list)
    for one in coming:
        by_month[one.due.replace(day=1)].append(one)
    months = [(month, rows, _sums(rows)) for month, rows in sorted(by_month.items())]
    return desk_page(request, "desk/true_up_calendar.html", {"months": months}, title="True-ups to come")


def _sums(coming: Sequence[ComingTrueUp]) -> dict[str, Decimal]:
    """Add up what is expected, by currency; what is not known adds nothing and is shown as not known."""
    known = [(one.currency, one.expected_amount) for one in coming if one.expected_amount is not None]
    return {
        currency: exact_sum(amount for other, amount in known if other == currency)
        for currency in sorted({currency for currency, _ in known})
    }


@require_GET
def as_known_page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show a finalized invoice as of its date and as of today, and what lies between."""
    actor = actor_of(request)
    invoice = invoices_for(actor=actor).filter(public_id=public_id, state=Invoice.State.FINALIZED).first()
    if invoice is None:
        raise Http404("There is no such finalized invoice.")
    context = {"known": as_known(actor=actor, invoice=invoice), "invoice": invoice}
    return desk_page(request, "desk/as_known.html", context, title=f"{invoice.number}, then and now")
