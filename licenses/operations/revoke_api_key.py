"""Revoke a key: its next call is refused."""

from datetime import datetime

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from licenses.models import ApiKey
from licenses.operations.make_api_key import require_key_holder


def revoke_api_key(*, actor: Actor, key: ApiKey, now: datetime) -> ApiKey:
    """Revoke a key for ever; one that was revoked before stays as it was. Raises NotAllowed."""
    require_key_holder(actor, key.customer)
    with transaction.atomic(), acting(actor=actor, verb="revoke_api_key"):
        ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=now, revoked_by=actor.name)
    key.refresh_from_db()
    return key
