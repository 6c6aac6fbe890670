"""Send deliveries again: the same event, under the same webhook-id, with three more days to arrive."""

import secrets
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from ground.actor import Actor
from ground.audit import acting
from licenses.models import WebhookDelivery, WebhookDestination
from licenses.webhook_jobs import ask_to_deliver

State = WebhookDelivery.State


class SwitchedOff(Exception):
    """Nothing is sent to a destination that was switched off."""


def send_again(*, actor: Actor, destination: WebhookDestination, deliveries: Collection[str], now: datetime) -> int:
    """Send the named deliveries (public ids) of a destination again, and return how many there are.

    What waits is tried at once; what was delivered is delivered once more. Raises NotAllowed, SwitchedOff.
    """
    return _again(actor, destination, WebhookDelivery.objects.filter(public_id__in=deliveries), now)


def send_given_up_again(*, actor: Actor, destination: WebhookDestination, now: datetime) -> int:
    """Send again all that was given up. Raises NotAllowed, SwitchedOff."""
    return _again(actor, destination, WebhookDelivery.objects.filter(state=State.GIVEN_UP), now)


def leave_given_up(*, actor: Actor, destination: WebhookDestination, now: datetime) -> int:
    """Leave what was given up: it is not sent, and nobody is reminded of it. Raises NotAllowed."""
    actor.require_vendor("finance", "admin")
    with transaction.atomic(durable=True), acting(actor=actor, verb="leave_given_up"):
        given_up = WebhookDelivery.objects.filter(destination=destination, state=State.GIVEN_UP)
        return given_up.update(state=State.LEFT, ended_at=now)


def _again(actor: Actor, destination: WebhookDestination, deliveries: QuerySet[WebhookDelivery], now: datetime) -> int:
    actor.require_vendor("finance", "admin")
    with transaction.atomic(durable=True), acting(actor=actor, verb="send_again"):
        found = WebhookDestination.objects.select_for_update(no_key=True).get(pk=destination.pk)
        if not found.is_on:
            raise SwitchedOff(f"{found.note} is switched off. Register the address anew to send there again.")
        number = deliveries.filter(destination=found).update(
            state=State.WAITING, tries=0, begun_at=now, next_try_at=now, ended_at=None
        )
        # A person who asks has repaired something, as a rule.
        WebhookDestination.objects.filter(pk=found.pk).update(quiet_until=None)
        if number:
            ask_to_deliver(found, because=f"again:{secrets.token_hex(8)}")
    return number
