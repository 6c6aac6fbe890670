"""Differences that a person billed with and said so: entries among the working of an invoice."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from billing.models import BillingPeriod, Difference
from billing.totals import amount_text


def said_differences(*, periods: Sequence[BillingPeriod], currency: str) -> list[dict[str, Any]]:
    """Return one entry of the working for each explained difference that the invoice of these periods names."""
    rows = Difference.objects.filter(billing_period__in=periods, state=Difference.State.EXPLAINED).order_by("pk")
    return [
        {
            "charge": next(period.charge_key for period in periods if period.pk == row.billing_period_id),
            "step": "difference",
            "words": f"{row.words} {row.reason}",
            "arithmetic": "",
            "amount": amount_text(Decimal(0), currency),
        }
        for row in rows
        if _is_said(row)
    ]


def _is_said(row: Difference) -> bool:
    """Whether the person who explained it last wanted the customer to read it."""
    last = row.entries.filter(verb="explained").order_by("pk").last()
    return last is not None and bool(last.data.get("on_invoice"))
