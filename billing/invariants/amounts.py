"""Lines, net, tax and gross, in the columns and in the snapshot."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.invariants.report import CheckResult
from billing.models import Invoice, InvoiceLine
from billing.settling_documents import correction
from billing.totals import added_up, amount_text, number_text, price_text, share_entry, totals_of
from rollcall.money import part_of_product


def amounts_add_up() -> CheckResult:
    """Each line multiplies out, lines are the net, tax is recomputed per rate, and the snapshot says the same."""
    result = CheckResult(name="amounts add up and equal their snapshot", figures={"invoices": 0, "lines": 0})
    for invoice in Invoice.objects.prefetch_related("lines").order_by("pk"):
        result.count("invoices")
        lines = sorted(invoice.lines.all(), key=lambda line: line.position)
        with result.reading(f"invoice {invoice} (row {invoice.pk})"):
            _columns(result, invoice, lines)
            if invoice.state == Invoice.State.FINALIZED:
                _snapshot(result, invoice, lines)
    return result


def _columns(result: CheckResult, invoice: Invoice, lines: list[InvoiceLine]) -> None:
    who = f"invoice {invoice} (row {invoice.pk})"
    for line in lines:
        result.count("lines")
        product = part_of_product(line.quantity, line.unit_price, Fraction(line.share), invoice.currency)
        result.expect(
            product == line.amount,
            f"{who}, line {line.position} (row {line.pk}): {line.quantity} × {line.unit_price} × {line.share} "
            f"is not {line.amount}",
        )
    corrects = (invoice.snapshot or {}).get("corrects") or correction(invoice).get("corrects", {})
    before = added_up(corrects.get("before", ()))
    totals = totals_of(lines, currency=invoice.currency, before=before)
    result.expect(totals.net == invoice.net_amount, f"{who}: lines add up to {totals.net}, net is {invoice.net_amount}")
    result.expect(totals.tax == invoice.tax_amount, f"{who}: tax is {totals.tax}, not {invoice.tax_amount}")
    result.expect(totals.gross == invoice.gross_amount, f"{who}: gross is {totals.gross}, not {invoice.gross_amount}")


def _snapshot(result: CheckResult, invoice: Invoice, lines: list[InvoiceLine]) -> None:
    who = f"invoice {invoice.number} (row {invoice.pk})"
    frozen, currency = invoice.frozen, invoice.currency
    said = {
        "number": frozen["number"],
        "currency": frozen["currency"],
        "issue_date": frozen["issue_date"],
        "due_date": frozen["due_date"],
        "net": frozen["totals"]["net"],
        "tax": amount_text(sum((Decimal(tax["tax"]) for tax in frozen["totals"]["taxes"]), Decimal(0)), currency),
        "gross": frozen["totals"]["gross"],
        "prepaid": frozen["totals"].get("prepaid", amount_text(Decimal(0), currency)),
    }
    stored = {
        "number": invoice.number,
        "currency": currency,
        "issue_date": str(invoice.issue_date),
        "due_date": str(invoice.due_date),
        "net": amount_text(invoice.net_amount, currency),
        "tax": amount_text(invoice.tax_amount, currency),
        "gross": amount_text(invoice.gross_amount, currency),
        "prepaid": amount_text(invoice.prepaid_amount, currency),
    }
    for name in stored:
        result.expect(said[name] == stored[name], f"{who}: {name} is {stored[name]}, its snapshot says {said[name]}")
    result.expect(
        len(lines) == len(frozen["lines"]), f"{who}: {len(lines)} lines, its snapshot has {len(frozen['lines'])}"
    )
    for line, entry in zip(lines, frozen["lines"], strict=False):
        result.expect(
            _entry(line, currency) == {key: entry.get(key) for key in _entry(line, currency)},
            f"{who}: line {line.position} (row {line.pk}) is not what its snapshot says",
        )


def _entry(line: InvoiceLine, currency: str) -> dict[str, Any]:
    return {
        "position": line.position,
        "key": line.key,
        "charge": line.charge_key,
        "kind": line.kind,
        "quantity": number_text(line.quantity),
        "unit_price": price_text(line.unit_price, currency),
        **share_entry(line),
        "amount": amount_text(line.amount, currency),
        "tax_category": line.tax_category,
        "tax_rate": number_text(line.tax_rate),
        "words": line.words,
        "period": {"start": line.period.lower.isoformat(), "end": line.period.upper.isoformat()},
    }
