"""What follows a decision that is final: a document, a draft written anew, and the re-rating of later periods.

Owns: the work that a decision asks for, in its transaction. Does not own: the decision.
Invariant: each effect is keyed by the true-up, so that a decision has it once.
"""

from datetime import datetime

from billing.closing_jobs import ask_to_close
from billing.models import BillingPeriod, Invoice, TrueUp
from billing.settling_documents import draft_of_its_own
from billing.settling_jobs import ask_to_settle_after
from ground.actor import Actor
from licenses.models import Contract
from licenses.ranges import period_of


def take_effect(*, true_up: TrueUp, contract: Contract, actor: Actor, now: datetime) -> Invoice | None:
    """Ask for everything that an accepted or waived true-up brings; return the draft of its own document, if any.

    The caller holds the lock of the contract.
    """
    ask_to_settle_after(true_up=true_up)
    if true_up.state != TrueUp.State.ACCEPTED:
        return None
    if true_up.settle != TrueUp.Settle.NEXT_INVOICE:
        return draft_of_its_own(true_up=true_up, actor=actor, now=now)
    drafted = BillingPeriod.objects.filter(contract=contract, state=BillingPeriod.State.DRAFTED).order_by("period")
    next_draft = drafted.first()
    if next_draft is not None:
        ask_to_close(
            contract=contract,
            period=period_of(next_draft.period),
            asked_by=actor.name,
            key_suffix=f"true_up:{true_up.public_id}",
        )
    return None
