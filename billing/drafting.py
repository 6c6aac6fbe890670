"""From rated periods to the rows of a draft invoice, and back.

Owns: the lines of a draft, in their order and with their stable keys. Does not own: locks, states of periods and
history, which the operations write around it.
Invariants: the same ratings and the same accepted true-ups give the same lines; a draft is recomputed, never edited.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q

from billing.models import BillingPeriod, Invoice, InvoiceLine, TrueUp
from billing.settling_documents import settling_line
from billing.terms_in_force import TermsInForce
from billing.totals import totals_of
from licenses.models import Contract
from licenses.ranges import range_of
from rollcall.money import exact_sum
from rollcall.terms.charges import CONTRACT


@dataclass(frozen=True, kw_only=True)
class DraftContent:
    """What a draft says: its lines, not stored yet, and their totals."""

    lines: tuple[InvoiceLine, ...]
    net_amount: Decimal
    tax_amount: Decimal
    gross_amount: Decimal
    prepaid_amount: Decimal


def draft_content(*, rows: Sequence[BillingPeriod], true_ups: Iterable[TrueUp], force: TermsInForce) -> DraftContent:
    """Return the lines for rated periods and one line per true-up after them.

    The charge that heads the invoice comes first, the limits of the whole contract last.
    """
    in_order = in_order_of_lines(rows)
    lines = [_rated_line(row, line) for row in in_order for line in row.rated.lines]
    lines += [settling_line(true_up) for true_up in true_ups]
    for position, line in enumerate(lines, start=1):
        line.position = position
        line.tax_category, line.tax_rate = force.terms.tax.category, Decimal(force.terms.tax.rate)
    totals = totals_of(lines, currency=force.terms.currency)
    return DraftContent(
        lines=tuple(lines),
        net_amount=totals.net,
        tax_amount=totals.gross - totals.net,
        gross_amount=totals.gross,
        prepaid_amount=exact_sum(Decimal(row.rated.rating.get("prepaid_amount", "0")) for row in rows),
    )


def in_order_of_lines(rows: Iterable[BillingPeriod]) -> list[BillingPeriod]:
    """Return periods as their lines stand on an invoice."""
    return sorted(rows, key=lambda row: (row.span, row.charge_key == CONTRACT, not row.is_main, row.charge_key))


def unsettled_true_ups(*, contract: Contract, draft: Invoice | None) -> list[TrueUp]:
    """Return what is to be settled on the next invoice and is on none, or on this draft; oldest decision first."""
    free = Q(lines__isnull=True)
    if draft is not None:
        free |= Q(lines__invoice=draft)
    accepted = TrueUp.objects.filter(
        free,
        contract=contract,
        state=TrueUp.State.ACCEPTED,
        settle=TrueUp.Settle.NEXT_INVOICE,
        invoice__isnull=True,
    )
    return list(accepted.select_related("billing_period", "billing_period__invoice").order_by("decided_at", "pk"))


def write_draft(
    *, contract: Contract, rows: Sequence[BillingPeriod], force: TermsInForce, draft: Invoice | None, now: datetime
) -> tuple[Invoice, bool]:
    """Store the draft for these locked, rated periods; return it and whether anything changed.

    An existing draft keeps its row and its address; its lines are replaced when they differ.
    """
    content = draft_content(rows=rows, true_ups=unsettled_true_ups(contract=contract, draft=draft), force=force)
    if draft is not None and _says_the_same(draft, content):
        return draft, False
    if draft is None:
        draft = Invoice(customer_id=contract.customer_id, contract=contract, zone=rows[0].zone)
    else:
        draft.lines.all().delete()
    draft.currency = force.terms.currency
    draft.period = range_of(rows[0].span)
    draft.net_amount = content.net_amount
    draft.tax_amount = content.tax_amount
    draft.gross_amount = content.gross_amount
    draft.prepaid_amount = content.prepaid_amount
    draft.drafted_at = now
    draft.save()
    for line in content.lines:
        line.invoice = draft
    InvoiceLine.objects.bulk_create(content.lines)
    return draft, True


def delete_draft(draft: Invoice) -> None:
    """Remove a draft and its lines. Its periods must not point to it any more; its history stays."""
    draft.lines.all().delete()
    Invoice.objects.filter(pk=draft.pk, state=Invoice.State.DRAFT).delete()


def _rated_line(row: BillingPeriod, line: dict[str, Any]) -> InvoiceLine:
    return InvoiceLine(
        customer_id=row.customer_id,
        key=line["key"],
        charge_key=line["charge"],
        kind=line["kind"],
        quantity=Decimal(line["quantity"]),
        unit_price=Decimal(line["unit_price"]),
        share=line.get("share", "1"),
        amount=Decimal(line["amount"]),
        words=line["words"],
        period=row.period,
        billing_period=row,
    )


def _says_the_same(draft: Invoice, content: DraftContent) -> bool:
    stored = [_substance(line) for line in draft.lines.order_by("position")]
    amounts = (draft.net_amount, draft.tax_amount, draft.gross_amount, draft.prepaid_amount)
    return stored == [_substance(line) for line in content.lines] and amounts == (
        content.net_amount,
        content.tax_amount,
        content.gross_amount,
        content.prepaid_amount,
    )


def _substance(line: InvoiceLine) -> tuple[Any, ...]:
    return (
        line.position,
        line.key,
        line.kind,
        line.quantity,
        line.unit_price,
        line.share,
        line.amount,
        line.tax_category,
        line.tax_rate,
        line.words,
        line.billing_period_id,
        line.true_up_id,
    )
