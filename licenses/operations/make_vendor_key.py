"""Make the key with which a legal entity signs what its customers check."""

from datetime import datetime

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from licenses.models import LegalEntity, VendorKey, VendorKeySecret
from licenses.queries import key_in_force
from licenses.sealing import seal
from rollcall.signing import SigningKey, fingerprint
from rollcall.signing.keys import require_sound_key


def make_vendor_key(*, actor: Actor, legal_entity: LegalEntity) -> VendorKey:
    """Return the key in force, made now where the entity has none. The private half is stored sealed.

    Raises NotAllowed.
    """
    actor.require_vendor("finance", "admin")
    with transaction.atomic(durable=True), acting(actor=actor, verb="make_vendor_key"):
        known = lock_key(legal_entity)
        return known if known is not None else store_key(actor, legal_entity)


def lock_key(legal_entity: LegalEntity) -> VendorKey | None:
    """Return the key in force under a lock of its entity: of two at once, the second finds the key of the first."""
    LegalEntity.objects.select_for_update(no_key=True).get(pk=legal_entity.pk)
    return key_in_force(legal_entity=legal_entity)


def store_key(
    actor: Actor, legal_entity: LegalEntity, *, announced_at: datetime | None = None, public_key: bytes | None = None
) -> VendorKey:
    """Store a new key: as the one in force, or announced. The caller holds the lock and has retired the one before it.

    Of a key that a program of the vendor's own keeps there is the public half alone; without one a key is made and its
    private half sealed. Raises KeyRefused for a public half that can prove nothing.
    """
    made = SigningKey.generate() if public_key is None else None
    public = bytes(made.verify_key) if made is not None else public_key or b""
    require_sound_key(public)
    key = VendorKey.objects.create(
        legal_entity=legal_entity,
        public_key=public,
        fingerprint=fingerprint(public),
        made_by=actor.name,
        announced_at=announced_at,
    )
    if made is not None:
        VendorKeySecret.objects.create(key=key, sealed=seal(bytes(made)))
    return key
