"""Ed25519 keys: how a public key is named, and the text file in which it travels.

A public key is its 32 raw bytes. Its fingerprint is what people compare, on an invoice and in a terminal; its file has
the key between two lines, so that mail and editors do not break it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from nacl.signing import SigningKey

__all__ = ["KeyRefused", "SigningKey", "fingerprint", "public_file", "read_public_file"]

KEY_BYTES = 32
_BEGIN, _END = "-----BEGIN ROLLCALL PUBLIC KEY-----", "-----END ROLLCALL PUBLIC KEY-----"
_FILE = re.compile(
    rf"{_BEGIN}\r?\n(?:Fingerprint: (?P<fingerprint>[^\s]+)\r?\n\r?\n)?(?P<key>[A-Za-z0-9+/=]+)\r?\n{_END}"
)
# A file of a public key is a few lines; more is something else.
MOST_CHARACTERS = 4096


class KeyRefused(ValueError):
    """The text is not the file of a public key; the message says what is wrong with it."""


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
