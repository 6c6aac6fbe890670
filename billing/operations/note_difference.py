"""Write a note on a difference: what was found out so far, and why it stays on the list."""

from datetime import datetime

from django.db import transaction

from billing.difference_history import record_difference_event
from billing.differences.standing import lock_open_difference
from billing.models import Difference
from billing.operations.discard_draft import ReasonMissing
from ground.actor import Actor
from ground.audit import acting


def note_difference(*, actor: Actor, difference: Difference, note: str, now: datetime) -> Difference:
    """Put the note on an open difference and into its history; the same note again changes nothing.

    Raises NotAllowed, ReasonMissing for an empty note, DifferenceClosed.
    """
    actor.require_vendor("finance", "account_manager")
    if not note.strip():
        raise ReasonMissing("Write what was found out, so that a colleague can go on from there.")
    with transaction.atomic(durable=True), acting(actor=actor, verb="note_difference"):
        row = lock_open_difference(difference.pk)
        if row.note == note.strip():
            return row
        row.note = note.strip()
        row.save()
        record_difference_event(difference=row, verb="noted", actor=actor, at=now, reason=row.note)
    return row
