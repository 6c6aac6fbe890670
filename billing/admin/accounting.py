"""Who are we to an accountant: the numbers of our documents, and the days up to which the accounts are closed."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from billing.models import InvoiceSeries
from billing.operations.close_accounts import SHORTEST_REASON, CloseRefused, close_accounts
from billing.operations.open_series import SeriesOpenAlready, SeriesRefused, open_series
from billing.queries.accounting import accounts
from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of
from ground.presentation import format
from licenses.models import LegalEntity

# Days of the vendor's own calendar; documents are dated by the zone of their contract.
ZONE = "UTC"


@require_GET
def accounting_page(request: HttpRequest) -> HttpResponseBase:
    """Show each legal entity with its series and its closes."""
    return _page(request)


def _page(
    request: HttpRequest, *, entity: int | None = None, form: str = "", errors: dict[str, str] | None = None
) -> HttpResponseBase:
    actor = actor_of(request)
    context: dict[str, Any] = {
        "accounts": accounts(actor=actor),
        "may_close": actor.vendor_role == "finance",
        "kinds": InvoiceSeries.Kind.choices,
        "said": request.POST,
        "refused": entity,
        "form": form,
        "errors": errors or {},
        "shortest": SHORTEST_REASON,
        "next_year": clock.today(ZONE).year + 1,
    }
    return desk_page(request, "desk/accounting.html", context, title="Accounting")


@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Close the accounts of a legal entity up to a day."""
    actor_of(request).require_vendor("finance")
    entity = get_object_or_404(LegalEntity, pk=pk)
    try:
        through = date.fromisoformat(request.POST.get("through", "").strip())
    except ValueError:
        return _page(request, entity=pk, form="close", errors={"through": "Give the last day that is closed, a date."})
    try:
        close_accounts(
            actor=actor_of(request),
            legal_entity=entity,
            through=through,
            now=clock.now(),
            today=clock.today(ZONE),
            reason=request.POST.get("reason", ""),
        )
    except CloseRefused as refused:
        field = "reason" if len(request.POST.get("reason", "").strip()) < SHORTEST_REASON else "through"
        return _page(request, entity=pk, form="close", errors={field: str(refused)})
    messages.success(request, f"Closed: no document of {entity.name} is dated {format.day(through)} or before.")
    return redirect("desk:accounting")


@require_POST
def start_anew(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Let numbers start anew every year, from a year on."""
    actor_of(request).require_vendor("finance")
    entity = get_object_or_404(LegalEntity, pk=pk)
    said = request.POST
    year, kind, prefix = said.get("year", "").strip(), said.get("kind", ""), said.get("prefix", "").strip()
    if not (year.isascii() and year.isdecimal() and 2000 <= int(year[:6]) <= 9999):
        return _page(request, entity=pk, form="series", errors={"year": "Write the year with four digits."})
    if kind not in InvoiceSeries.Kind.values:
        return _page(request, entity=pk, form="series", errors={"kind": "Choose what is numbered."})
    try:
        series = open_series(
            actor=actor_of(request),
            legal_entity=entity,
            prefix=prefix or None,
            kind=InvoiceSeries.Kind(kind),
            year=int(year),
        )
    except (SeriesOpenAlready, SeriesRefused) as refused:
        return _page(request, entity=pk, form="series", errors={"prefix": str(refused)})
    messages.success(request, f"From {series.year} on the first number is {series.number_text(series.first_number)}.")
    return redirect("desk:accounting")
