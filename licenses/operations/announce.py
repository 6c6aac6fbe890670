"""Write down that something happened, for whoever wants to be told; in the transaction in which it happened."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from ground.portal_wall import is_behind_the_wall
from licenses.models import EventKind, WebhookEvent
from licenses.webhook_jobs import ask_to_distribute
from licenses.webhooks import Data, body_of, destinations_for


def announce(*, kind: EventKind, key: str, data: Callable[[], Data], customer_id: int | None, now: datetime) -> None:
    """Store an event in the current transaction; it is sent after that has committed, and never if it fails.

    `key` names the fact, such as the public id of an invoice: it is told once, however often it is announced. `data`
    gives JSON without floats, and is asked only where it is needed: where nobody wants to be told, nothing is stored.
    The portal's role cannot see who wants what, so there it always is.
    """
    name = f"{kind}:{key}"
    if not is_behind_the_wall() and (
        not destinations_for(kind=kind, customer_id=customer_id).exists()
        or WebhookEvent.objects.filter(key=name).exists()
    ):
        return
    event = WebhookEvent(
        key=name,
        kind=kind,
        customer_id=customer_id,
        happened_at=now,
        body=body_of(kind=kind, at=now, data=data()),
    )
    with transaction.atomic():
        # Nothing comes back: the portal's role may write such a row and read none.
        WebhookEvent.objects.bulk_create([event], ignore_conflicts=True)
        ask_to_distribute(event)
