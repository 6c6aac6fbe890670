"""Revocation: which keys are refused, and from where on. What was signed before the cut-off stays valid for ever.

The cut-off of an instance's key is the number of a report: a thief chooses the time that stands in a report, but the
numbers before it are taken. The cut-off of a vendor's key is an instant, compared with the one that the document names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rollcall.signing.armor import armored, unarmored
from rollcall.signing.envelope import Envelope, SignatureRefused, open_exactly, sign_payload
from rollcall.signing.fields import PayloadFields, PayloadRefused, instant_text
from rollcall.signing.keys import FINGERPRINT, Signer, named_keys

REVOCATIONS_TYPE = "application/vnd.rollcall.revocations+json"
VENDOR, INSTANCE = KINDS = ("vendor", "instance")


class KeyRevoked(SignatureRefused):
    """The key signed this, but it was revoked before."""


@dataclass(frozen=True, kw_only=True)
class Revocation:
    """One revoked key. `from_seq` is the first report of an instance's key that is refused; None refuses all new ones.

    `at` is the cut-off of a vendor's key, and of an instance's key the moment from which the vendor refuses.
    """

    fingerprint: str
    kind: str
    from_seq: int | None
    at: datetime

    def to_payload(self) -> dict[str, Any]:
        """Return the entry as payloads have it."""
        return {
            "fingerprint": self.fingerprint,
            "kind": self.kind,
            "from_seq": self.from_seq,
            "at": instant_text(self.at),
        }

    @classmethod
    def from_fields(cls, fields: PayloadFields) -> Revocation:
        """Read one entry. Raises PayloadRefused."""
        read = cls(
            fingerprint=fields.matching("fingerprint", FINGERPRINT, "the fingerprint of a key"),
            kind=fields.one_of("kind", KINDS),
            from_seq=fields.maybe("from_seq", lambda key: fields.whole(key, least=1)),
            at=fields.instant("at"),
        )
        fields.nothing_else()
        if read.kind == VENDOR and read.from_seq is not None:
            raise fields.refuse("from_seq", "belongs to the key of an instance; a vendor's key writes no reports.")
        return read

    def refuses_document(self, *, issued_at: datetime) -> bool:
        """Return whether a document of this vendor's key is refused, by the instant that it names."""
        return issued_at >= self.at

    def refuses_report(self, *, sequence: int, received_at: datetime) -> bool:
        """Return whether a report of this instance's key is refused: by its number, without one by when it came."""
        return sequence >= self.from_seq if self.from_seq is not None else received_at >= self.at


@dataclass(frozen=True, kw_only=True)
class Revocations:
    """A list with a number that rises with every entry. `revoked` is in the order in which it happened."""

    number: int = 0
    revoked: tuple[Revocation, ...] = ()

    def to_payload(self) -> dict[str, Any]:
        """Return the list as licences carry it."""
        return {"number": self.number, "revoked": [one.to_payload() for one in self.revoked]}

    @classmethod
    def from_fields(cls, fields: PayloadFields) -> Revocations:
        """Read the list. Raises PayloadRefused."""
        read = cls(
            number=fields.whole("number"),
            revoked=tuple(Revocation.from_fields(one) for one in fields.objects("revoked")),
        )
        fields.nothing_else()
        if read.number < len(read.revoked):
            raise fields.refuse("number", "is lower than the number of revocations beside it.")
        return read

    def of(self, fingerprint: str) -> Revocation | None:
        """Return the revocation of a key with the earliest cut-off; None for a key that was not revoked."""
        found = [one for one in self.revoked if one.fingerprint == fingerprint]
        return min(found, key=lambda one: (one.at, one.from_seq or 0), default=None)

    def together(self, other: Revocations) -> Revocations:
        """Return both lists as one. Nothing is ever taken off, so a thief's list with a high number drops no entry."""
        more = tuple(one for one in other.revoked if one not in self.revoked)
        return Revocations(number=max(self.number, other.number), revoked=(*self.revoked, *more))


@dataclass(frozen=True, kw_only=True)
class VendorKeys:
    """The keys of a vendor that a reader trusts, by fingerprint, and those of them that were revoked."""

    keys: dict[str, bytes]
    revocations: Revocations = Revocations()

    def check_signature(self, envelope: Envelope) -> None:
        """Raise SignatureRefused unless a trusted key signed, be it revoked."""
        public_key = self.keys.get(envelope.signer)
        if public_key is None:
            known = ", ".join(sorted(self.keys)) or "none"
            raise SignatureRefused(f"The envelope names {envelope.signer}; the keys given are {known}.")
        envelope.check(public_key)

    def check(self, envelope: Envelope, *, issued_at: datetime) -> None:
        """Raise SignatureRefused unless a trusted key signed; KeyRevoked where it was revoked by then."""
        self.check_signature(envelope)
        revoked = self.revocations.of(envelope.signer)
        if revoked is not None and revoked.kind == VENDOR and revoked.refuses_document(issued_at=issued_at):
            raise KeyRevoked(
                f"{envelope.signer} was revoked from {instant_text(revoked.at)} on, and this was issued at "
                f"{instant_text(issued_at)}. Ask the vendor for a file that is signed by another key."
            )

    def with_more(self, keys: dict[str, bytes], revocations: Revocations) -> VendorKeys:
        """Return these keys with those that a checked document announces, under both lists."""
        return VendorKeys(keys=self.keys | keys, revocations=self.revocations.together(revocations))


@dataclass(frozen=True, kw_only=True)
class RevocationList:
    """The list as a file of its own, for who waits for no new licence."""

    vendor: str
    vendor_id: str
    made_at: datetime
    revocations: Revocations

    def to_payload(self) -> dict[str, Any]:
        """Return the payload that is signed."""
        head = {"typ": "revocations", "v": 1, "vendor": self.vendor, "vendor_id": self.vendor_id}
        return {**head, "made_at": instant_text(self.made_at), **self.revocations.to_payload()}


def write_revocations(found: RevocationList, *, sign: Signer) -> str:
    """Return the armored list, signed by a key of the vendor that is in force."""
    return armored("REVOCATIONS", sign_payload(payload=found.to_payload(), payload_type=REVOCATIONS_TYPE, sign=sign))


def read_revocations(text: str, *, trusted: Iterable[bytes]) -> RevocationList:
    """Read an armored list and check it with the vendor's keys, 32 bytes each; a key that it revokes signs no list.

    Raises ArmorRefused, EnvelopeRefused, SignatureRefused, KeyRevoked.
    """
    envelope = open_exactly(unarmored("REVOCATIONS", text), payload_type=REVOCATIONS_TYPE)
    fields = PayloadFields.of(envelope.payload, "")
    fields.one_of("typ", ("revocations",))
    if fields.whole("v") != 1:
        raise PayloadRefused("v must be 1: this program knows no other version.")
    vendor, vendor_id, made_at = fields.text("vendor"), fields.text("vendor_id"), fields.instant("made_at")
    rest = {key: value for key, value in envelope.payload.items() if key not in fields.taken}
    revocations = Revocations.from_fields(PayloadFields.of(rest, ""))
    VendorKeys(keys=named_keys(trusted), revocations=revocations).check(envelope, issued_at=made_at)
    return RevocationList(vendor=vendor, vendor_id=vendor_id, made_at=made_at, revocations=revocations)
