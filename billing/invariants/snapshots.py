"""Snapshots, their digests, their chain, and the history of each invoice."""

from billing.digests import chain_digest, json_digest
from billing.invariants.report import CheckResult
from billing.models import Invoice, InvoiceEvent


def snapshots_are_frozen() -> CheckResult:
    """Every finalized snapshot gives its digest again, and each digest covers the document before it."""
    result = CheckResult(name="snapshots and their chain give their digests again", figures={"snapshots": 0})
    previous: dict[int, str] = {}
    for invoice in _finalized():
        result.count("snapshots")
        who = f"invoice {invoice.number} (row {invoice.pk})"
        before = previous.get(invoice.series_id or 0, "")
        with result.reading(who):
            result.expect(json_digest(invoice.snapshot) == invoice.snapshot_digest, f"{who}: the snapshot was changed")
        result.expect(invoice.previous_digest == before, f"{who}: the chain does not follow the document before it")
        chained = chain_digest(previous=before, snapshot_digest=invoice.snapshot_digest)
        result.expect(chained == invoice.chain_digest, f"{who}: the chain digest does not cover its snapshot")
        previous[invoice.series_id or 0] = invoice.chain_digest
    return result


def history_is_whole() -> CheckResult:
    """Every invoice has the event that drafted it; a finalized one exactly one that finalized it, by whom it says."""
    result = CheckResult(name="every invoice has its history", figures={"invoices": 0, "events": 0})
    events: dict[str, list[InvoiceEvent]] = {}
    for event in InvoiceEvent.objects.order_by("pk"):
        result.count("events")
        events.setdefault(event.invoice_public_id, []).append(event)
    for invoice in Invoice.objects.order_by("pk"):
        result.count("invoices")
        who = f"invoice {invoice} (row {invoice.pk})"
        own = events.get(invoice.public_id, [])
        result.expect(any(event.verb == "drafted" for event in own), f"{who}: no event says that it was drafted")
        finalized = [(event.actor_name, event.at) for event in own if event.verb == "finalized"]
        expected = [(invoice.finalized_by, invoice.finalized_at)] if invoice.state == Invoice.State.FINALIZED else []
        result.expect(finalized == expected, f"{who}: its history does not say who finalized it and when")
    return result


def _finalized() -> list[Invoice]:
    return list(Invoice.objects.filter(state=Invoice.State.FINALIZED).order_by("series", "sequence"))
