"""Do one contract's part of a bulk step, and say what became of it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from billing.closing import Closing
from billing.gathering import Facts
from billing.looking_jobs import ask_to_look
from billing.models import BillingRun, BillingRunItem, Delivery, Invoice
from billing.operations.close_period import close_period
from billing.operations.estimate_period import estimate_period
from billing.operations.finalize_invoice import finalize_invoice
from billing.operations.open_periods import open_periods
from billing.operations.send_invoice import send_invoice
from ground.actor import Actor
from licenses.models import Contract
from rollcall.money import in_words
from rollcall.period import civil_day

Kind, Outcome = BillingRun.Kind, BillingRunItem.Outcome


class DraftMoved(Exception):
    """The draft says something else than the dry run showed."""


class DraftGone(Exception):
    """The draft was discarded, or its period was drafted anew."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What became of one contract: the outcome, the sentence, and the document with its amount before tax."""

    outcome: str
    words: str
    invoice_public_id: str = ""
    amount: Decimal | None = None
    currency: str = ""


def run_contract(
    *, actor: Actor, item: BillingRunItem, how: str = "", now: datetime, facts: Facts | None = None
) -> Ended:
    """Do what the run of this item does to its contract; return what became of it.

    `facts` are what closing starts from, where they were gathered for many contracts together. Where these are closed
    together too, `ended_drafting` says what became of each.

    Each of these effects is keyed by its own operation, so that doing a part again, after a crash or at the same
    moment, has one effect. No transaction may be open.
    Raises what `close_period`, `finalize_invoice` and `send_invoice` raise, DraftMoved, DraftGone.
    """
    kind = item.run.kind
    today = civil_day(now, item.zone)
    if kind == Kind.COUNT:
        return _count(actor, item, now, today)
    if kind == Kind.DRAFT:
        return _draft(actor, item, now, today, facts)
    invoice = Invoice.objects.select_related("contract", "customer__legal_entity").filter(
        public_id=item.invoice_public_id
    )
    found = invoice.first()
    if found is None:
        raise DraftGone("The draft is gone: somebody discarded it, or its period was drafted anew.")
    if kind == Kind.FINALIZE:
        return _finalize(actor, item, found, now, today)
    return _send(actor, item, found, how, now)


def _count(actor: Actor, item: BillingRunItem, now: datetime, today: date) -> Ended:
    contract = Contract.objects.get(pk=item.contract_id)
    open_periods(actor=actor, contract=contract, today=today)
    written = estimate_period(actor=actor, contract=contract, period=item.span, now=now)
    ask_to_look(contract=contract)
    if written:
        return Ended(outcome=Outcome.DONE, words="counted; nothing is drafted")
    return Ended(outcome=Outcome.SAME, words="the count stands, or nothing of it can be counted yet")


def _draft(actor: Actor, item: BillingRunItem, now: datetime, today: date, facts: Facts | None) -> Ended:
    contract = Contract.objects.get(pk=item.contract_id)
    closing = close_period(actor=actor, contract=contract, period=item.span, now=now, today=today, facts=facts)
    return ended_drafting(contract=contract, closing=closing)


def ended_drafting(*, contract: Contract, closing: Closing) -> Ended:
    """Return what became of a contract that was closed, and have its differences looked for."""
    ask_to_look(contract=contract)
    if closing.held_code:
        return Ended(outcome=Outcome.HELD, words=closing.held_words)
    draft = closing.invoice
    if draft is None:
        return Ended(outcome=Outcome.SAME, words="nothing is due")
    return Ended(
        outcome=Outcome.DONE if closing.changed else Outcome.SAME,
        words="drafted" if closing.changed else "the draft stands as it was",
        invoice_public_id=draft.public_id,
        amount=draft.net_amount,
        currency=draft.currency,
    )


def _finalize(actor: Actor, item: BillingRunItem, draft: Invoice, now: datetime, today: date) -> Ended:
    was_final = draft.state == Invoice.State.FINALIZED
    if not was_final and draft.net_amount != item.seen_amount:
        seen = "nothing" if item.seen_amount is None else in_words(item.seen_amount, item.currency)
        raise DraftMoved(
            f"The draft came to {seen} in the dry run and comes to {in_words(draft.net_amount, draft.currency)} now. "
            "Look at it, and finalize it in another run."
        )
    final = finalize_invoice(actor=actor, invoice=draft, now=now, today=today)
    # Begun before and cut off: then it was this run that finalized it.
    is_ours = not was_final or (item.attempts > 1 and final.finalized_by == actor.name)
    return Ended(
        outcome=Outcome.DONE if is_ours else Outcome.SAME,
        words=f"finalized as {final.number}" if is_ours else f"{final.number} was finalized already",
        invoice_public_id=final.public_id,
        amount=final.net_amount,
        currency=final.currency,
    )


def _send(actor: Actor, item: BillingRunItem, invoice: Invoice, how: str, now: datetime) -> Ended:
    delivery = send_invoice(actor=actor, invoice=invoice, how=how or Delivery.How.PDF, now=now)
    is_ours = delivery.asked_by == actor.name and delivery.asked_at >= item.run.asked_at
    to = ", ".join(delivery.to)
    return Ended(
        outcome=Outcome.DONE if is_ours else Outcome.SAME,
        words=f"{invoice.number} goes to {to}" if is_ours else f"{invoice.number} was sent to {to} already",
        invoice_public_id=invoice.public_id,
        amount=invoice.net_amount,
        currency=invoice.currency,
    )
