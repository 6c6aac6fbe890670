"""Take a batch of events in: bytes unchanged, one row, and an answer for each event."""

import hashlib
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import IntegrityError, transaction

from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point
from ground.storage import remove_stored, store_file, stored_path
from licenses.models import Instance
from rollcall.intake.events import ACCEPTED, MOST_BYTES, REJECTED, RETRY, Answer
from rollcall.intake.events_sandbox import Answered, Sent, answer_batch
from usage.children import LOOK
from usage.files import incoming
from usage.limits import child_user, intake_limits
from usage.models import EventBatch
from usage.operations.receive_report import ByteStream, FileEmpty, FileTooLarge


@dataclass(frozen=True, kw_only=True)
class ReceivedEvents:
    """The stored batch with the answer to each of its events, in order; the same for bytes that were here before."""

    batch: EventBatch
    answers: tuple[Answer, ...]
    already_received: bool


def receive_events(*, actor: Actor, instance: Instance, form: str, stream: ByteStream, now: datetime) -> ReceivedEvents:
    """Store one batch of an instance; its good events count with the day they lie on, once it is gathered.

    The same bytes are one batch per instance and are answered as they were the first time, also when two clients send
    them at the same moment. ``form`` is one of ``rollcall.intake.events``. Raises NotAllowed, FileTooLarge, FileEmpty,
    BatchRefused for a batch that cannot be read, and ChildDied when nobody could say: then nothing was kept.
    """
    actor.require_customer(instance.customer_id)
    raw = _bytes_of(stream)
    sha256 = hashlib.sha256(raw).hexdigest()
    known = EventBatch.objects.filter(instance=instance, sha256=sha256).first()
    if known is not None:
        return _again(known)
    with tempfile.NamedTemporaryFile(dir=incoming()) as file:
        file.write(raw)
        file.flush()
        answered = _answers(Path(file.name), form, now)
    fault_point("events.after_answers")
    stored = store_file(customer_id=instance.customer_id, kind="events", source=raw)
    fault_point("events.after_store")
    batch = _row(actor, instance, form, answered, now)
    batch.sha256, batch.size, batch.storage_key = stored.sha256, stored.size, stored.key
    try:
        with transaction.atomic(), acting(actor=actor, verb="receive_events"):
            batch.save(force_insert=True)
            fault_point("events.before_commit")
    except IntegrityError:
        remove_stored(stored.key)
        known = EventBatch.objects.filter(instance=instance, sha256=sha256).first()
        if known is None:
            raise
        return _again(known)
    return ReceivedEvents(batch=batch, answers=answered.answers, already_received=False)


def _bytes_of(stream: ByteStream) -> bytes:
    found = bytearray()
    while block := stream.read(MOST_BYTES + 1 - len(found)):
        found += block
        if len(found) > MOST_BYTES:
            raise FileTooLarge(f"A batch has {MOST_BYTES // 1024**2:,} MiB at most. Send it in parts.")
    if not found:
        raise FileEmpty("The batch holds no byte.")
    return bytes(found)


def _again(known: EventBatch) -> ReceivedEvents:
    """Answer for bytes that are here: what they were answered follows from them and from when they came."""
    path = stored_path(known.storage_key, known.sha256)
    answered = _answers(path, known.form, known.received_at)
    return ReceivedEvents(batch=known, answers=answered.answers, already_received=True)


def _answers(path: Path, form: str, received_at: datetime) -> Answered:
    sent = Sent(path=path, form=form, received_at=received_at)
    return answer_batch(sent, limits=intake_limits(), user=child_user(), start=LOOK)


def _row(actor: Actor, instance: Instance, form: str, answered: Answered, now: datetime) -> EventBatch:
    number = {
        status: sum(answer.status == status for answer in answered.answers) for status in (ACCEPTED, REJECTED, RETRY)
    }
    return EventBatch(
        customer_id=instance.customer_id,
        contract_id=instance.contract_id,
        instance=instance,
        form=form,
        events_accepted=number[ACCEPTED],
        events_rejected=number[REJECTED],
        events_ahead=number[RETRY],
        first_at=answered.first_at,
        last_at=answered.last_at,
        utc_days=list(answered.utc_days),
        received_by=actor.name,
        received_at=now,
    )
