"""Ask the customer about a difference: a mail to its administrators, kept word for word in the history."""

from datetime import datetime

from django.db import transaction

from billing.difference_history import record_difference_event
from billing.differences.standing import lock_open_difference
from billing.models import Difference, DifferenceEvent
from billing.operations.discard_draft import ReasonMissing
from ground.actor import Actor
from ground.audit import acting
from ground.operations import enqueue_job
from usage.operations.remind_of_reports import administrators

SEND = "billing.send_question"


class NobodyToAsk(Exception):
    """The customer has no administrator whose address is known."""


def ask_customer(*, actor: Actor, difference: Difference, subject: str, body: str, now: datetime) -> DifferenceEvent:
    """Have the mail sent and return what is kept of it; the difference stays open, and a held period stays held.

    Raises NotAllowed, ReasonMissing for an empty mail, NobodyToAsk, DifferenceClosed.
    """
    actor.require_vendor("finance", "account_manager")
    subject, body = " ".join(subject.split()), body.strip()
    if not subject or not body:
        raise ReasonMissing("Write what the customer is asked, with a subject.")
    to = [person.email for person in administrators(difference.contract)]
    if not to:
        raise NobodyToAsk(f"{difference.contract.customer.name} has no administrator. Invite one, then ask.")
    with transaction.atomic(durable=True), acting(actor=actor, verb="ask_customer"):
        row = lock_open_difference(difference.pk)
        row.asked_at = now
        row.save()
        event = record_difference_event(
            difference=row, verb="asked", actor=actor, at=now, reason=body, data={"subject": subject, "to": to}
        )
        enqueue_job(key=f"{SEND}:{event.pk}", kind=SEND, args={"event_id": event.pk})
    return event
