"""Periods: rated again from what is stored, billed once, under the terms that were agreed."""

from collections import defaultdict
from decimal import Decimal

from billing.digests import json_digest
from billing.invariants.report import CheckResult
from billing.models import BillingPeriod, Invoice, InvoiceLine
from billing.rating import quantity_of, rate_document
from billing.terms_in_force import stored_force
from licenses.models import ContractVersion
from licenses.queries import terms_of

State = BillingPeriod.State


def terms_are_as_agreed() -> CheckResult:
    """Every version's terms give its digest again."""
    result = CheckResult(name="terms give their digests again", figures={"versions": 0})
    for version in ContractVersion.objects.order_by("pk"):
        result.count("versions")
        who = f"version {version.number} of contract row {version.contract_id} (row {version.pk})"
        with result.reading(who):
            result.expect(terms_of(version).digest() == version.terms_digest, f"{who}: its terms were changed")
    return result


def ratings_repeat() -> CheckResult:
    """Every rated period, rated again from its stored count, usage and terms, gives the same document and digest."""
    result = CheckResult(name="ratings repeat from count and terms", figures={"periods": 0})
    rows = BillingPeriod.objects.filter(state__in=(State.COUNTED, State.DRAFTED, State.INVOICED))
    for row in rows.select_related("count", "contract_version", "contract").order_by("pk"):
        result.count("periods")
        who = f"period row {row.pk} ({row.span.words(row.zone)}, {row.charge_key})"
        with result.reading(who):
            _rating_repeats(result, row, who)
    return result


def _rating_repeats(result: CheckResult, row: BillingPeriod, who: str) -> None:
    rated = row.rated
    force = stored_force(contract=row.contract, version=rated.version, rating=rated.rating, period=row.span)
    again = rate_document(force=force, usage=rated.usage, period=row.span, charge_key=row.charge_key)
    result.expect(again.digest == rated.digest, f"{who}: rated again, the digest is another one")
    result.expect(json_digest(again.document) == json_digest(rated.rating), f"{who}: the stored rating was changed")
    metric = force.metric_of(row.charge_key)
    result.expect((metric is None) == (rated.count is None), f"{who}: it bills a count and has none, or the reverse")
    if metric is None or rated.count is None:
        return
    start = row.span.start.isoformat()
    own = [entry["quantities"].get(metric) for entry in rated.usage["periods"] if entry["start"] == start]
    result.expect(own == [quantity_of(rated.count)], f"{who}: it was not rated with its own count")


def periods_are_billed_once() -> CheckResult:
    """No period is on two invoices; what is invoiced is on a finalized one, with the lines of its rating."""
    result = CheckResult(name="no period is billed twice", figures={"billed periods": 0})
    on_invoices: dict[int, set[int]] = defaultdict(set)
    keys: dict[int, list[tuple[str, str]]] = defaultdict(list)
    lines = InvoiceLine.objects.filter(billing_period__isnull=False).order_by("invoice_id", "position")
    for period_id, invoice_id, key, amount in lines.values_list("billing_period_id", "invoice_id", "key", "amount"):
        on_invoices[period_id].add(invoice_id)
        keys[period_id].append((key, str(amount.normalize())))
    rows = BillingPeriod.objects.filter(state__in=(State.DRAFTED, State.INVOICED)).select_related(
        "invoice", "count", "contract_version"
    )
    for row in rows.order_by("pk"):
        result.count("billed periods")
        who = f"period row {row.pk} ({row.span.words(row.zone)}, {row.charge_key})"
        found = on_invoices.pop(row.pk, set())
        # Credit that pays with tax is all that a contract's own row may have: that is no line.
        expected = {row.invoice_id} if (row.rating or {"lines": True}).get("lines") else set()
        result.expect(found == expected, f"{who}: its lines are on invoice rows {sorted(found)}")
        wanted = Invoice.State.FINALIZED if row.state == State.INVOICED else Invoice.State.DRAFT
        result.expect(
            row.invoice is not None and row.invoice.state == wanted, f"{who}: it is {row.state}, its invoice is not"
        )
        with result.reading(who):
            rated = [(line["key"], _normal(line["amount"])) for line in row.rated.lines]
            result.expect(keys[row.pk] == rated, f"{who}: its invoice lines are not those of its rating")
    for period_id in on_invoices:
        result.findings.append(f"period row {period_id} has invoice lines and is neither drafted nor invoiced")
    return result


def _normal(amount: str) -> str:
    return str(Decimal(amount).normalize())
