"""From rated periods to the rows of a draft invoice, and back.

Owns: the lines of a draft, in their order and with their stable keys. Does not own: locks, states of periods and
history, which the operations write around it.
Invariants: the same ratings, accepted true-ups and adjustments give the same lines; a draft is recomputed, never
edited.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q

from billing.adjusting import adjustment_line, adjustments_for
from billing.models import Adjustment, BillingPeriod, Invoice, InvoiceLine, TrueUp
from billing.settling_documents import settling_line
from billing.tax import tax_lines
from billing.terms_in_force import TermsInForce, stored_force
from billing.totals import totals_of
from ground.copying import insert_rows
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


def draft_content(
    *,
    contract: Contract,
    rows: Sequence[BillingPeriod],
    true_ups: Iterable[TrueUp],
    force: TermsInForce,
    adjustments: Iterable[Adjustment] = (),
) -> DraftContent:
    """Return the lines for rated periods, one line per true-up after them, and one per adjustment at the end.

    The charge that heads the invoice comes first, the limits of the whole contract last. An adjustment in another
    currency than the terms have now is left out; finalizing then waits for a person. Raises billing.tax.TaxNotDecided.
    """
    in_order = in_order_of_lines(rows)
    lines = [_rated_line(row, line) for row in in_order for line in row.rated.lines]
    lines += [settling_line(true_up) for true_up in true_ups]
    lines += [adjustment_line(one) for one in adjustments if one.currency == force.terms.currency]
    for position, line in enumerate(lines, start=1):
        line.position = position
    tax_lines(lines, tax=force.terms.tax, contract=contract)
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


@dataclass(frozen=True, kw_only=True)
class DraftToWrite:
    """One draft before it is written: the locked, rated periods that it bills, and the locked draft that there is."""

    contract: Contract
    rows: Sequence[BillingPeriod]
    force: TermsInForce
    draft: Invoice | None

    def content(self) -> DraftContent:
        """Return what the draft is to say. Raises billing.tax.TaxNotDecided."""
        return draft_content(
            contract=self.contract,
            rows=self.rows,
            true_ups=unsettled_true_ups(contract=self.contract, draft=self.draft),
            force=self.force,
            adjustments=adjustments_for(contract=self.contract, period=self.rows[0].span, draft=self.draft),
        )


def write_draft(
    *, contract: Contract, rows: Sequence[BillingPeriod], force: TermsInForce, draft: Invoice | None, now: datetime
) -> tuple[Invoice, bool]:
    """Store the draft for these locked, rated periods; return it and whether anything changed.

    An existing draft keeps its row and its address; its lines are replaced when they differ.
    """
    wanted = DraftToWrite(contract=contract, rows=rows, force=force, draft=draft)
    [written] = store_drafts(drafts=[(wanted, wanted.content())], now=now)
    return written


def store_drafts(*, drafts: Sequence[tuple[DraftToWrite, DraftContent]], now: datetime) -> list[tuple[Invoice, bool]]:
    """Store many drafts in a few statements; return each with whether anything of it changed, in the same order.

    One transaction of the caller holds the locks of all their contracts.
    """
    stored: list[tuple[Invoice, bool]] = []
    for wanted, content in drafts:
        draft = wanted.draft
        if draft is not None and _says_the_same(draft, content):
            stored.append((draft, False))
            continue
        if draft is None:
            draft = Invoice(customer_id=wanted.contract.customer_id, contract=wanted.contract, zone=wanted.rows[0].zone)
        _say(draft, content, wanted, now)
        if draft.pk is not None:
            draft.lines.all().delete()
            draft.save()
        stored.append((draft, True))
    insert_rows(Invoice, [draft for draft, _ in stored if draft.pk is None])
    lines = []
    for (_, content), (draft, changed) in zip(drafts, stored, strict=True):
        for line in content.lines if changed else ():
            line.invoice_id = draft.pk
            lines.append(line)
    insert_rows(InvoiceLine, lines, keys_are_needed=False)
    return stored


def _say(draft: Invoice, content: DraftContent, wanted: DraftToWrite, now: datetime) -> None:
    draft.currency = wanted.force.terms.currency
    draft.period = range_of(wanted.rows[0].span)
    draft.net_amount = content.net_amount
    draft.tax_amount = content.tax_amount
    draft.gross_amount = content.gross_amount
    draft.prepaid_amount = content.prepaid_amount
    draft.drafted_at = now


def write_draft_again(draft: Invoice, *, now: datetime) -> Invoice:
    """Write the lines of a locked draft again from what its periods were rated to: nothing is counted or rated anew.

    For what people add to a draft. The caller holds the locks of the contract and of the draft.
    """
    rows = list(draft.billing_periods.select_for_update(of=("self",)).select_related("contract_version", "contract"))
    rows.sort(key=lambda row: (range_of(row.span) != draft.period, row.pk))
    first = rows[0]
    force = stored_force(
        contract=draft.contract, version=first.rated.version, rating=first.rated.rating, period=first.span
    )
    written, _ = write_draft(contract=draft.contract, rows=rows, force=force, draft=draft, now=now)
    return written


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
        line.adjustment_id,
    )
