"""Send the delivery of a destination that has waited longest, once; what came of it is noted afterwards."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from ground.faults import fault_point
from ground.outgoing import Answer, NoAnswer, NotCalled, check_url, find, post
from licenses.models import WebhookAttempt, WebhookDelivery, WebhookDestination
from licenses.sealing import NotOpened
from licenses.webhook_jobs import ask_to_deliver
from licenses.webhooks import ANSWER_SHOWN, PAUSES, TRIED_FOR, headers_of, next_try

State = WebhookDelivery.State
# Longer than a request may take: nobody else sends the same meanwhile, and what a killed worker left is sent again.
LEASE = timedelta(seconds=30)
# A receiver at which nobody answers is tried every half hour at least.
LONGEST_QUIET = 6


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What came of one request. `answer` is None where nothing was answered; `words` are shown to people."""

    answer: Answer | None
    words: str

    @property
    def is_good(self) -> bool:
        return self.answer is not None and self.answer.is_good


def deliver_next(*, destination_id: int, now: datetime) -> WebhookDelivery | None:
    """Send one delivery that is due and return it as it stands then; None where nothing is due or all is quiet.

    Three steps, of which the middle one, the request, lies in no transaction: a killed process has noted nothing, and
    the same event goes out again under the same webhook-id. A failure is tried again after a growing pause for three
    days, and then given up.
    """
    claimed = _claim(destination_id, now)
    if claimed is None:
        return None
    fault_point("webhook.before_send")
    sent = send(claimed.destination, message_id=claimed.event.public_id, body=claimed.event.body, now=now)
    fault_point("webhook.after_send")
    return _note(claimed, sent, now)


def send(destination: WebhookDestination, *, message_id: str, body: str, now: datetime) -> Sent:
    """Sign and send one body to a destination, after its address was checked. Refusals and failures are words."""
    try:
        target = check_url(destination.url)
        addresses = find(target)
        headers = headers_of(destination, message_id=message_id, body=body, now=now)
        answer = post(target, addresses, body=body.encode("ascii"), headers=headers)
    except (NotCalled, NoAnswer, NotOpened) as refused:
        return Sent(answer=None, words=str(refused)[:ANSWER_SHOWN])
    return Sent(answer=answer, words=_shown(answer.body))


def _claim(destination_id: int, now: datetime) -> WebhookDelivery | None:
    with transaction.atomic(durable=True):
        destination = WebhookDestination.objects.filter(pk=destination_id, switched_off_at__isnull=True).first()
        if destination is None or (destination.quiet_until is not None and destination.quiet_until > now):
            return None
        free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
        due = WebhookDelivery.objects.filter(
            free, destination=destination, state=State.WAITING, next_try_at__lte=now
        ).order_by("next_try_at", "pk")
        delivery = due.select_for_update(skip_locked=True, of=("self",)).select_related("event", "destination").first()
        if delivery is None:
            return None
        delivery.leased_until = now + LEASE
        delivery.save(update_fields=["leased_until"])
    return delivery


def _note(claimed: WebhookDelivery, sent: Sent, now: datetime) -> WebhookDelivery:
    with transaction.atomic(durable=True):
        delivery = WebhookDelivery.objects.select_for_update().select_related("destination").get(pk=claimed.pk)
        WebhookAttempt.objects.create(
            delivery=delivery,
            at=now,
            status_code=sent.answer.status if sent.answer else None,
            answer=sent.words,
            is_good=sent.is_good,
            milliseconds=sent.answer.milliseconds if sent.answer else 0,
        )
        if sent.answer is None:
            _leave_alone(delivery.destination, now)
        elif delivery.destination.silences:
            WebhookDestination.objects.filter(pk=delivery.destination_id).update(silences=0, quiet_until=None)
        if delivery.state == State.WAITING:
            _move_on(delivery, sent, now)
    return delivery


def _move_on(delivery: WebhookDelivery, sent: Sent, now: datetime) -> None:
    delivery.tries += 1
    delivery.leased_until = None
    delivery.next_try_at = None
    if sent.is_good:
        delivery.state, delivery.ended_at = State.DELIVERED, now
    else:
        delivery.next_try_at = next_try(tries=delivery.tries, begun_at=delivery.begun_at, now=now)
        if delivery.next_try_at is None:
            delivery.state, delivery.ended_at = State.GIVEN_UP, now
    delivery.save(update_fields=["tries", "leased_until", "next_try_at", "state", "ended_at"])
    if delivery.next_try_at is not None:
        at = delivery.next_try_at
        ask_to_deliver(delivery.destination, because=f"{delivery.pk}:{at.isoformat()}", at=at)


def _leave_alone(destination: WebhookDestination, now: datetime) -> None:
    """Let a destination rest at which nobody answers, and give up what has waited there for three days."""
    found = WebhookDestination.objects.select_for_update().get(pk=destination.pk)
    found.silences += 1
    found.quiet_until = now + PAUSES[min(found.silences, LONGEST_QUIET) - 1]
    found.save(update_fields=["silences", "quiet_until"])
    WebhookDelivery.objects.filter(destination=found, state=State.WAITING, begun_at__lte=now - TRIED_FOR).update(
        state=State.GIVEN_UP, next_try_at=None, leased_until=None, ended_at=now
    )
    ask_to_deliver(found, because=f"quiet:{found.quiet_until.isoformat()}", at=found.quiet_until)


def _shown(body: bytes) -> str:
    """Return the first characters of an answer as one line that any page and any row can hold."""
    text = body[: ANSWER_SHOWN * 4].decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else " " for letter in text)[:ANSWER_SHOWN].strip()
