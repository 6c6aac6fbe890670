"""The lines behind an amount: those of the charge that is explained, and the others of its document."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from billing.adjusting import line_figures
from billing.models import BillingPeriod, Invoice, InvoiceLine
from ground.actor import Actor


def snapshot_of(invoice: Invoice | None) -> dict[str, Any] | None:
    """Return what was frozen when a document became final; None before."""
    return invoice.snapshot if invoice is not None and invoice.state == Invoice.State.FINALIZED else None


def of_charge(entries: Iterable[Mapping[str, Any]], charge_key: str) -> list[Mapping[str, Any]]:
    """Return the entries of one charge."""
    return [entry for entry in entries if entry["charge"] == charge_key]


def other_lines_of(
    row: BillingPeriod, shown: Invoice | None, by_hand: Sequence[InvoiceLine]
) -> Sequence[Mapping[str, Any]]:
    """Return the lines of a document beside those of a charge, as its snapshot has them or will have them."""
    if shown is None:
        return ()
    says = snapshot_of(shown)
    if says is not None:
        return [line for line in says["lines"] if line["charge"] != row.charge_key]
    others = shown.lines.exclude(billing_period=row).exclude(pk__in=[line.pk for line in by_hand])
    return line_figures(others.order_by("position"), shown.currency)


def put_on_by_hand(actor: Actor, row: BillingPeriod, shown: Invoice | None) -> list[InvoiceLine]:
    """Return what people put on a draft; the snapshot of a finalized invoice has it among its lines."""
    if shown is None or shown.state == Invoice.State.FINALIZED or not actor.is_vendor or not row.is_main:
        return []
    return list(shown.lines.filter(adjustment__isnull=False, charge_key=row.charge_key).order_by("position"))
