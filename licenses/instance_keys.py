"""Looking up the keys of installations, for whoever checks what they signed."""

from licenses.models import Contract, InstanceKey


def instance_key(fingerprint: str) -> InstanceKey | None:
    """Return the key of this fingerprint with its instance and contract, be it live, replaced or revoked; else None."""
    keys = InstanceKey.objects.select_related("instance__contract__customer__legal_entity")
    return keys.filter(fingerprint=fingerprint).first()


def live_keys(*, contract: Contract) -> dict[int, InstanceKey]:
    """Return the key with which each instance of a contract signs now, by the instance's primary key."""
    keys = InstanceKey.objects.filter(contract=contract, replaced_at__isnull=True, revoked_at__isnull=True)
    return {key.instance_id: key for key in keys}
