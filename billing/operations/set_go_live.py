"""Say from which day a contract is billed, and what the old agreement beside it costs."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from billing.locks import lock_contract
from billing.models import Invoice
from billing.operations.discard_draft import ReasonMissing
from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point
from licenses.models import Contract
from licenses.queries import NothingAgreed, terms_at
from rollcall.money import round_half_up


class GoLiveRefused(Exception):
    """The day cannot be the first that is billed."""


class OldBillRefused(Exception):
    """Seats or price of the old agreement make no sense."""


def set_go_live(
    *,
    actor: Actor,
    contract: Contract,
    live_from: date | None,
    old_seat_price: Decimal | None,
    old_seats: int | None,
    reason: str,
    now: datetime,
) -> Contract:
    """Set the go-live day and the old agreement's seats and price per period, and return the contract.

    Before `live_from` the contract is counted, rated and drafted, and nothing of it is finalized; None makes it live
    from its first day. Without `old_seats` the provisioned accounts are the seats. The day is the first of a billing
    period, and nothing billed lies before it. Every change stays in the contract's history with the reason.
    Raises NotAllowed (only finance), ReasonMissing, GoLiveRefused, OldBillRefused.
    """
    actor.require_vendor("finance")
    if not reason.strip():
        raise ReasonMissing("Say why the contract is compared first, or why the day changes.")
    with transaction.atomic(durable=True), acting(actor=actor, verb="set_go_live", reason=reason, at=now.isoformat()):
        row = lock_contract(contract.pk)
        if live_from is not None:
            _require_possible(row, live_from)
        _require_old_bill(row, old_seat_price, old_seats, live_from)
        row.live_from, row.old_seat_price, row.old_seats = live_from, old_seat_price, old_seats
        row.save(update_fields=("live_from", "old_seat_price", "old_seats"))
        fault_point("go_live.before_commit")
    return row


def _require_possible(contract: Contract, live_from: date) -> None:
    """Refuse a day that is not the first of a period, or before which something was billed."""
    try:
        period = terms_at(contract=contract, day=live_from).period_of(live_from)
    except NothingAgreed as nothing:
        raise GoLiveRefused(f"{nothing} Choose the first day of a billing period.") from nothing
    if period is None or period.start != live_from:
        begins = f" The period of that day begins on {period.start:%d %b %Y}." if period is not None else ""
        raise GoLiveRefused(f"{live_from:%d %b %Y} is not the first day of a billing period.{begins}")
    billed = Invoice.objects.filter(
        contract=contract, state=Invoice.State.FINALIZED, kind=Invoice.Kind.INVOICE, period__startswith__lt=live_from
    ).order_by("period")
    first = billed.first()
    if first is not None:
        raise GoLiveRefused(
            f"Invoice {first.number} bills days before {live_from:%d %b %Y}; what is billed is no comparison any more."
        )


def _require_old_bill(contract: Contract, price: Decimal | None, seats: int | None, live_from: date | None) -> None:
    if seats is not None and (price is None or seats < 0):
        raise OldBillRefused("Give the seats of the old agreement with the price of one, and not fewer than none.")
    if price is None:
        return
    try:
        terms = terms_at(contract=contract, day=live_from or contract.created_at.date())
    except NothingAgreed:
        return
    if price < 0 or round_half_up(price, terms.currency) != price:
        raise OldBillRefused(f"Give the price of one seat per period with no more decimals than {terms.currency} has.")
