"""Exchange rates: which are known, the form for the next one, and which legal entity says its tax in which currency."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from billing.models import ExchangeRate
from billing.operations.record_exchange_rate import RateRefused, record_exchange_rate
from billing.operations.set_tax_currency import set_tax_currency
from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of
from licenses.models import LegalEntity
from rollcall.money import CURRENCIES, UnknownCurrency

SHOWN = 100
FIELDS = ("base", "quote", "rate", "day", "source")


@require_http_methods(["GET", "POST"])
def exchange_rates(request: HttpRequest) -> HttpResponseBase:
    """Show the last rates; record one more."""
    if request.method != "POST":
        return _page(request)
    try:
        row = record_exchange_rate(
            actor=actor_of(request),
            base=request.POST.get("base", "").strip().upper(),
            quote=request.POST.get("quote", "").strip().upper(),
            rate=_rate(request.POST.get("rate", "")),
            day=_day(request.POST.get("day", "")),
            source=request.POST.get("source", ""),
            now=clock.now(),
            today=clock.today("UTC"),
        )
    except RateRefused as refused:
        return _page(request, errors={refused.field: str(refused)})
    messages.success(request, f"Recorded: {row}.")
    return redirect("desk:exchange_rates")


@require_POST
def tax_currency(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Set the currency in which a legal entity says its tax."""
    entity = get_object_or_404(LegalEntity, pk=pk)
    try:
        entity = set_tax_currency(
            actor=actor_of(request), legal_entity=entity, currency=request.POST.get("currency", "").strip().upper()
        )
    except UnknownCurrency as unknown:
        messages.error(request, str(unknown))
    else:
        said = f"in {entity.tax_currency}, too" if entity.tax_currency else "in the currency of the document only"
        messages.success(request, f"Documents of {entity.name} say their tax {said}.")
    return redirect("desk:exchange_rates")


def _rate(text: str) -> Decimal:
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        raise RateRefused("rate", "Write the rate with digits and a point, as in 1.0850.") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RateRefused("day", "Choose the day for which the rate was published.") from None


def _page(request: HttpRequest, *, errors: Mapping[str, str] | None = None) -> HttpResponseBase:
    context: dict[str, Any] = {
        "rates": ExchangeRate.objects.all()[:SHOWN],
        "shown": SHOWN,
        "entities": LegalEntity.objects.all(),
        "currencies": sorted(CURRENCIES),
        "errors": errors or {},
        "said": {name: request.POST.get(name, "") for name in FIELDS},
    }
    return desk_page(request, "desk/exchange_rates.html", context, title="Exchange rates")
