"""Say what a file would cost before anybody confirms it: the rating of each period before it and with it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import transaction

from billing.models import BillingPeriod, Invoice
from billing.rating import Known, Quantities, closed_quantities, rate_document, usage_document
from billing.terms_in_force import TermsInForce, counted_metrics, terms_in_force
from licenses.models import Contract
from licenses.queries import NothingAgreed
from licenses.ranges import range_of
from rollcall.period import Period
from rollcall.terms.metrics import Metric
from rollcall.terms.reported import ReportedMetric
from usage.models import PreviewState, ReportPreview

State = BillingPeriod.State
# From here on the days of a period were billed, or are about to be: what changes is late usage.
CLOSED = (State.COUNTED, State.DRAFTED, State.INVOICED)


def price_preview(*, preview_id: int) -> list[dict[str, Any]]:
    """Write beside a trial that is ready what each charge would come to before tax, and return it.

    [{"charge", "metric", "start", "end", "currency", "before", "after", "closed", "invoice", "invoice_id"}, ...];
    amounts are decimal strings, None where the users are not known; ``invoice`` is the number of the finalized
    invoice of the period or "". Nothing is billed by it.
    """
    preview = ReportPreview.objects.select_related("report__contract").get(pk=preview_id)
    if preview.state != PreviewState.READY or preview.result is None:
        return []
    effects = preview.result["effects"]
    amounts = list(_amounts(preview.report.contract, effects))
    with transaction.atomic(durable=True):
        ReportPreview.objects.filter(pk=preview.pk).update(amounts=amounts)
    return amounts


def _amounts(contract: Contract, effects: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for period in sorted({Period.from_json(effect) for effect in effects}):
        try:
            force = terms_in_force(contract=contract, period=period)
        except NothingAgreed:
            continue
        for charge_key in force.billed_keys:
            metric = force.metric_of(charge_key)
            effect = _effect(effects, period, metric) if metric is not None else None
            if effect is None:
                continue
            yield {
                "charge": charge_key,
                "metric": effect["metric"],
                "start": effect["start"],
                "end": effect["end"],
                "currency": force.terms.currency,
                "before": _amount(contract, force, effects, period, charge_key, "before"),
                "after": _amount(contract, force, effects, period, charge_key, "after"),
                **_standing(contract, period, charge_key),
            }


def _amount(
    contract: Contract,
    force: TermsInForce,
    effects: Sequence[Mapping[str, Any]],
    period: Period,
    charge_key: str,
    side: str,
) -> str | None:
    """Rate the term up to the period with the users of one side; None while some metric is not known."""
    quantities: Quantities = {
        earlier: Known(
            quantities=_quantities(effects, force, earlier, known.quantities, side), missing_days=known.missing_days
        )
        for earlier, known in closed_quantities(contract=contract, force=force, before=period).items()
    }
    own = _quantities(effects, force, period, {}, side)
    if not counted_metrics(force.billed_terms) <= set(own):
        return None
    quantities[period] = Known(quantities=own)
    rated = rate_document(force=force, usage=usage_document(quantities), period=period, charge_key=charge_key).document
    return str(rated["net_amount"])


def _quantities(
    effects: Sequence[Mapping[str, Any]],
    force: TermsInForce,
    period: Period,
    known: Mapping[str, Mapping[str, Any]],
    side: str,
) -> dict[str, Mapping[str, Any]]:
    """Return the quantities of a period with what the file changes, where the contract bills the number of users.

    A daily series and what actions add up to are known only once the file counts: nothing is guessed from users.
    """
    found = {
        effect["metric"]: effect[side]
        for effect in effects
        if Period.from_json(effect) == period and _bills_users(force, effect["metric"])
    }
    return {**known, **{metric: {"users": users} for metric, users in found.items() if users is not None}}


def _bills_users(force: TermsInForce, name: str) -> bool:
    metric = force.terms.metrics.get(name)
    return isinstance(metric, ReportedMetric) or (isinstance(metric, Metric) and metric.calculation is None)


def _standing(contract: Contract, period: Period, charge_key: str) -> dict[str, Any]:
    """Return whether the period is closed, and the finalized invoice that billed it."""
    row = (
        BillingPeriod.objects.filter(
            contract=contract, charge_key=charge_key, kind=BillingPeriod.Kind.REGULAR, period=range_of(period)
        )
        .select_related("invoice")
        .first()
    )
    invoice = row.invoice if row is not None else None
    is_out = invoice is not None and invoice.state == Invoice.State.FINALIZED
    return {
        "closed": row is not None and row.state in CLOSED,
        "invoice": invoice.number if invoice is not None and is_out else "",
        "invoice_id": invoice.public_id if invoice is not None and is_out else "",
    }


def _effect(effects: Sequence[Mapping[str, Any]], period: Period, metric: str) -> Mapping[str, Any] | None:
    return next((one for one in effects if Period.from_json(one) == period and one["metric"] == metric), None)
