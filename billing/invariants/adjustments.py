"""Adjustments: on one document as they were made, approved by another where that is asked for, and on record."""

from billing.adjusting import words_of
from billing.invariants.report import CheckResult
from billing.models import Adjustment, Invoice, InvoiceEvent

State = Adjustment.State


def adjustments_are_on_record() -> CheckResult:
    """What a person put on a bill is on one document at most, as it was made, with the events that say so."""
    result = CheckResult(name="adjustments are on their bills as they were made", figures={"adjustments": 0})
    recorded = {
        (event.data.get("adjustment"), event.verb): event
        for event in InvoiceEvent.objects.filter(verb__in=("adjusted", "adjustment approved"))
    }
    for row in Adjustment.objects.select_related("invoice").prefetch_related("lines__invoice").order_by("pk"):
        result.count("adjustments")
        who = f"adjustment row {row.pk} of contract row {row.contract_id}"
        lines = list(row.lines.all())
        billed = [line for line in lines if line.invoice.state == Invoice.State.FINALIZED]
        result.expect(len(lines) <= 1, f"{who}: it is on {len(lines)} lines")
        result.expect(row.state != State.WITHDRAWN or not lines, f"{who}: it is withdrawn and on a document")
        linked = [line.invoice_id for line in billed]
        result.expect(
            linked == ([] if row.invoice_id is None else [row.invoice_id]),
            f"{who}: it points to invoice row {row.invoice_id}, its final lines are on {linked}",
        )
        for line in lines:
            result.expect(line.amount == row.amount, f"{who}: line row {line.pk} bills {line.amount}, not {row.amount}")
            result.expect(line.words == words_of(row.reason), f"{who}: line row {line.pk} gives another reason")
        result.expect((row.public_id, "adjusted") in recorded, f"{who}: no event says who made it")
        if row.takes_two and row.state == State.STANDS:
            result.expect(
                row.approved_by_account not in (None, row.made_by_account),
                f"{who}: it takes a second person, and none approved it",
            )
    return result
