"""Turn the secret of a destination: a new one beside the old, then the old one away."""

from datetime import datetime

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from licenses.models import WebhookDestination, WebhookSecret
from licenses.webhooks import MOST_SECRETS, new_secret, sealed_secret, shown_secret


class SecretRefused(ValueError):
    """The secret cannot be turned or retired now; the sentence says what comes first."""


def turn_secret(*, actor: Actor, destination: WebhookDestination, now: datetime) -> str:
    """Make another secret and return its text, shown once. Until the old one is retired both sign.

    Raises NotAllowed, SecretRefused where two live already.
    """
    actor.require_vendor("finance", "admin")
    secret = new_secret()
    with transaction.atomic(durable=True), acting(actor=actor, verb="turn_secret"):
        live = _live(destination)
        if len(live) >= MOST_SECRETS:
            raise SecretRefused("Two secrets live already. Retire the older one, once the receiver knows the newer.")
        WebhookSecret.objects.create(
            destination=destination, sealed=sealed_secret(secret), made_by=actor.name, made_at=now
        )
    return shown_secret(secret)


def retire_secret(*, actor: Actor, destination: WebhookDestination, now: datetime) -> None:
    """Let the older of two secrets sign no more. Raises NotAllowed, SecretRefused where only one lives."""
    actor.require_vendor("finance", "admin")
    with transaction.atomic(durable=True), acting(actor=actor, verb="retire_secret"):
        live = _live(destination)
        if len(live) < MOST_SECRETS:
            raise SecretRefused("Only one secret lives. Make another before this one is retired.")
        WebhookSecret.objects.filter(pk=live[0].pk).update(retired_at=now, retired_by=actor.name)


def _live(destination: WebhookDestination) -> list[WebhookSecret]:
    """Return the live secrets, the oldest first, under a lock of the destination."""
    WebhookDestination.objects.select_for_update(no_key=True).get(pk=destination.pk)
    return list(WebhookSecret.objects.filter(destination=destination, retired_at__isnull=True).order_by("pk"))
