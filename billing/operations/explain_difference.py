"""Explain a difference: it leaves the list with a person's reason."""

from datetime import datetime

from django.db import transaction

from billing.difference_history import record_difference_event
from billing.differences.standing import lock_open_difference
from billing.documents.printable import unprintable
from billing.locks import lock_contract
from billing.models import BillingPeriod, Difference
from billing.operations.decide_true_up import ReasonUnprintable
from billing.operations.discard_draft import ReasonMissing
from billing.state_moves import MoveRefused
from ground.actor import Actor
from ground.audit import acting

SHORTEST_REASON = 5
State = BillingPeriod.State


def explain_difference(
    *, actor: Actor, difference: Difference, reason: str, now: datetime, say_on_invoice: bool = False
) -> Difference:
    """Close an open difference as explained; with other users or other money it will be open again.

    `say_on_invoice` prints the difference and the reason among the working of the invoice that bills the period. The
    same word about an explained difference changes nothing.
    Raises NotAllowed, ReasonMissing, ReasonUnprintable, DifferenceClosed, MoveRefused for an invoice that is out.
    """
    actor.require_vendor("finance", "account_manager")
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReasonMissing("Say what explains the difference, so that another person understands it a year from now.")
    if say_on_invoice and (missing := unprintable(reason)):
        raise ReasonUnprintable(f"The invoice cannot print {missing!r}. Write the reason in another script.")
    with transaction.atomic(durable=True), acting(actor=actor, verb="explain_difference", reason=reason):
        lock_contract(difference.contract_id)
        row = Difference.objects.select_related("billing_period").get(pk=difference.pk)
        if (row.state, row.reason) == (Difference.State.EXPLAINED, reason.strip()):
            return row
        row = lock_open_difference(difference.pk)
        period = row.billing_period
        if say_on_invoice and (period is None or period.state == State.INVOICED):
            raise MoveRefused("The invoice of this period is out; what it does not say, a true-up settles.")
        row.state, row.reason = Difference.State.EXPLAINED, reason.strip()
        row.closed_at, row.closed_by, row.changed_at = now, actor.name, now
        row.save()
        record_difference_event(
            difference=row,
            verb="explained",
            actor=actor,
            at=now,
            reason=row.reason,
            data={"on_invoice": say_on_invoice, "words": row.words, "users": row.users},
        )
    return row
