"""The activation file: an instance names its public key, and proves that it holds the private half.

The instance answers a licence: it signs the challenge of that licence with its own new key. The private half never
leaves the instance; the vendor learns the public one and puts it into the next licence.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rollcall.signing.armor import armored, unarmored
from rollcall.signing.envelope import open_exactly, sign_payload
from rollcall.signing.fields import PayloadFields, instant_text
from rollcall.signing.keys import KEY_BYTES, Signer, require_sound_key

ACTIVATION_TYPE = "application/vnd.rollcall.activation+json"
CHALLENGE = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, kw_only=True)
class Activation:
    """What an instance says of its key. `challenge` is that of the licence it answers, 32 hexadecimal digits."""

    license_id: str
    challenge: str
    instance: str
    public_key: bytes
    made_at: datetime

    def to_payload(self) -> dict[str, Any]:
        """Return the payload that is signed."""
        return {
            "typ": "activation",
            "v": 1,
            "license_id": self.license_id,
            "challenge": self.challenge,
            "instance": self.instance,
            "public_key": base64.b64encode(self.public_key).decode(),
            "made_at": instant_text(self.made_at),
        }

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Activation:
        """Read a payload. Raises PayloadRefused by the place that is wrong."""
        fields = PayloadFields.of(payload, "")
        fields.one_of("typ", ("activation",))
        if fields.whole("v") != 1:
            raise fields.refuse("v", "must be 1: this program knows no other version.")
        read = cls(
            license_id=fields.text("license_id"),
            challenge=fields.matching("challenge", CHALLENGE, "32 hexadecimal digits"),
            instance=fields.text("instance"),
            public_key=fields.raw("public_key", length=KEY_BYTES),
            made_at=fields.instant("made_at"),
        )
        fields.nothing_else()
        return read


def write_activation(activation: Activation, *, sign: Signer) -> str:
    """Return the armored activation file, signed by the key that it names."""
    if bytes(sign.verify_key) != activation.public_key:
        raise ValueError("An activation is signed by the key that it names, and by no other.")
    return armored("ACTIVATION", sign_payload(payload=activation.to_payload(), payload_type=ACTIVATION_TYPE, sign=sign))


def read_activation(text: str) -> Activation:
    """Read an armored activation file, and check that the key it names signed it.

    Raises ArmorRefused, EnvelopeRefused, SignatureRefused, and KeyRefused for a key that can prove nothing.
    """
    envelope = open_exactly(unarmored("ACTIVATION", text), payload_type=ACTIVATION_TYPE)
    activation = Activation.from_payload(envelope.payload)
    require_sound_key(activation.public_key)
    envelope.check(activation.public_key)
    return activation
