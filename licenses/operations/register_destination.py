"""Register where events go, or who is asked before seats are reduced. Its secret is shown once."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from ground.outgoing import NotCalled, check_url, find
from licenses.models import Customer, EventKind, LegalEntity, Purpose, WebhookDestination, WebhookSecret
from licenses.webhooks import new_secret, sealed_secret, shown_secret

LONGEST_NOTE = 200


class DestinationRefused(ValueError):
    """The destination cannot be registered like this; `field` is what is wrong: url, note, events or product."""

    def __init__(self, at: str, words: str) -> None:
        self.field = at
        super().__init__(words)


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A destination and the text of its secret, which is not known anywhere else."""

    destination: WebhookDestination
    secret: str = field(repr=False)


def register_destination(
    *, actor: Actor, url: str, note: str, event_types: Collection[str], now: datetime, customer: Customer | None = None
) -> Registered:
    """Store a destination of events; with a customer it hears of that customer only. The name is looked up once.

    Raises NotAllowed, DestinationRefused.
    """
    actor.require_vendor("finance", "admin")
    offered = set(EventKind.values) - {EventKind.TEST.value}
    wanted = sorted(set(event_types))
    if not wanted or not set(wanted) <= offered:
        raise DestinationRefused("events", "Choose what the receiver wants to be told.")
    return _store(
        actor,
        WebhookDestination(
            url=url.strip(),
            note=note.strip(),
            event_types=wanted,
            customer=customer,
            made_by=actor.name,
            made_at=now,
        ),
    )


def register_checkout_hook(
    *, actor: Actor, url: str, note: str, legal_entity: LegalEntity, product_name: str, now: datetime
) -> Registered:
    """Store a checkout hook of a legal entity, for one product or (with an empty name) for those without their own.

    Raises NotAllowed, DestinationRefused.
    """
    actor.require_vendor("finance", "admin")
    live = WebhookDestination.objects.filter(purpose=Purpose.CHECKOUT, switched_off_at__isnull=True)
    if live.filter(legal_entity=legal_entity, product_name=product_name.strip()).exists():
        raise DestinationRefused("product", "This product has a hook already. Switch that off before you register one.")
    return _store(
        actor,
        WebhookDestination(
            purpose=Purpose.CHECKOUT,
            url=url.strip(),
            note=note.strip(),
            legal_entity=legal_entity,
            product_name=product_name.strip(),
            made_by=actor.name,
            made_at=now,
        ),
    )


def _store(actor: Actor, destination: WebhookDestination) -> Registered:
    if not destination.note or len(destination.note) > LONGEST_NOTE or not destination.note.isprintable():
        raise DestinationRefused("note", f"Say in at most {LONGEST_NOTE} characters who receives this.")
    try:
        find(check_url(destination.url))
    except NotCalled as refused:
        raise DestinationRefused("url", str(refused)) from refused
    destination.clean_fields()
    secret = new_secret()
    with transaction.atomic(durable=True), acting(actor=actor, verb="register_destination"):
        destination.save(force_insert=True)
        WebhookSecret.objects.create(
            destination=destination,
            sealed=sealed_secret(secret),
            made_by=destination.made_by,
            made_at=destination.made_at,
        )
    return Registered(destination=destination, secret=shown_secret(secret))
