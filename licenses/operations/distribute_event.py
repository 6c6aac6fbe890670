"""Bring an event to everybody who wants it: one delivery for each destination."""

from datetime import datetime

from django.db import transaction

from licenses.models import WebhookDelivery, WebhookEvent
from licenses.webhook_jobs import ask_to_deliver
from licenses.webhooks import destinations_for


def distribute_event(*, public_id: str, now: datetime) -> int:
    """Return for how many destinations deliveries were made; of an event that was distributed before, none.

    An event that was announced a second time has no row under this id, and nothing is left to do.
    """
    with transaction.atomic(durable=True):
        event = WebhookEvent.objects.select_for_update().filter(public_id=public_id).first()
        if event is None or event.distributed_at is not None:
            return 0
        wanted = list(destinations_for(kind=event.kind, customer_id=event.customer_id).order_by("pk"))
        WebhookDelivery.objects.bulk_create(
            WebhookDelivery(event=event, destination=one, begun_at=now, next_try_at=now) for one in wanted
        )
        event.distributed_at = now
        event.save(update_fields=["distributed_at"])
        for one in wanted:
            ask_to_deliver(one, because=event.public_id)
    return len(wanted)
