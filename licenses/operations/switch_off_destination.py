"""Switch a destination off: it is told nothing any more, and a checkout hook is not asked."""

from datetime import datetime

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from licenses.models import WebhookDelivery, WebhookDestination

State = WebhookDelivery.State


def switch_off_destination(*, actor: Actor, destination: WebhookDestination, now: datetime) -> None:
    """Switch it off for good; register another to begin again. What waits for it is left. Raises NotAllowed."""
    actor.require_vendor("finance", "admin")
    with transaction.atomic(durable=True), acting(actor=actor, verb="switch_off_destination"):
        WebhookDestination.objects.filter(pk=destination.pk, switched_off_at__isnull=True).update(
            switched_off_at=now, switched_off_by=actor.name
        )
        WebhookDelivery.objects.filter(destination=destination, state__in=(State.WAITING, State.GIVEN_UP)).update(
            state=State.LEFT, next_try_at=None, leased_until=None, ended_at=now
        )
