"""Send a test event to one destination, to see what it answers."""

import secrets
from datetime import datetime

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from licenses.models import EventKind, WebhookDelivery, WebhookDestination, WebhookEvent
from licenses.operations.send_again import SwitchedOff
from licenses.webhook_jobs import ask_to_deliver
from licenses.webhooks import body_of


def send_test_event(*, actor: Actor, destination: WebhookDestination, now: datetime) -> WebhookDelivery:
    """Store an event of type webhook.test for this destination alone and have it sent; return the delivery.

    Raises NotAllowed, SwitchedOff.
    """
    actor.require_vendor("finance", "admin")
    with transaction.atomic(durable=True), acting(actor=actor, verb="send_test_event"):
        found = WebhookDestination.objects.select_for_update().get(pk=destination.pk)
        if not found.is_on or found.is_asked:
            raise SwitchedOff(f"{found.note} is told nothing, so no test is sent.")
        data = {"asked_by": actor.name, "destination": found.public_id}
        event = WebhookEvent.objects.create(
            key=f"{EventKind.TEST}:{secrets.token_hex(8)}",
            kind=EventKind.TEST,
            customer_id=found.customer_id,
            happened_at=now,
            body=body_of(kind=EventKind.TEST, at=now, data=data),
            distributed_at=now,
        )
        found.quiet_until = None
        found.save(update_fields=["quiet_until"])
        delivery = WebhookDelivery.objects.create(event=event, destination=found, begun_at=now, next_try_at=now)
        ask_to_deliver(found, because=event.public_id)
    return delivery
