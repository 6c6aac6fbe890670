"""The DSSE envelope: a payload, its type, and a signature over both.

The envelope is JSON, {"payload", "payloadType", "signatures": [{"keyid", "sig"}]}, payload and signature in base64; the
payload is canonical JSON (RFC 8785). What is signed is the pre-authentication encoding of DSSE 1.0. The reader takes
one spelling of everything: unknown keys, keys that stand twice, other base64 and a payload that is JSON in another
spelling are refused, so that two programs cannot read two things from one signed text.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785
from nacl.exceptions import BadSignatureError, CryptoError
from nacl.signing import VerifyKey

from rollcall.signing.keys import Signer, fingerprint
from rollcall.strict_json import NotStrictJson, read_json

# What is signed by itself is short; long tables go beside it and are named by their digest.
MOST_BYTES = 1024 * 1024


class EnvelopeRefused(ValueError):
    """The text is not a signed envelope of this kind; the message says what is wrong with it."""


class SignatureRefused(ValueError):
    """The envelope is whole, but the given key did not sign it."""


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """An envelope as it was read. `signer` is the fingerprint that it names; only a checked key proves it."""

    payload_type: str
    payload: dict[str, Any]
    signer: str
    signed_bytes: bytes
    signature: bytes

    def check(self, public_key: bytes) -> None:
        """Raise SignatureRefused unless this key of 32 bytes signed the payload."""
        try:
            VerifyKey(public_key).verify(self.signed_bytes, self.signature)
        except BadSignatureError as error:
            raise SignatureRefused(
                f"The signature is not by {fingerprint(public_key)}; the envelope names {self.signer}."
            ) from error
        except (CryptoError, ValueError) as error:
            raise SignatureRefused(f"{fingerprint(public_key)} is not a key that can have signed anything.") from error
        if self.signer != fingerprint(public_key):
            raise SignatureRefused(f"{fingerprint(public_key)} signed this, but the envelope names {self.signer}.")


def pre_authentication(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes that are signed: type and payload, each with its length in bytes (DSSE 1.0)."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign_payload(*, payload: Mapping[str, Any], payload_type: str, sign: Signer) -> bytes:
    """Return the envelope around a payload as canonical JSON, signed. The same arguments give the same bytes."""
    text = rfc8785.dumps(dict(payload))
    signature = sign.sign(pre_authentication(payload_type, text)).signature
    envelope: dict[str, Any] = {
        "payload": base64.b64encode(text).decode(),
        "payloadType": payload_type,
        "signatures": [
            {"keyid": fingerprint(bytes(sign.verify_key)), "sig": base64.b64encode(signature).decode()},
        ],
    }
    return rfc8785.dumps(envelope)


def open_envelope(text: bytes, *, payload_type: str) -> Envelope:
    """Read an envelope of the given type; its signature is checked by `Envelope.check`. Raises EnvelopeRefused."""
    envelope = _object(_strict(text, "The envelope"), ("payload", "payloadType", "signatures"), "The envelope")
    if envelope["payloadType"] != payload_type:
        raise EnvelopeRefused(f"The envelope holds {envelope['payloadType']!r}; expected is {payload_type!r}.")
    signatures = envelope["signatures"]
    if not isinstance(signatures, list) or len(signatures) != 1:
        raise EnvelopeRefused("The envelope must have exactly one signature.")
    one = _object(signatures[0], ("keyid", "sig"), "The signature")
    if not isinstance(one["keyid"], str):
        raise EnvelopeRefused("The signature does not name its key.")
    payload = _base64(envelope["payload"], "The payload")
    document = _strict(payload, "The payload")
    if not isinstance(document, dict):
        raise EnvelopeRefused("The payload is not a JSON object.")
    try:
        canonical = rfc8785.dumps(document)
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise EnvelopeRefused(f"The payload has no canonical spelling: {error}.") from error
    if canonical != payload:
        raise EnvelopeRefused("The payload is not in its canonical spelling (RFC 8785).")
    return Envelope(
        payload_type=payload_type,
        payload=document,
        signer=one["keyid"],
        signed_bytes=pre_authentication(payload_type, payload),
        signature=_base64(one["sig"], "The signature"),
    )


def open_exactly(text: bytes, *, payload_type: str) -> Envelope:
    """Read an envelope that is itself in its canonical spelling, as `sign_payload` writes it. Raises EnvelopeRefused.

    Of a document that travels as a file there is then one text only: no byte of it can change and still be accepted.
    """
    if len(text) > MOST_BYTES:
        raise EnvelopeRefused(f"The envelope is longer than {MOST_BYTES:,} bytes.")
    envelope = open_envelope(text, payload_type=payload_type)
    if rfc8785.dumps(json.loads(text)) != text:
        raise EnvelopeRefused("The envelope is not in its canonical spelling (RFC 8785).")
    return envelope


def _strict(text: bytes, what: str) -> Any:
    try:
        return read_json(text.decode())
    except UnicodeDecodeError as error:
        raise EnvelopeRefused(f"{what} is not UTF-8 text.") from error
    except (NotStrictJson, json.JSONDecodeError, ValueError) as error:
        raise EnvelopeRefused(f"{what} cannot be read: {error}") from error


def _object(value: Any, keys: tuple[str, ...], what: str) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != set(keys):
        raise EnvelopeRefused(f"{what} must have the keys {', '.join(keys)} and no others.")
    return value


def _base64(value: Any, what: str) -> bytes:
    if not isinstance(value, str):
        raise EnvelopeRefused(f"{what} is not a text in base64.")
    try:
        found = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise EnvelopeRefused(f"{what} is not written in base64.") from error
    if base64.b64encode(found).decode() != value:
        raise EnvelopeRefused(f"{what} is not written in the one way of base64.")
    return found
