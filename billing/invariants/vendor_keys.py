"""The vendor's keys as of an instant: with which one a document of a day must have been signed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from licenses.models import VendorKey
from rollcall.signing.envelope import Envelope, SignatureRefused
from rollcall.signing.keys import named_keys

# A job notes its instant when it begins, and may sign a while later, with the key that is in force by then.
SLACK = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class KeyInTime:
    """One key and the time in which it signed; an end that is None is open."""

    public_key: bytes
    since: datetime | None
    until: datetime | None

    def was_in_force(self, at: datetime) -> bool:
        """Whether the key signed at an instant, give or take what a job lasts."""
        return (self.since is None or self.since - SLACK <= at) and (self.until is None or at <= self.until + SLACK)


def keys_in_time() -> dict[int, dict[str, KeyInTime]]:
    """Return {legal entity's id: {fingerprint: key}} of every key that ever signed.

    A key that was not announced signs from the instant at which the one before it was retired.
    """
    found: dict[int, dict[str, KeyInTime]] = {}
    ended: dict[int, datetime | None] = {}
    for key in VendorKey.objects.order_by("pk"):
        own = found.setdefault(key.legal_entity_id, {})
        if key.announced_at is not None and key.taken_up_at is None:
            continue
        since = key.taken_up_at or (ended.get(key.legal_entity_id) if own else None)
        own[key.fingerprint] = KeyInTime(public_key=bytes(key.public_key), since=since, until=key.retired_at)
        ended[key.legal_entity_id] = key.retired_at
    return found


def why_not_signed(envelope: Envelope, *, at: datetime, keys: Mapping[str, KeyInTime]) -> str:
    """Return in words why an envelope was not signed by the key of its date; empty where it was."""
    key = keys.get(envelope.signer)
    if key is None:
        return f"it names the key {envelope.signer}, which never signed for this vendor"
    if set(named_keys([key.public_key])) != {envelope.signer}:
        return f"the public key stored for {envelope.signer} is another one"
    try:
        envelope.check(key.public_key)
    except SignatureRefused as refused:
        return f"its signature does not hold: {refused}"
    return "" if key.was_in_force(at) else f"{envelope.signer} was not in force at {at:%Y-%m-%d %H:%M} UTC"
