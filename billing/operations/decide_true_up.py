"""Decide a proposed true-up: accept it, so that the next draft carries it, or waive it."""

from datetime import datetime

from django.db import transaction

from billing.closing_jobs import ask_to_close
from billing.documents.printable import unprintable
from billing.locks import lock_contract
from billing.models import BillingPeriod, TrueUp
from billing.operations.discard_draft import ReasonMissing
from billing.state_moves import TRUE_UP_MOVES, require_move
from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point
from licenses.ranges import period_of

SHORTEST_REASON = 5


class ReasonUnprintable(ReasonMissing):
    """The reason stands on the invoice, and no bundled font has one of its letters."""


def decide_true_up(*, actor: Actor, true_up: TrueUp, accept: bool, reason: str, now: datetime) -> TrueUp:
    """Write the decision, once, and return the row; the same decision again changes nothing.

    An accepted difference becomes one line of the next draft of the contract; a draft that is there already is
    computed again. The reason of an accepted one is printed on the invoice.
    Raises NotAllowed, ReasonMissing, ReasonUnprintable, MoveRefused when it was decided otherwise or is superseded.
    """
    actor.require_vendor("finance", "account_manager")
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReasonMissing("Give the reason that the customer will read: what came late, and from where.")
    if missing := unprintable(reason):
        raise ReasonUnprintable(f"The invoice cannot print {missing!r}. Write the reason in another script.")
    wanted = TrueUp.State.ACCEPTED if accept else TrueUp.State.WAIVED
    with transaction.atomic(durable=True), acting(actor=actor, verb="decide_true_up", reason=reason):
        contract = lock_contract(true_up.contract_id)
        row = TrueUp.objects.select_for_update().get(pk=true_up.pk)
        if row.state == wanted:
            return row
        require_move(TRUE_UP_MOVES, before=row.state, after=wanted, what="The true-up")
        row.state, row.reason = wanted, reason.strip()
        row.decided_by, row.decided_at = actor.name, now
        row.save()
        fault_point("true_up.before_commit")
        drafted = BillingPeriod.objects.filter(contract=contract, state=BillingPeriod.State.DRAFTED).order_by("period")
        next_draft = drafted.first()
        if accept and next_draft is not None:
            ask_to_close(
                contract=contract,
                period=period_of(next_draft.period),
                asked_by=actor.name,
                key_suffix=f"true_up:{row.public_id}",
            )
    return row
