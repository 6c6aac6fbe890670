"""Secrets at rest: sealed with a key that only the settings know, so a copy of the database alone signs nothing."""

import hashlib

from django.conf import settings
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

# What is sealed, so that no sealed bytes can be put in the place of others.
VENDOR_KEYS, WEBHOOKS, FACTORS = b"rollcall vendor", b"rollcall webhook", b"rollcall factor"
_CURES = {
    VENDOR_KEYS: ("A signing key of the vendor", "make a new key with `manage.py vendor_key --replace`"),
    WEBHOOKS: ("The secret of a webhook", "turn the secret on the page of the destination"),
    FACTORS: ("A second factor", "take it away with `manage.py second_factor --remove`"),
}


class NotOpened(Exception):
    """A sealed secret cannot be opened with the settings as they are."""


def seal(secret: bytes, *, purpose: bytes = VENDOR_KEYS) -> bytes:
    """Return the secret encrypted and authenticated; sealing twice gives different bytes."""
    return bytes(_box(purpose).encrypt(secret))


def unseal(sealed: bytes, *, purpose: bytes = VENDOR_KEYS) -> bytes:
    """Return what was sealed. Raises NotOpened where the bytes changed, or the settings hold another secret now."""
    try:
        return bytes(_box(purpose).decrypt(sealed))
    except CryptoError as refused:
        what, cure = _CURES[purpose]
        raise NotOpened(
            f"{what} cannot be opened: ROLLCALL_KEY_SECRET is not the one it was sealed with. "
            f"Set the earlier value again, or {cure}."
        ) from refused


def _box(purpose: bytes) -> SecretBox:
    return SecretBox(hashlib.blake2b(settings.ROLLCALL_KEY_SECRET.encode(), digest_size=32, person=purpose).digest())
