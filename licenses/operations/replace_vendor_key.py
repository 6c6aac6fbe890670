"""Retire the key with which a legal entity signs, and make a new one in its place."""

from datetime import datetime

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from licenses.license_jobs import ask_for_all_licenses
from licenses.models import LegalEntity, VendorKey
from licenses.operations.announce_vendor_key import announced_key
from licenses.operations.make_vendor_key import lock_key, store_key


class ReasonMissing(ValueError):
    """A key is retired with a reason that can be read later."""


def replace_vendor_key(
    *, actor: Actor, legal_entity: LegalEntity, reason: str, now: datetime, public_key: bytes | None = None
) -> VendorKey:
    """Return the new key: the one that was announced, else one that nobody knew before.

    The retired one signs nothing new but bundles of invoices that name it; what it signed stays valid. `public_key`
    is the half of a key that a program of the vendor's own keeps; it takes the place of an announced one. Raises
    NotAllowed, ReasonMissing, KeyRefused.
    """
    actor.require_vendor("finance", "admin")
    if not reason.strip():
        raise ReasonMissing("Say why the key is replaced: it stands beside the retired key for ever.")
    with transaction.atomic(durable=True), acting(actor=actor, verb="replace_vendor_key", reason=reason):
        return take_next_key(actor=actor, legal_entity=legal_entity, reason=reason, now=now, public_key=public_key)


def take_next_key(
    *, actor: Actor, legal_entity: LegalEntity, reason: str, now: datetime, public_key: bytes | None = None
) -> VendorKey:
    """Retire the key in force and take up the next one, inside the caller's transaction."""
    known = lock_key(legal_entity)
    if known is not None:
        _retire(known, actor, reason, now)
    announced = announced_key(legal_entity)
    if announced is not None and public_key is None:
        VendorKey.objects.filter(pk=announced.pk).update(taken_up_at=now)
        announced.refresh_from_db()
        key = announced
    else:
        key = store_key(actor, legal_entity, public_key=public_key)
    ask_for_all_licenses(legal_entity=legal_entity, key=f"{key.fingerprint}:in force")
    return key


def _retire(key: VendorKey, actor: Actor, reason: str, now: datetime) -> None:
    VendorKey.objects.filter(pk=key.pk).update(retired_at=now, retired_by=actor.name, retired_reason=reason.strip())
