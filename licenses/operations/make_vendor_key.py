"""Make the key with which a legal entity signs what its customers check."""

from django.db import transaction
from django.db.models.functions import Now

from ground.actor import Actor
from ground.audit import acting
from licenses.models import LegalEntity, VendorKey, VendorKeySecret
from licenses.queries import key_in_force
from licenses.sealing import seal
from rollcall.signing import SigningKey, fingerprint


def make_vendor_key(*, actor: Actor, legal_entity: LegalEntity, replace_because: str = "") -> VendorKey:
    """Return the key in force, made now where the entity has none; with `replace_because`, a new one in its place.

    A replaced key signs nothing new; what it signed stays valid, and bundles of invoices that name it are still signed
    with it. The private half is stored sealed. Raises NotAllowed.
    """
    actor.require_vendor("finance", "admin")
    with transaction.atomic(durable=True), acting(actor=actor, verb="make_vendor_key", reason=replace_because):
        # Two at once: the second waits here and finds the key of the first.
        LegalEntity.objects.select_for_update(no_key=True).get(pk=legal_entity.pk)
        known = key_in_force(legal_entity=legal_entity)
        if known is not None and not replace_because:
            return known
        if known is not None:
            VendorKey.objects.filter(pk=known.pk).update(
                retired_at=Now(), retired_by=actor.name, retired_reason=replace_because
            )
        made = SigningKey.generate()
        public_key = bytes(made.verify_key)
        key = VendorKey.objects.create(
            legal_entity=legal_entity,
            public_key=public_key,
            fingerprint=fingerprint(public_key),
            made_by=actor.name,
        )
        VendorKeySecret.objects.create(key=key, sealed=seal(bytes(made)))
    return key
