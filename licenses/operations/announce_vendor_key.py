"""Announce the next key of a legal entity: licences name it from now on, and it signs nothing yet."""

from datetime import datetime

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from licenses.license_jobs import ask_for_all_licenses
from licenses.models import LegalEntity, VendorKey
from licenses.operations.make_vendor_key import lock_key, store_key


def announce_vendor_key(
    *, actor: Actor, legal_entity: LegalEntity, now: datetime, public_key: bytes | None = None
) -> VendorKey:
    """Return the announced key; one that is announced already is returned as it is.

    `public_key` is the half of a key that a program of the vendor's own keeps; without it a key is made and sealed.
    Raises NotAllowed, KeyRefused for a key that can prove nothing.
    """
    actor.require_vendor("finance", "admin")
    with transaction.atomic(durable=True), acting(actor=actor, verb="announce_vendor_key"):
        lock_key(legal_entity)
        known = announced_key(legal_entity)
        if known is not None:
            return known
        key = store_key(actor, legal_entity, announced_at=now, public_key=public_key)
        ask_for_all_licenses(legal_entity=legal_entity, key=key.fingerprint)
        return key


def announced_key(legal_entity: LegalEntity) -> VendorKey | None:
    """Return the key that is announced and not yet taken up."""
    keys = VendorKey.objects.filter(legal_entity=legal_entity, announced_at__isnull=False)
    return keys.filter(taken_up_at__isnull=True, retired_at__isnull=True).first()
