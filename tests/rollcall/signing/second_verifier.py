"""A second reader of licence files, written apart: it imports nothing of ours, and checks with `cryptography`."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HEAD, FOOT = "-----BEGIN ROLLCALL LICENSE-----", "-----END ROLLCALL LICENSE-----"
TYPE = b"application/vnd.rollcall.license+json"


def name_of(public_key: bytes) -> str:
    """The fingerprint, by its description: SHA-256 in base32, small letters, without padding."""
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    number, found = int.from_bytes(hashlib.sha256(public_key).digest(), "big") << 4, []
    for _ in range(52):
        number, rest = divmod(number, 32)
        found.append(letters[rest])
    return "rollcall-key:" + "".join(reversed(found))


def payload_of(text: str, public_keys: list[bytes]) -> dict[str, Any]:
    """Return what a licence file says, where one of the keys signed it; raises whatever is wrong otherwise."""
    lines = text.splitlines()
    assert lines[0] == HEAD
    assert lines[-1] == FOOT
    envelope = json.loads(base64.b64decode("".join(lines[1:-1]), validate=True))
    assert envelope["payloadType"].encode() == TYPE
    (signature,) = envelope["signatures"]
    payload = base64.b64decode(envelope["payload"], validate=True)
    key = next(one for one in public_keys if name_of(one) == signature["keyid"])
    message = b" ".join([b"DSSEv1", str(len(TYPE)).encode(), TYPE, str(len(payload)).encode(), payload])
    Ed25519PublicKey.from_public_bytes(key).verify(base64.b64decode(signature["sig"], validate=True), message)
    found: dict[str, Any] = json.loads(payload)
    return found
