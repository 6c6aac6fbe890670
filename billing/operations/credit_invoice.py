"""Credit a finalized invoice: draft the credit note that gives back all of it, lines, users, or an amount."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from billing.credit_parts import Part
from billing.crediting import CreditPlan, credit_state, plan_credit, waiting_note
from billing.documents.printable import unprintable
from billing.history import record_event
from billing.locks import lock_contract, lock_invoice
from billing.models import Invoice, InvoiceLine
from billing.state_moves import MoveRefused
from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point

SHORTEST_REASON = 12


class CreditUnexplained(ValueError):
    """The customer reads the reason on the credit note; it must say something, in letters that can be printed."""


class CreditNoteWaits(Exception):
    """A draft credit note of the invoice is neither finalized nor discarded."""


def credit_invoice(*, actor: Actor, invoice: Invoice, parts: Sequence[Part], reason: str, now: datetime) -> Invoice:
    """Draft the credit note that gives back these parts of a finalized invoice, and return it; finance finalizes it.

    Asked again for the same, the draft that waits is returned. Nothing of the invoice changes.
    Raises NotAllowed, CreditUnexplained, MoveRefused (a draft, or a credit note), CreditNoteWaits, PartRefused,
    MoreThanHeld.
    """
    actor.require_vendor("finance")
    _require_reason(reason)
    with transaction.atomic(durable=True), acting(actor=actor, verb="credit_invoice", reason=reason):
        lock_contract(invoice.contract_id)
        original = lock_invoice(invoice.pk)
        require_creditable(original)
        fault_point("credit.after_lock")
        waiting = waiting_note(original)
        plan = plan_credit(state=credit_state(invoice=original, without=waiting), parts=parts)
        if waiting is not None:
            if _says_the_same(waiting, plan):
                return waiting
            raise CreditNoteWaits(
                f"A draft credit note of invoice {original.number} waits. Finalize or discard it before another."
            )
        draft = _write(original, plan, now)
        data = {"corrects": original.number, "net_amount": str(plan.totals.net)}
        record_event(invoice=draft, verb="drafted", actor=actor, at=now, reason=reason.strip(), data=data)
        fault_point("credit.before_commit")
    fault_point("credit.after_commit")
    return draft


def require_creditable(invoice: Invoice) -> None:
    """Raise MoveRefused for what is no finalized invoice."""
    if invoice.state != Invoice.State.FINALIZED:
        raise MoveRefused(f"The {invoice} is not finalized; discard it, or compute it again.")
    if invoice.is_credit_note:
        raise MoveRefused(f"{invoice.number} is a credit note; only an invoice is credited.")


def _require_reason(reason: str) -> None:
    if missing := unprintable(reason):
        raise CreditUnexplained(f"The credit note cannot print {missing!r}. Write the reason in another script.")
    if len(reason.strip()) < SHORTEST_REASON:
        raise CreditUnexplained(
            f"Say in at least {SHORTEST_REASON} characters why something is given back; the customer reads it."
        )


def _write(original: Invoice, plan: CreditPlan, now: datetime) -> Invoice:
    draft = Invoice.objects.create(
        customer_id=original.customer_id,
        contract_id=original.contract_id,
        kind=Invoice.Kind.CREDIT_NOTE,
        corrects=original,
        currency=original.currency,
        period=original.period,
        zone=original.zone,
        net_amount=plan.totals.net,
        tax_amount=plan.totals.tax,
        gross_amount=plan.totals.gross,
        prepaid_amount=plan.prepaid_amount,
        drafted_at=now,
    )
    for line in plan.lines:
        line.invoice = draft
    InvoiceLine.objects.bulk_create(plan.lines)
    return draft


def _says_the_same(draft: Invoice, plan: CreditPlan) -> bool:
    stored = {line.credited_line_id: line.amount for line in draft.lines.all()}
    return stored == {line.credited_line_id: line.amount for line in plan.lines}
