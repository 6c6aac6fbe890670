"""Refuse what the key of an installation signs, from one of its reports on."""

from datetime import datetime

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from licenses.license_jobs import ask_for_license
from licenses.models import InstanceKey, IssuedBecause, KeyRevocation, LegalEntity
from licenses.operations.replace_vendor_key import ReasonMissing
from licenses.operations.revoke_vendor_key import NotRevocable, next_number


def revoke_instance_key(
    *, actor: Actor, key: InstanceKey, from_seq: int | None, reason: str, now: datetime
) -> InstanceKey:
    """Return the key, revoked: its reports with the number `from_seq` or a higher one are refused.

    Without a number every report is refused that has not come yet. Reports that were accepted stay. The instance makes
    a new key and is activated again. Raises NotAllowed, ReasonMissing, NotRevocable.
    """
    actor.require_vendor("finance", "admin")
    if not reason.strip():
        raise ReasonMissing("Say why the key is revoked: it stands beside the key for ever.")
    if from_seq is not None and from_seq < 1:
        raise NotRevocable("Reports are numbered from 1 on; name the first one that is refused.")
    with transaction.atomic(durable=True), acting(actor=actor, verb="revoke_instance_key", reason=reason):
        contract = key.instance.contract
        entity = LegalEntity.objects.select_for_update(no_key=True).get(pk=contract.customer.legal_entity_id)
        found = InstanceKey.objects.select_for_update(no_key=True).get(pk=key.pk)
        if found.revoked_at is not None:
            raise NotRevocable(f"{found.fingerprint} is revoked already; its cut-off never changes.")
        found.revoked_at, found.revoked_from_seq, found.revoked_reason = now, from_seq, reason.strip()
        found.save(update_fields=["revoked_at", "revoked_from_seq", "revoked_reason"])
        row = KeyRevocation.objects.create(
            legal_entity=entity,
            number=next_number(entity),
            instance_key=found,
            from_seq=from_seq,
            at=now.replace(microsecond=0),
            reason=reason.strip(),
            revoked_by=actor.name,
            revoked_at=now,
        )
        ask_for_license(contract=contract, because=IssuedBecause.REVOKED, key=f"revocation:{row.number}")
        return found
