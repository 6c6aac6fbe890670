"""Looking up the key of an installation, for whoever checks what it signed."""

from licenses.models import InstanceKey


def instance_key(fingerprint: str) -> InstanceKey | None:
    """Return the key of this fingerprint with its instance and contract, be it live, replaced or revoked; else None."""
    keys = InstanceKey.objects.select_related("instance__contract__customer__legal_entity")
    return keys.filter(fingerprint=fingerprint).first()
