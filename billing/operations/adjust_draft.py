"""Put a surcharge or a credit with its reason on the draft of a period."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from billing.adjusting import takes_two
from billing.drafting import write_draft_again
from billing.history import record_event
from billing.locks import lock_contract, lock_invoice
from billing.models import Adjustment, Invoice
from billing.operations.decide_true_up import require_reason
from billing.state_moves import MoveRefused
from ground.actor import Actor, NotAllowed
from ground.audit import acting
from ground.faults import fault_point
from ground.ids import new_public_id
from licenses.ranges import period_of
from rollcall.money import exact_difference, in_words, round_half_up

LARGEST = Decimal("1000000000000")


class AdjustmentRefused(Exception):
    """The amount cannot stand on the draft."""


def adjust_draft(
    *, actor: Actor, invoice: Invoice, amount: Decimal, reason: str, now: datetime, mark: str = ""
) -> Adjustment:
    """Add an adjustment to the period of a draft, write the draft's lines again, and return it.

    `amount` is before tax in the draft's currency, a credit when negative. The adjustment is on the draft at once;
    above the vendor's limit the draft is not finalized before another person approves it. It stays with the period
    when the draft is computed again or drawn up anew. `mark` is a random name given by the form: the same mark again
    gives the same adjustment. Nothing that is counted changes.
    Raises NotAllowed (a person of finance or an account manager), ReasonMissing, ReasonUnprintable,
    AdjustmentRefused, MoveRefused, Invoice.DoesNotExist.
    """
    actor.require_vendor("finance", "account_manager")
    if actor.user_id is None:
        raise NotAllowed(f"{actor.name} is not a person; a person adjusts a draft and answers for it.")
    require_reason(reason, ask="Say what is added or taken off and why, as the customer reads it")
    with transaction.atomic(durable=True), acting(actor=actor, verb="adjust_draft", reason=reason):
        contract = lock_contract(invoice.contract_id)
        again = Adjustment.objects.filter(public_id=mark, contract=contract).first() if mark else None
        if again is not None:
            return again
        draft = lock_invoice(invoice.pk)
        row = _added(draft, amount, reason.strip(), mark or new_public_id())
        row.made_by, row.made_by_account, row.made_at = actor.name, actor.user_id, now
        row.save()
        fault_point("adjust.before_lines")
        before = draft.net_amount
        draft = write_draft_again(draft, now=now)
        _require_something_left(draft, amount)
        data = {
            "adjustment": row.public_id,
            "amount": str(amount),
            "takes_two": row.takes_two,
            "net_amount_before": str(before),
            "net_amount": str(draft.net_amount),
        }
        record_event(invoice=draft, verb="adjusted", actor=actor, at=now, reason=row.reason, data=data)
        fault_point("adjust.before_commit")
    return row


def _added(draft: Invoice, amount: Decimal, reason: str, mark: str) -> Adjustment:
    """The adjustment as a row that is not stored; whoever makes it is still to be named."""
    charge_key = _require_open(draft)
    _require_amount(amount, draft.currency)
    waits = takes_two(contract=draft.contract, period=period_of(draft.period), currency=draft.currency, amount=amount)
    return Adjustment(
        public_id=mark,
        customer_id=draft.customer_id,
        contract=draft.contract,
        charge_key=charge_key,
        period=draft.period,
        currency=draft.currency,
        amount=amount,
        reason=reason,
        takes_two=waits,
        state=Adjustment.State.NEEDS_APPROVAL if waits else Adjustment.State.STANDS,
    )


def _require_open(draft: Invoice) -> str:
    """Return the charge that heads the draft. Raises MoveRefused where the document takes no adjustment."""
    if draft.state == Invoice.State.FINALIZED:
        raise MoveRefused(f"Invoice {draft.number} is finalized; a credit note or the next invoice corrects it.")
    rows = draft.billing_periods.order_by("-is_main", "pk")
    main = rows.filter(period=draft.period).first() or rows.first()
    if main is None:
        raise MoveRefused("This draft bills no period; what was decided or credited stands on it as it is.")
    return main.charge_key


def _require_amount(amount: Decimal, currency: str) -> None:
    if not amount.is_finite() or amount == 0 or round_half_up(amount, currency) != amount or abs(amount) >= LARGEST:
        raise AdjustmentRefused(
            f"Give an amount other than zero, with no more decimals than {currency} has; a credit with a minus."
        )


def _require_something_left(draft: Invoice, amount: Decimal) -> None:
    """Refuse a credit that turns the bill around: money is given back by a credit note, on the bill it was paid on."""
    payable = exact_difference(draft.gross_amount, draft.prepaid_amount)
    if amount < 0 and (draft.net_amount < 0 or payable < 0):
        raise AdjustmentRefused(
            f"With this credit the draft would come to {in_words(draft.net_amount, draft.currency)} before tax, and "
            "less than nothing would be left to pay. Take off less, or credit a finalized invoice."
        )
