"""True-ups: settled at most once, for the difference of what was settled before and what is rated now."""

from decimal import Decimal

from billing.digests import json_digest
from billing.invariants.report import CheckResult
from billing.models import Invoice, InvoiceLine, TrueUp
from billing.rating import quantity_of, rate_document
from billing.terms_in_force import stored_force
from billing.true_up_record import decision_of, replay
from rollcall.money import exact_difference

State = TrueUp.State


def true_ups_are_settled_once() -> CheckResult:
    """Each follows what was settled before it, gives its rating again, stands as recorded, and is on one document."""
    result = CheckResult(name="true-ups follow each other and are settled once", figures={"true-ups": 0, "settled": 0})
    lines: dict[int, list[InvoiceLine]] = {}
    for line in InvoiceLine.objects.filter(true_up__isnull=False).select_related("invoice").order_by("pk"):
        lines.setdefault(line.true_up_id or 0, []).append(line)
    rows = TrueUp.objects.select_related(
        "billing_period__contract_version", "billing_period__contract", "before_count", "after_count", "previous"
    )
    for true_up in rows.order_by("pk"):
        result.count("true-ups")
        with result.reading(_who(true_up)):
            _follows(result, true_up)
            _repeats(result, true_up)
            _recorded(result, true_up)
        _settled(result, true_up, lines.get(true_up.pk, []))
    return result


def _who(true_up: TrueUp) -> str:
    return f"true-up row {true_up.pk} of period row {true_up.billing_period_id}"


def _follows(result: CheckResult, true_up: TrueUp) -> None:
    """What it calls "before" is what the invoice, or the last decision, left as settled."""
    period, previous = true_up.billing_period, true_up.previous
    count_id = previous.after_count_id if previous is not None else period.count_id
    rating = previous.after_rating if previous is not None else period.rating
    same = true_up.before_count_id == count_id and json_digest(true_up.before_rating) == json_digest(rating)
    result.expect(same, f"{_who(true_up)}: it does not start from what was settled before it")
    net = exact_difference(Decimal(true_up.after_rating["net_amount"]), Decimal(true_up.before_rating["net_amount"]))
    result.expect(
        net == true_up.difference_amount,
        f"{_who(true_up)}: the totals differ by {net}, not {true_up.difference_amount}",
    )


def _repeats(result: CheckResult, true_up: TrueUp) -> None:
    """Its new rating comes out again from its usage and the terms, and its usage has its new count."""
    period, count = true_up.billing_period, true_up.after_count
    force = stored_force(
        contract=period.contract, version=period.rated.version, rating=true_up.after_rating, period=period.span
    )
    again = rate_document(force=force, usage=true_up.after_usage, period=period.span, charge_key=true_up.charge_key)
    result.expect(
        json_digest(again.document) == json_digest(true_up.after_rating),
        f"{_who(true_up)}: rated again, it comes to something else",
    )
    metric = force.metric_of(true_up.charge_key)
    if count is None or metric is None:
        is_agreed = true_up.charge_key in force.billed_keys
        result.expect(
            not is_agreed or (count is None and metric is None), f"{_who(true_up)}: it bills a count and has none"
        )
        return
    start = period.span.start.isoformat()
    rated = [entry["quantities"].get(metric) for entry in true_up.after_usage["periods"] if entry["start"] == start]
    result.expect(rated == [quantity_of(count)], f"{_who(true_up)}: it was not rated with its own new count")
    result.expect(
        count.evidence_set_digest == true_up.after_evidence_set_digest,
        f"{_who(true_up)}: its new count rests on other evidence",
    )


def _settled(result: CheckResult, true_up: TrueUp, lines: list[InvoiceLine]) -> None:
    result.expect(len(lines) <= 1, f"{_who(true_up)}: it is settled by {len(lines)} lines")
    result.expect(not lines or true_up.state == State.ACCEPTED, f"{_who(true_up)}: it is {true_up.state} and billed")
    finalized = [line.invoice_id for line in lines if line.invoice.state == Invoice.State.FINALIZED]
    result.count("settled", len(finalized))
    linked = [] if true_up.invoice_id is None else [true_up.invoice_id]
    result.expect(linked == finalized, f"{_who(true_up)}: it points to invoice rows {linked}, its lines to {finalized}")
    for line in lines:
        amount = -line.amount if line.invoice.is_credit_note else line.amount
        result.expect(
            amount == true_up.settled_amount,
            f"{_who(true_up)}: line row {line.pk} settles {amount}, not {true_up.settled_amount}",
        )


def _recorded(result: CheckResult, true_up: TrueUp) -> None:
    """The events of the true-up, replayed, give the decision that stands on its row."""
    again = replay(true_up.entries.order_by("pk"))
    result.expect(again == decision_of(true_up), f"{_who(true_up)}: its record says {again}, its row something else")
