"""Decide a proposed true-up: accept it, whole or in part, on the document that settles it, or waive it."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from billing.decision_effects import take_effect
from billing.documents.printable import unprintable
from billing.locks import lock_contract, lock_true_up
from billing.models import TrueUp
from billing.operations.discard_draft import ReasonMissing
from billing.settling_documents import MoreThanHeld, require_held
from billing.state_moves import TRUE_UP_MOVES, MoveRefused, require_move
from billing.true_up_policy import rule_of
from billing.true_up_record import Decision, record_decision, write_decision
from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point
from rollcall.money import in_words, round_half_up

SHORTEST_REASON = 20
State, Settle = TrueUp.State, TrueUp.Settle


class ReasonUnprintable(ReasonMissing):
    """The reason stands on the invoice, and no bundled font has one of its letters."""


class AdjustmentUnexplained(ReasonMissing):
    """Less than the difference is settled, and nobody says why."""


class AmountRefused(Exception):
    """What should be settled does not lie between nothing and the difference."""


class WayRefused(Exception):
    """This difference cannot be settled on a document of this kind."""


def decide_true_up(
    *,
    actor: Actor,
    true_up: TrueUp,
    accept: bool,
    reason: str,
    now: datetime,
    settle: str | None = None,
    settled_amount: Decimal | None = None,
    adjustment_reason: str = "",
) -> TrueUp:
    """Write the decision, once, and return the row; the same decision again changes nothing.

    `settle` is "next_invoice", "own_invoice" or "credit_note", by default what the contract says; `settled_amount` has
    the sign of the difference, by default all of it: the rest is waived and stays waived. Above the contract's limit
    the decision waits for a second person. What settles on a document of its own is drafted at once; else the next
    draft carries it, and one that is there is computed again. `reason` is printed, `adjustment_reason` is not.
    Raises NotAllowed, ReasonMissing, ReasonUnprintable, AdjustmentUnexplained, AmountRefused, WayRefused, MoreThanHeld,
    MoveRefused when it was decided otherwise or is superseded.
    """
    actor.require_vendor("finance", "account_manager")
    require_reason(reason)
    with transaction.atomic(durable=True), acting(actor=actor, verb="decide_true_up", reason=reason):
        contract = lock_contract(true_up.contract_id)
        row = lock_true_up(true_up.pk)
        amount = _amount(row, settled_amount) if accept else Decimal(0)
        is_decided = row.state in (State.NEEDS_APPROVAL, State.ACCEPTED, State.WAIVED)
        if is_decided and amount == row.settled_amount and settle in (None, row.settle):
            return row
        if is_decided:
            raise MoveRefused(f"The true-up is {row.get_state_display()} already and cannot be decided otherwise.")
        wanted = State.NEEDS_APPROVAL if row.takes_two else State.ACCEPTED if accept else State.WAIVED
        require_move(TRUE_UP_MOVES, before=row.state, after=wanted, what="The true-up")
        said = _accepted(row, settle, amount, adjustment_reason) if accept else Decision(settled_amount=amount)
        said = replace(said, state=wanted.value, reason=reason.strip())
        said = replace(said, decided_by=actor.name, decided_by_account=actor.user_id, decided_at=now)
        write_decision(row, said)
        row.save()
        record_decision(true_up=row, actor=actor, at=now)
        fault_point("true_up.before_effects")
        if wanted != State.NEEDS_APPROVAL:
            take_effect(true_up=row, contract=contract, actor=actor, now=now)
        fault_point("true_up.before_commit")
    return row


def _accepted(row: TrueUp, settle: str | None, amount: Decimal, adjustment_reason: str) -> Decision:
    """Return what is settled, on which document, and why not all of it."""
    return Decision(
        settled_amount=amount,
        settle=_way(row, settle, amount),
        adjustment_reason=_adjustment_reason(row, amount, adjustment_reason),
    )


def require_reason(reason: str, *, ask: str = "Name what came late and from where") -> None:
    """Refuse a reason that the customer could not understand, or the document not print; `ask` says what to write.

    Raises ReasonMissing, ReasonUnprintable.
    """
    if missing := unprintable(reason):
        raise ReasonUnprintable(f"The invoice cannot print {missing!r}. Write the reason in another script.")
    said = len(reason.strip())
    if said < SHORTEST_REASON:
        short = "Nothing is" if not said else "1 character is" if said == 1 else f"{said} characters are"
        raise ReasonMissing(f"{short} not a reason. {ask}, in at least {SHORTEST_REASON} characters.")


def _amount(row: TrueUp, wanted: Decimal | None) -> Decimal:
    """Return what is settled: all of the difference, or a payable part of it."""
    whole = row.difference_amount
    if wanted is None:
        return whole
    is_part = Decimal(0) < wanted <= whole if whole > 0 else whole <= wanted < 0
    if not is_part or round_half_up(wanted, row.currency) != wanted:
        raise AmountRefused(
            f"Settle an amount between nothing and {in_words(whole, row.currency)}, with no more decimals than "
            f"{row.currency} has. To settle nothing, waive it."
        )
    return wanted


def _adjustment_reason(row: TrueUp, amount: Decimal, reason: str) -> str:
    if amount == row.difference_amount:
        return ""
    if len(reason.strip()) < SHORTEST_REASON:
        raise AdjustmentUnexplained(
            f"Say in at least {SHORTEST_REASON} characters why only {in_words(amount, row.currency)} of "
            f"{in_words(row.difference_amount, row.currency)} is settled; the rest is waived for good."
        )
    return reason.strip()


def _way(row: TrueUp, wanted: str | None, amount: Decimal) -> str:
    """Return on which document the amount is settled, by choice or as agreed; a credit note only within its invoice."""
    way = wanted if wanted is not None else rule_of(row).settles_by(amount)
    own = Settle.OWN_INVOICE if amount > 0 else Settle.CREDIT_NOTE
    if way not in (Settle.NEXT_INVOICE, own):
        raise WayRefused(f"{in_words(amount, row.currency)} is settled on the next invoice or {own.label}.")
    if way != Settle.CREDIT_NOTE or row.billing_period.invoice is None:
        return way
    try:
        require_held(invoice=row.billing_period.invoice, amount=-amount)
    except MoreThanHeld:
        if wanted is not None:
            raise
        return Settle.NEXT_INVOICE.value
    return way
