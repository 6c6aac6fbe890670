"""Close a billing period of a contract: count it, rate it, draft its invoice; or hold it, with the reason."""

from datetime import date, datetime

from django.db import transaction

from billing.closing import Closing, Drafting, NoSuchPeriod, close_locked, draft_ahead, write_drafted
from billing.gathering import Facts, gather
from billing.locks import lock_contract, lock_periods
from billing.operations.open_periods import open_periods
from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point
from licenses.models import Contract
from rollcall.period import Period

__all__ = ["Closing", "FactsKeepMoving", "NoSuchPeriod", "PeriodNotOver", "close_period"]

ATTEMPTS = 5


class PeriodNotOver(Exception):
    """The period has days to come; only a complete period is billed."""


class FactsKeepMoving(Exception):
    """Reports or terms changed each time the period was counted; trying again later is safe."""


def close_period(
    *, actor: Actor, contract: Contract, period: Period, now: datetime, today: date, facts: Facts | None = None
) -> Closing:
    """Bring every charge of this period to `drafted`, or to `held` with a reason; redraft what changed since.

    What is billed in advance for the period after it, and what is due in advance and on no draft yet, comes on the
    same invoice. A period that has begun and is not over is billed for what is due in advance, and for nothing else.
    Counting is done before the locks are taken, and done again when a report or an amendment came in between, so a
    period is billed under exactly one version and one set of evidence. An invoiced period is left alone. Run again,
    or eight times at once, the effect is one. `today` is the civil day in the contract's zone.
    `facts` are those that `gather_together` gathered of many contracts before; they are compared under the locks as
    those that are gathered here are.
    Raises NotAllowed, PeriodNotOver, NoSuchPeriod, FactsKeepMoving.
    """
    actor.require_vendor("finance", "account_manager")
    if today < period.start:
        raise PeriodNotOver(f"{period.words()} has not begun; it can be closed from {period.end} on.")
    if facts is None:
        open_periods(actor=actor, contract=contract, today=today)
    fault_point("close.after_open")
    if today < period.end:
        return _bill_ahead(actor, contract, period, now)
    for _ in range(ATTEMPTS):
        facts = facts or gather(contract=contract, period=period, now=now, today=today)
        if facts is None:
            continue
        fault_point("close.after_count")
        with transaction.atomic(durable=True), acting(actor=actor, verb="close_period"):
            came = close_locked(actor=actor, contract=contract, period=period, facts=facts, now=now, today=today)
            closing = None if came is None else _written(actor, came, now)
            fault_point("close.before_commit")
        if closing is not None:
            fault_point("close.after_commit")
            return closing
        facts = None
    raise FactsKeepMoving(f"{period.words()} of contract {contract.number} changed while it was counted. Try again.")


def _bill_ahead(actor: Actor, contract: Contract, period: Period, now: datetime) -> Closing:
    """Draft what is due in advance by the first day of a period that is not over. Raises PeriodNotOver for nothing."""
    with transaction.atomic(durable=True), acting(actor=actor, verb="close_period"):
        contract = lock_contract(contract.pk)
        rows = [row for row in lock_periods(contract=contract, period=period) if row.is_in_advance]
        if not rows:
            raise PeriodNotOver(f"{period.words()} is not over; it can be closed from {period.end} on.")
        came = draft_ahead(actor=actor, contract=contract, period=period, by=period.start, row=rows[-1], now=now)
        closing = _written(actor, came, now)
        fault_point("close.before_commit")
    fault_point("close.after_commit")
    return closing


def _written(actor: Actor, came: Closing | Drafting, now: datetime) -> Closing:
    """Return the closing, with its draft written where it comes to one."""
    return write_drafted(actor=actor, draftings=[came], now=now)[0] if isinstance(came, Drafting) else came
