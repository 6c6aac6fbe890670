"""Refuse what a key of the vendor signs from a cut-off on, because somebody else may hold it."""

from datetime import datetime

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from licenses.license_jobs import ask_for_all_licenses
from licenses.models import KeyRevocation, LegalEntity, VendorKey
from licenses.operations.replace_vendor_key import ReasonMissing, take_next_key
from licenses.queries import key_in_force


class NotRevocable(ValueError):
    """The key cannot be revoked like this; the message says why."""


def revoke_vendor_key(*, actor: Actor, key: VendorKey, cut_off: datetime, reason: str, now: datetime) -> KeyRevocation:
    """Return the entry of the list. Documents of the key that name `cut_off` or a later instant are refused.

    A key in force is replaced in the same moment, by the announced one where there is one; every licence is made anew.
    A key is revoked once. Raises NotAllowed, ReasonMissing, NotRevocable.
    """
    actor.require_vendor("finance", "admin")
    if not reason.strip():
        raise ReasonMissing("Say why the key is revoked: it stands in the list for ever.")
    if cut_off > now:
        raise NotRevocable("The cut-off lies in the future; replace the key now, and revoke it from now on.")
    with transaction.atomic(durable=True), acting(actor=actor, verb="revoke_vendor_key", reason=reason):
        entity = LegalEntity.objects.select_for_update(no_key=True).get(pk=key.legal_entity_id)
        if KeyRevocation.objects.filter(vendor_key=key).exists():
            raise NotRevocable(f"{key.fingerprint} is revoked already; its cut-off never changes.")
        if key_in_force(legal_entity=entity) == key:
            take_next_key(actor=actor, legal_entity=entity, reason=reason, now=now)
        VendorKey.objects.filter(pk=key.pk, retired_at__isnull=True).update(
            retired_at=now, retired_by=actor.name, retired_reason=reason.strip()
        )
        row = KeyRevocation.objects.create(
            legal_entity=entity,
            number=next_number(entity),
            vendor_key=key,
            at=cut_off.replace(microsecond=0),
            reason=reason.strip(),
            revoked_by=actor.name,
            revoked_at=now,
        )
        ask_for_all_licenses(legal_entity=entity, key=f"revocation:{row.number}")
        return row


def next_number(entity: LegalEntity) -> int:
    """Return the number of the next entry; the caller holds the lock of the entity."""
    last = KeyRevocation.objects.filter(legal_entity=entity).order_by("number").last()
    return last.number + 1 if last else 1
