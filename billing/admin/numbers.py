"""Explain this number, for the vendor: a billing period, a count, an invoice, and one person of a count."""

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from billing.admin.invoice import invoice_or_404
from billing.admin.period import period_or_404
from ground.middleware import actor_of
from usage.models import ActiveUserCount
from usage.queries.counts import counts_for


@require_GET
def number(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Explain the numbers of one billing period."""
    period_or_404(request, pk)
    return redirect("desk:period", pk)


@require_GET
def invoice_explained(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Lead to the main period of an invoice."""
    invoice = invoice_or_404(request, public_id)
    main = invoice.billing_periods.order_by("-is_main", "charge_key", "pk").first()
    return redirect("desk:number", main.pk) if main is not None else redirect("desk:invoice", public_id)


@require_GET
def count_explained(request: HttpRequest, count: int) -> HttpResponseBase:
    """Explain one count."""
    return (
        redirect("admin:usage_activeusercount_changelist") if count_or_404(request, count) else redirect("desk:today")
    )


@require_GET
def count_csv(request: HttpRequest, count: int) -> HttpResponseBase:
    """Send the people of a count as a table."""
    count_or_404(request, count)
    raise Http404("There is no list.")


count_xlsx = count_csv


@require_GET
def count_person(request: HttpRequest, count: int, user_ref: str) -> HttpResponseBase:
    """Show one person of a count."""
    count_or_404(request, count)
    raise Http404("There is no such person in this count.")


def count_or_404(request: HttpRequest, pk: int) -> ActiveUserCount:
    """Return the count with its contract."""
    found = counts_for(actor_of(request)).filter(pk=pk).first()
    if found is None:
        raise Http404("There is no such count.")
    return found
