"""Send one delivery: hand its mail over to the mail server, once."""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction

from billing.documents.bundle_words import file_stem
from billing.history import record_event
from billing.models import Delivery, InvoiceDocument
from ground.actor import Actor
from ground.faults import fault_point
from ground.storage import StoredFileDamaged, StoredFileMissing, open_stored
from licenses.queries import billing_addresses

State = Delivery.State
GIVES_UP_AFTER = timedelta(days=3)
CUT_OFF = (
    "It is not known whether the mail server took the mail: it was cut off while handing it over. "
    "Ask the customer, or send it again."
)
NOBODY_LEFT = "None of the addresses is a billing contact any more. Add one, then send again."


class MailServerAway(Exception):
    """The mail server did not take the mail for now; the job tries again."""


def deliver_invoice(*, actor: Actor, delivery_id: int, now: datetime) -> Delivery:
    """Send the mail of a queued delivery and return the row as it stands then; one that ended is returned unchanged.

    What is certain not to have been taken is tried again for three days: MailServerAway is raised, for the job to wait.
    What may have been taken (the worker died, or the connection broke, while the mail was handed over) is never sent a
    second time by itself: the delivery fails with words, and a person decides. Two workers with the same delivery: one
    sends, the other leaves it alone.
    """
    with _alone(delivery_id) as is_mine:
        if not is_mine:
            return Delivery.objects.get(pk=delivery_id)
        return _deliver(delivery_id, actor, now)


@contextmanager
def _alone(delivery_id: int) -> Iterator[bool]:
    """Say whether nobody else is sending this delivery now. The lock ends with this process, however it ends."""
    key = f"billing.delivery:{delivery_id}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
        is_mine: bool = cursor.fetchone()[0]
    try:
        yield is_mine
    finally:
        if is_mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


def _deliver(delivery_id: int, actor: Actor, now: datetime) -> Delivery:
    with transaction.atomic(durable=True):
        delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
        if delivery.state != State.QUEUED:
            return delivery
        if delivery.handed_over_at is not None:
            return _fail(delivery, CUT_OFF, actor=actor, now=now)
        message = _message(delivery)
        if isinstance(message, str):
            return _fail(delivery, message, actor=actor, now=now)
    server: BaseEmailBackend = get_connection()
    problem = _reach(server)
    if problem:
        return _later(delivery_id, problem, actor=actor, now=now)
    try:
        _take_in_hand(delivery_id, now)
        fault_point("send.before_mail")
        return _hand_over(server, message, delivery_id, actor=actor, now=now)
    finally:
        server.close()


def _message(delivery: Delivery) -> EmailMessage | str:
    """Return the mail, to those who are still billing contacts of its contract; or words that say why there is none."""
    contacts = set(billing_addresses(contract=delivery.contract))
    to = [address for address in delivery.to if address in contacts]
    if not to:
        return NOBODY_LEFT
    entity = delivery.customer.legal_entity
    message = EmailMessage(
        subject=delivery.subject,
        body=delivery.body,
        to=to,
        reply_to=[entity.email] if entity.email else [],
        headers={"Message-ID": delivery.message_id},
    )
    if delivery.how == Delivery.How.PDF:
        document = delivery.invoice.documents.get(kind=InvoiceDocument.Kind.PDF)
        try:
            with open_stored(document.storage_key, document.sha256) as file:
                message.attach(f"{file_stem(delivery.invoice.number)}.pdf", file.read(), "application/pdf")
        except (StoredFileDamaged, StoredFileMissing) as damaged:
            return f"{damaged} Restore the file from a backup, then send again."
    return message


def _reach(server: BaseEmailBackend) -> str:
    """Open the connection, before anything can have been handed over; return the problem in words."""
    try:
        server.open()
    except (OSError, smtplib.SMTPException) as error:
        return f"The mail server cannot be reached: {_words(error)}"
    return ""


def _take_in_hand(delivery_id: int, now: datetime) -> None:
    """Note, before the mail server is spoken to, that it will be: who finds this note later sends nothing."""
    with transaction.atomic(durable=True):
        delivery = Delivery.objects.select_for_update().get(pk=delivery_id, state=State.QUEUED, handed_over_at=None)
        delivery.handed_over_at = now
        delivery.attempts += 1
        delivery.save()


def _hand_over(
    server: BaseEmailBackend, message: EmailMessage, delivery_id: int, *, actor: Actor, now: datetime
) -> Delivery:
    try:
        server.send_messages([message])
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as refusal:
        # The server answered, so it is certain that it did not take the mail.
        return _refused(delivery_id, refusal, actor=actor, now=now)
    except (OSError, smtplib.SMTPException) as error:
        with transaction.atomic(durable=True):
            delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
            return _fail(delivery, f"{CUT_OFF} ({_words(error)})", actor=actor, now=now)
    fault_point("send.after_mail")
    with transaction.atomic(durable=True):
        delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
        delivery.state, delivery.ended_at, delivery.sent_to = State.SENT, now, message.to
        delivery.last_error = ""
        delivery.save()
        fault_point("send.before_commit")
    fault_point("send.after_commit")
    return delivery


def _refused(
    delivery_id: int,
    refusal: smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused,
    *,
    actor: Actor,
    now: datetime,
) -> Delivery:
    """Fail for what the server will refuse again (5xx); wait for what it may take later (4xx)."""
    codes = (
        [refusal.smtp_code]
        if isinstance(refusal, smtplib.SMTPResponseException)
        else [code for code, _ in refusal.recipients.values()]
    )
    words = f"The mail server refused: {_words(refusal)}"
    if all(500 <= code < 600 for code in codes):
        with transaction.atomic(durable=True):
            delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
            return _fail(delivery, words, actor=actor, now=now)
    return _later(delivery_id, words, actor=actor, now=now)


def _later(delivery_id: int, problem: str, *, actor: Actor, now: datetime) -> Delivery:
    """Put the delivery back for another attempt, or give it up when it has waited long enough."""
    with transaction.atomic(durable=True):
        delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
        if now - delivery.asked_at >= GIVES_UP_AFTER:
            return _fail(delivery, f"Given up after {GIVES_UP_AFTER.days} days. {problem}", actor=actor, now=now)
        delivery.handed_over_at, delivery.last_error = None, problem
        delivery.save()
    raise MailServerAway(problem)


def _fail(delivery: Delivery, words: str, *, actor: Actor, now: datetime) -> Delivery:
    """End the delivery without success; in the transaction of the caller, who holds its lock."""
    delivery.state, delivery.ended_at, delivery.last_error = State.FAILED, now, words
    delivery.save()
    record_event(
        invoice=delivery.invoice,
        verb="not delivered",
        actor=actor,
        at=now,
        reason=words,
        data={"delivery": delivery.number},
    )
    return delivery


def _words(error: BaseException) -> str:
    """What went wrong in one line; a server's answer is bytes from outside."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:300]
