"""Ed25519 keys: how a public key is named, and the text file in which it travels.

A public key is its 32 raw bytes. Its fingerprint is what people compare, on an invoice and in a terminal; its file has
the key between two lines, so that mail and editors do not break it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from typing import Protocol

from nacl.bindings import crypto_core_ed25519_is_valid_point
from nacl.signing import SigningKey, VerifyKey

__all__ = [
    "KeyRefused",
    "Signed",
    "Signer",
    "SigningKey",
    "fingerprint",
    "named_keys",
    "public_file",
    "read_public_file",
    "require_sound_key",
]

KEY_BYTES = 32
FINGERPRINT = re.compile("rollcall-key:[a-z2-7]{52}")
_BEGIN, _END = "-----BEGIN ROLLCALL PUBLIC KEY-----", "-----END ROLLCALL PUBLIC KEY-----"
_FILE = re.compile(
    rf"{_BEGIN}\r?\n(?:Fingerprint: (?P<fingerprint>[^\s]+)\r?\n\r?\n)?(?P<key>[A-Za-z0-9+/=]+)\r?\n{_END}"
)
# A file of a public key is a few lines; more is something else.
MOST_CHARACTERS = 4096


class KeyRefused(ValueError):
    """The text is not the file of a public key; the message says what is wrong with it."""


class Signed(Protocol):
    """What a signer gives back."""

    @property
    def signature(self) -> bytes:
        """The 64 bytes of the signature alone."""


class Signer(Protocol):
    """Whatever signs: a SigningKey in memory, or a program that keeps the private half to itself."""

    @property
    def verify_key(self) -> VerifyKey:
        """The public half, with which the signatures are checked."""

    def sign(self, message: bytes) -> Signed:
        """Sign the bytes as they are."""


def require_sound_key(public_key: bytes) -> None:
    """Raise KeyRefused for 32 bytes that no honest key has: no point of the curve, or one of small order.

    Under a key of small order one signature is valid for many texts, so it proves nothing.
    """
    name = fingerprint(public_key)
    if not crypto_core_ed25519_is_valid_point(public_key):
        raise KeyRefused(f"{name} is not a key of Ed25519 that can prove anything; make a new one.")


def fingerprint(public_key: bytes) -> str:
    """Return the name of a public key: "rollcall-key:" and the SHA-256 of its 32 bytes in base32, small letters."""
    if len(public_key) != KEY_BYTES:
        raise KeyRefused(f"A public key has {KEY_BYTES} bytes; this one has {len(public_key)}.")
    return "rollcall-key:" + base64.b32encode(hashlib.sha256(public_key).digest()).decode().rstrip("=").lower()


def public_file(public_key: bytes) -> str:
    """Return the text of VENDOR.pub for a public key of 32 bytes."""
    key = base64.b64encode(public_key).decode()
    return f"{_BEGIN}\nFingerprint: {fingerprint(public_key)}\n\n{key}\n{_END}\n"


def read_public_file(text: str) -> bytes:
    """Return the 32 bytes of the one public key in a text; what stands around the armor does not matter.

    Raises KeyRefused for no key, for two, and where key and fingerprint do not belong together.
    """
    if len(text) > MOST_CHARACTERS:
        raise KeyRefused(f"A file of a public key is at most {MOST_CHARACTERS:,} characters long.")
    found = list(_FILE.finditer(text))
    if text.count(_BEGIN) != 1 or text.count(_END) != 1 or len(found) != 1:
        raise KeyRefused(f"This is not the file of one public key; it has one line '{_BEGIN}' and one '{_END}'.")
    try:
        key = base64.b64decode(found[0]["key"], validate=True)
    except binascii.Error as error:
        raise KeyRefused("The public key is not written in base64.") from error
    if base64.b64encode(key).decode() != found[0]["key"]:
        raise KeyRefused("The public key is not written in the one way of base64.")
    named = found[0]["fingerprint"]
    if named is not None and named != fingerprint(key):
        raise KeyRefused(f"The file names {named}, but its key is {fingerprint(key)}.")
    fingerprint(key)
    return key


def named_keys(public_keys: Iterable[bytes]) -> dict[str, bytes]:
    """Return public keys by their fingerprints."""
    return {fingerprint(key): key for key in public_keys}
