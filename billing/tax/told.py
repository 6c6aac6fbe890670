"""Everything that a snapshot says about the tax, in one call."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from billing.models import Invoice, InvoiceLine
from billing.tax.currency import tax_currency_entry
from billing.tax.deciding import TaxNotDecided
from billing.tax.entries import tax_entry
from rollcall.rating import TaxTotal
from rollcall.terms.rules import Tax


class TaxOutdated(TaxNotDecided):
    """The tax of a draft would be another one now, cannot be decided, or lacks its exchange rate."""


def tax_told(
    *,
    invoice: Invoice,
    lines: Sequence[InvoiceLine],
    taxes: Sequence[TaxTotal],
    tax: Tax,
    before: Sequence[TaxTotal] = (),
) -> dict[str, Any]:
    """Return `{"tax": ...}`, and `"tax_currency"` where the law wants the tax in another currency, too.

    `before` is what earlier credit notes of the corrected invoice gave back of its tax.
    """
    told = tax_entry(lines=lines, tax=tax, customer=invoice.customer)
    day = date.fromisoformat(told["decided_on"]) if told.get("decided_on") else None
    return {"tax": told, **tax_currency_entry(invoice=invoice, taxes=taxes, tax_point=day, before=before)}


def require_current_tax(snapshot: Mapping[str, Any]) -> None:
    """Raise TaxOutdated for the snapshot of a draft that must not become final for its tax."""
    waits = snapshot["tax"].get("outdated") or snapshot.get("tax_currency", {}).get("missing")
    if waits:
        raise TaxOutdated(waits)
