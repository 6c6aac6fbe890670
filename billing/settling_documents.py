"""Documents that bill no period: an invoice that settles a true-up, and credit notes, which correct an invoice.

Owns: the drafts that settle true-ups, and how much an invoice still holds. Does not own: what a person credits by hand
(`billing.crediting`), nor numbers and snapshots, which they take when they are finalized like any other document.
Invariants: the amounts of a credit note are positive, and its tax is that of the invoice it corrects; all credit notes
of an invoice give back no more than it holds, which the database checks again when one becomes final.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from billing.history import record_event
from billing.models import BillingPeriod, Invoice, InvoiceLine, TrueUp
from billing.rating import read_rating
from billing.totals import given_back_before, tax_entries, totals_of
from ground.actor import Actor
from rollcall.money import exact_difference, exact_sum, in_words

ZERO = Decimal(0)
# The kind of a line that gives back by hand what a line of a finalized invoice billed, and of the reason for it.
GIVEN_BACK = "given_back"


class MoreThanHeld(Exception):
    """A credit note would give back more than its invoice holds."""


def held_amount(invoice: Invoice, *, is_final: bool = False, without: Invoice | None = None) -> Decimal:
    """Return the net amount that a finalized invoice still holds for credit notes.

    What it billed, with what later documents billed or gave back for its periods, less its credit notes and, unless
    only final documents count, all that was accepted to be given back or is drafted. `without` is a credit note that
    does not count. The caller holds the lock of the contract.
    """
    accepted = TrueUp.objects.filter(billing_period__invoice=invoice, state=TrueUp.State.ACCEPTED)
    # A surcharge counts once it is billed, what is given back counts from the decision on.
    counts = Q(invoice__isnull=False) if is_final else Q(invoice__isnull=False) | Q(settled_amount__lt=0)
    settled = accepted.filter(counts).aggregate(sum=Sum("settled_amount"))["sum"]
    return exact_sum((invoice.net_amount, settled or ZERO, -_credited(invoice, is_final, without)))


def _credited(invoice: Invoice, is_final: bool, without: Invoice | None) -> Decimal:
    """What people credited by hand: lines of the invoice, and lines elsewhere that settle true-ups of its periods."""
    of_it = Q(credited_line__invoice=invoice) | Q(credited_line__true_up__billing_period__invoice=invoice)
    credits = InvoiceLine.objects.filter(of_it).exclude(invoice=without.pk if without is not None else None)
    if is_final:
        credits = credits.filter(invoice__state=Invoice.State.FINALIZED)
    return credits.aggregate(sum=Sum("amount"))["sum"] or ZERO


def require_held(*, invoice: Invoice, amount: Decimal, is_final: bool = False, without: Invoice | None = None) -> None:
    """Raise MoreThanHeld where a credit note of this positive net amount is more than the invoice holds."""
    held = held_amount(invoice, is_final=is_final, without=without)
    if amount > held:
        raise MoreThanHeld(
            f"Invoice {invoice.number} holds {in_words(max(held, ZERO), invoice.currency)}; a credit note cannot give "
            f"back {in_words(amount, invoice.currency)}. Settle it on the next invoice, or give back less."
        )


def draft_of_its_own(*, true_up: TrueUp, actor: Actor, now: datetime) -> Invoice:
    """Draft, in the current transaction, the document that settles an accepted true-up. Finance finalizes it."""
    original, settled = _original(true_up), true_up.settled_amount or ZERO
    is_credit_note = true_up.settle == TrueUp.Settle.CREDIT_NOTE
    line = settling_line(true_up, sign=-1 if is_credit_note else 1)
    line.position = 1
    line.tax_category, line.tax_rate = _tax(true_up, original)
    totals = totals_of([line], currency=true_up.currency)
    draft = Invoice.objects.create(
        customer_id=true_up.customer_id,
        contract_id=true_up.contract_id,
        kind=Invoice.Kind.CREDIT_NOTE if is_credit_note else Invoice.Kind.INVOICE,
        corrects=original if is_credit_note else None,
        currency=true_up.currency,
        period=true_up.billing_period.period,
        zone=true_up.billing_period.zone,
        net_amount=totals.net,
        tax_amount=exact_difference(totals.gross, totals.net),
        gross_amount=totals.gross,
        drafted_at=now,
    )
    line.invoice = draft
    line.save()
    data = {"true_up": true_up.public_id, "settled_amount": str(settled)}
    record_event(invoice=draft, verb="drafted", actor=actor, at=now, reason=true_up.reason, data=data)
    return draft


def settling_line(true_up: TrueUp, *, sign: int = 1) -> InvoiceLine:
    """One line for the whole amount that is settled; `sign` -1 writes what is given back as a positive amount.

    A price is never negative (EN 16931, BR-27): where the amount is, the quantity has the sign.
    """
    amount = (true_up.settled_amount or ZERO) * sign
    return InvoiceLine(
        customer_id=true_up.customer_id,
        key=f"{true_up.charge_key}/true-up/{true_up.public_id}",
        charge_key=true_up.charge_key,
        kind="true_up",
        quantity=Decimal(-1 if amount < 0 else 1),
        unit_price=abs(amount),
        amount=amount,
        words=f"{true_up.words}{_adjusted(true_up)} Reason: {true_up.reason}",
        period=true_up.billing_period.period,
        true_up=true_up,
    )


def only_settles(invoice: Invoice) -> bool:
    """Return whether a document bills no period and only settles a true-up."""
    return not invoice.billing_periods.exists() and invoice.lines.filter(true_up__isnull=False).exists()


def settled_periods(invoice: Invoice) -> list[BillingPeriod]:
    """Return the periods that a document settles, as they are counted and rated now: copies, never to be saved.

    Those of a credit note by hand are the ones of the invoice that it corrects, as they were billed.
    """
    if is_by_hand(invoice) and invoice.corrects is not None:
        billed = list(invoice.corrects.billing_periods.select_related("count", "contract_version"))
        return billed or settled_periods(invoice.corrects)
    periods = []
    for line in invoice.lines.filter(true_up__isnull=False).select_related("true_up__after_count"):
        true_up = line.true_up
        if true_up is None:
            continue
        period = BillingPeriod.objects.select_related("contract_version").get(pk=true_up.billing_period_id)
        period.count, period.rating, period.rated_usage = true_up.after_count, true_up.after_rating, true_up.after_usage
        period.rating_digest = read_rating(true_up.after_rating).digest()
        periods.append(period)
    return periods


def is_by_hand(invoice: Invoice) -> bool:
    """Return whether a document is a credit note that a person began, line by line of the invoice it corrects."""
    return invoice.is_credit_note and invoice.lines.filter(credited_line__isnull=False).exists()


def correction(invoice: Invoice) -> dict[str, Any]:
    """Return what the snapshot of a credit note says beside that of an invoice: its kind, and what it corrects.

    One by hand also says why, and what of the tax was given back `before` it.
    """
    original = invoice.corrects
    if original is None or original.number is None or original.issue_date is None:
        return {}
    named: dict[str, Any] = {
        "number": original.number,
        "issue_date": original.issue_date.isoformat(),
        "snapshot_digest": original.snapshot_digest,
    }
    if is_by_hand(invoice):
        drafted = invoice.events.filter(verb="drafted").order_by("pk").first()
        named["reason"] = drafted.reason if drafted is not None else ""
        named["before"] = tax_entries(given_back_before(original), invoice.currency)
    return {"kind": str(invoice.kind), "corrects": named}


def _adjusted(true_up: TrueUp) -> str:
    """Say on the document that a part of the difference is waived."""
    settled = true_up.settled_amount or ZERO
    if settled == true_up.difference_amount:
        return ""
    rest = exact_difference(true_up.difference_amount, settled)
    whole, part = in_words(abs(settled), true_up.currency), in_words(abs(rest), true_up.currency)
    return f" {whole} of it is settled, {part} is waived."


def _original(true_up: TrueUp) -> Invoice:
    """The finalized invoice on which the period was billed."""
    invoice = true_up.billing_period.invoice
    if invoice is None:
        raise Invoice.DoesNotExist(f"The {true_up} is of a period that no invoice bills.")
    return invoice


def _tax(true_up: TrueUp, original: Invoice) -> tuple[str, Decimal]:
    """The category and rate at which the period was billed, whatever was agreed since."""
    lines = original.lines.order_by("position")
    line = lines.filter(billing_period=true_up.billing_period_id).first() or lines[0]
    return line.tax_category, line.tax_rate
