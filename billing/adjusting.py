"""Adjustments on the draft of a period: which ones it carries, their lines, and how a document tells them.

Owns: the line of an adjustment, its entries in the snapshot, and the limit above which a second person approves.
Does not own: who may make or approve one (`billing.operations`), and what the lines come to (`billing.drafting`).
Invariants: an adjustment is of one contract and one period, and no draft of another carries it; its line is once its
amount, with the sign in the quantity; nothing that is counted or rated changes with it.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from billing.models import Adjustment, ApprovalLimit, Invoice, InvoiceLine
from billing.state_moves import MoveRefused
from billing.totals import amount_text, number_text, price_text
from licenses.models import Contract
from licenses.ranges import period_of, range_of
from rollcall.money import exact_sum, in_words
from rollcall.period import Period

KIND = "adjustment"
LIVE = (Adjustment.State.NEEDS_APPROVAL, Adjustment.State.STANDS)


class AdjustmentWaits(MoveRefused):
    """A person put something on the draft that nobody approved yet, or that the draft cannot carry."""


def adjustments_for(*, contract: Contract, period: Period, draft: Invoice | None) -> QuerySet[Adjustment]:
    """Return the adjustments of a period that are on no document, or on this draft; oldest first."""
    free = Q(lines__isnull=True)
    if draft is not None:
        free |= Q(lines__invoice=draft)
    live = Adjustment.objects.filter(
        free, contract=contract, period=range_of(period), state__in=LIVE, invoice__isnull=True
    )
    return live.order_by("made_at", "pk")


def adjustments_on(invoice: Invoice) -> list[Adjustment]:
    """Return what a document carries; of a draft also what belongs on it and does not fit."""
    if invoice.state == Invoice.State.FINALIZED:
        return list(invoice.adjustments.order_by("made_at", "pk"))
    if not invoice.billing_periods.exists():
        return []
    return list(adjustments_for(contract=invoice.contract, period=period_of(invoice.period), draft=invoice))


def adjustment_line(adjustment: Adjustment) -> InvoiceLine:
    """Return the line of an adjustment. A price is never negative (EN 16931, BR-27): the quantity has the sign."""
    return InvoiceLine(
        customer_id=adjustment.customer_id,
        key=f"{adjustment.charge_key}/adjustment/{adjustment.public_id}",
        charge_key=adjustment.charge_key,
        kind=KIND,
        quantity=Decimal(-1 if adjustment.amount < 0 else 1),
        unit_price=abs(adjustment.amount),
        amount=adjustment.amount,
        words=words_of(adjustment.reason),
        period=adjustment.period,
        adjustment=adjustment,
    )


def words_of(reason: str) -> str:
    """The words of the line: what it is, and why."""
    return f"Adjustment: {reason}"


def takes_two(*, contract: Contract, period: Period, currency: str, amount: Decimal) -> bool:
    """Return whether one more adjustment of a period takes a second person.

    All adjustments of the period count together, surcharges and credits by their size, so that many small ones do not
    pass where one large one would not. Without a limit for the currency every one takes two.
    """
    limit = size_limit(contract=contract, currency=currency)
    if limit is None:
        return True
    live = Adjustment.objects.filter(contract=contract, period=range_of(period), state__in=LIVE)
    sizes = [abs(other) for other in live.values_list("amount", flat=True)]
    return exact_sum([*sizes, abs(amount)]) > limit


def size_limit(*, contract: Contract, currency: str) -> Decimal | None:
    """Return up to which size one person adjusts a period of this contract; None where every one takes two."""
    limits = ApprovalLimit.objects.filter(legal_entity=contract.customer.legal_entity_id, currency=currency)
    return limits.values_list("amount", flat=True).first()


def require_approved(draft: Invoice) -> None:
    """Raise AdjustmentWaits where an adjustment of the draft's period is not approved, or is not on the draft."""
    if not draft.billing_periods.exists():
        return
    carried = set(draft.lines.filter(adjustment__isnull=False).values_list("adjustment_id", flat=True))
    for one in adjustments_on(draft):
        said = f"The adjustment over {in_words(one.amount, one.currency)} that {one.made_by} made"
        if one.state == Adjustment.State.NEEDS_APPROVAL:
            raise AdjustmentWaits(
                f"{said} waits for the approval of a second person. Approve or withdraw it, then finalize the {draft}."
            )
        if one.pk not in carried:
            raise AdjustmentWaits(f"{said} is not on the {draft}, which is in {draft.currency}. Withdraw it.")


def adjustment_entries(lines: Iterable[InvoiceLine], currency: str) -> dict[str, list[dict[str, str]]]:
    """Return what the snapshot says of the adjustments of a document beside their lines; nothing where none is."""
    entries = [
        {
            "key": line.key,
            "amount": amount_text(line.amount, currency),
            "reason": line.adjustment.reason,
            "made_on": f"{line.adjustment.made_at:%Y-%m-%d}",
            "approved_on": f"{line.adjustment.approved_at:%Y-%m-%d}" if line.adjustment.approved_at else "",
        }
        for line in lines
        if line.adjustment is not None
    ]
    return {"adjustments": entries} if entries else {}


def adjustment_steps(lines: Iterable[InvoiceLine], currency: str) -> list[dict[str, Any]]:
    """Return one entry of the working per adjustment."""
    return [
        {
            "charge": line.charge_key,
            "step": KIND,
            "words": line.words,
            "arithmetic": "",
            "amount": amount_text(line.amount, currency),
        }
        for line in lines
        if line.adjustment_id is not None
    ]


def line_figures(lines: Iterable[InvoiceLine], currency: str) -> list[dict[str, str]]:
    """Return lines of a draft as a rating writes its own, for the page that explains it."""
    return [
        {
            "key": line.key,
            "charge": line.charge_key,
            "kind": line.kind,
            "quantity": number_text(line.quantity),
            "unit_price": price_text(line.unit_price, currency),
            "amount": amount_text(line.amount, currency),
            "words": line.words,
        }
        for line in lines
    ]


def bill_adjustments(invoice: Invoice) -> int:
    """Point the adjustments on a document that becomes final to it, in the transaction that finalizes it."""
    return Adjustment.objects.filter(lines__invoice=invoice).update(invoice=invoice)
