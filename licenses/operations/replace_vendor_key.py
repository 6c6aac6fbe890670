"""Retire the key with which a legal entity signs, and make a new one in its place."""

from datetime import datetime

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from licenses.models import LegalEntity, VendorKey
from licenses.operations.make_vendor_key import lock_key, store_key


class ReasonMissing(ValueError):
    """A key is retired with a reason that can be read later."""


def replace_vendor_key(*, actor: Actor, legal_entity: LegalEntity, reason: str, now: datetime) -> VendorKey:
    """Return the new key. The retired one signs nothing new but bundles of invoices that name it.

    What it signed stays valid. Raises NotAllowed, ReasonMissing.
    """
    actor.require_vendor("finance", "admin")
    if not reason.strip():
        raise ReasonMissing("Say why the key is replaced: it stands beside the retired key for ever.")
    with transaction.atomic(durable=True), acting(actor=actor, verb="replace_vendor_key", reason=reason):
        known = lock_key(legal_entity)
        if known is not None:
            VendorKey.objects.filter(pk=known.pk).update(
                retired_at=now, retired_by=actor.name, retired_reason=reason.strip()
            )
        return store_key(actor, legal_entity)
