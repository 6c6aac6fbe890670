"""Secrets at rest: sealed with a key that only the settings know, so a copy of the database alone signs nothing."""

import hashlib

from django.conf import settings
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

# Keeps this use of the secret apart from any other that may come.
_PURPOSE = b"rollcall vendor"


class NotOpened(Exception):
    """A sealed secret cannot be opened with the settings as they are."""


def seal(secret: bytes) -> bytes:
    """Return the secret encrypted and authenticated; sealing twice gives different bytes."""
    return bytes(_box().encrypt(secret))


def unseal(sealed: bytes) -> bytes:
    """Return what was sealed. Raises NotOpened where the bytes changed, or the settings hold another secret now."""
    try:
        return bytes(_box().decrypt(sealed))
    except CryptoError as refused:
        raise NotOpened(
            "A signing key of the vendor cannot be opened: ROLLCALL_KEY_SECRET is not the one it was sealed with. "
            "Set the earlier value again, or make a new key with `manage.py vendor_key --replace`."
        ) from refused


def _box() -> SecretBox:
    return SecretBox(hashlib.blake2b(settings.ROLLCALL_KEY_SECRET.encode(), digest_size=32, person=_PURPOSE).digest())
