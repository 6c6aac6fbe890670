"""Let a held period go on although its reason stands: a person's word, with a reason."""

from datetime import date, datetime

from django.db import transaction

from billing.locks import lock_contract, lock_periods
from billing.models import BillingPeriod
from billing.operations.close_period import Closing, close_period
from billing.operations.discard_draft import ReasonMissing
from billing.state_moves import MoveRefused
from ground.actor import Actor
from ground.audit import acting
from licenses.models import Contract
from rollcall.period import Period

# Reasons that a person may set aside. The others are not a question of judgment: nothing could be rated.
RELEASABLE = frozenset(
    {
        BillingPeriod.HeldCode.DAYS_MISSING,
        BillingPeriod.HeldCode.REPORT_WAITING,
        BillingPeriod.HeldCode.NOBODY_ACTIVE,
        BillingPeriod.HeldCode.MIXED_NAMESPACES,
    }
)


def release_period(
    *, actor: Actor, contract: Contract, period: Period, reason: str, now: datetime, today: date
) -> Closing:
    """Set the present reason to hold aside for this period, and close it with what is known.

    The word counts for this reason only: another one found while closing holds the period again.
    Raises NotAllowed, ReasonMissing, MoveRefused when the period is not held or its reason cannot be set aside.
    """
    actor.require_vendor("finance", "account_manager")
    if not reason.strip():
        raise ReasonMissing("Say why the period may be billed although its reason to hold stands.")
    with transaction.atomic(durable=True), acting(actor=actor, verb="release_period", reason=reason):
        lock_contract(contract.pk)
        for row in lock_periods(contract=contract, period=period):
            if row.state != BillingPeriod.State.HELD:
                raise MoveRefused(f"{row} is {row.get_state_display()}; only a held period is released.", row=row)
            if row.held_code not in RELEASABLE:
                raise MoveRefused(f"{row} cannot go on: {row.held_words}", row=row)
            word = {"code": row.held_code, "by": actor.name, "reason": reason.strip(), "at": now.isoformat()}
            row.released = [*row.released, word]
            row.save()
    return close_period(actor=actor, contract=contract, period=period, now=now, today=today)
