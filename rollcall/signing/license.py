"""The licence file: what an instance may do and until when, how it counts, and which keys are the vendor's.

A licence says, it never blocks: what is used above a limit is counted and billed, and the licence says for each feature
whether the product holds the limit itself or the use is only billed. Serials rise per contract; of two licences the one
with the higher serial is valid once its first instant has come.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from rollcall.period import UnknownZone, zone
from rollcall.signing.activation import CHALLENGE
from rollcall.signing.armor import armored, unarmored
from rollcall.signing.envelope import Envelope, open_exactly, sign_payload
from rollcall.signing.fields import DIGEST, PayloadFields, instant_text
from rollcall.signing.keys import FINGERPRINT, KEY_BYTES, KeyRefused, Signer, named_keys, require_sound_key
from rollcall.signing.revocations import Revocations, VendorKeys
from rollcall.terms.activity import ActivityDefinition, DefinitionRefused
from rollcall.terms.fields import MOST_DAYS
from rollcall.terms.identity import NAMESPACES
from rollcall.terms.rules import CADENCES, DISCLOSURES

LICENSE_TYPE = "application/vnd.rollcall.license+json"
PRODUCT, BILLED = ENFORCED = ("product", "billed")
NEVER_BLOCKED = "Use above a limit blocks nobody: it is counted, and billed as the contract says."


@dataclass(frozen=True, kw_only=True)
class LicensedInstance:
    """One installation that the licence names. `key` is the fingerprint of its key, empty before its activation."""

    id: str
    name: str
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Entitlement:
    """One granted feature. `limit` None: no number is agreed. `enforced` "billed": nothing but the bill minds."""

    feature: str
    limit: int | None
    enforced: str

    def words(self) -> str:
        """Say the entitlement in a sentence without its feature's name."""
        number = "no number is agreed" if self.limit is None else f"up to {self.limit:,}"
        return f"{number}; {'enforced by the product' if self.enforced == PRODUCT else 'only billed'}"


@dataclass(frozen=True, kw_only=True)
class LicensedDefinition:
    """How a metric is counted: DEF.json with every key written out, and its digest."""

    definition: Mapping[str, Any]
    digest: str


@dataclass(frozen=True, kw_only=True)
class LastReceipt:
    """The last report of an instance that the vendor has: its number, and "sha256:..." of its payload."""

    seq: int
    report: str


@dataclass(frozen=True, kw_only=True)
class License:
    """Everything that a licence says. Instants are in UTC and of whole seconds; `cycle` is that of TERMS.json."""

    license_id: str
    serial: int
    vendor: str
    vendor_id: str
    contract: str
    contract_version: int
    customer: str
    customer_name: str
    product: str
    instances: tuple[LicensedInstance, ...]
    instance_limit: int | None
    entitlements: tuple[Entitlement, ...]
    definitions: Mapping[str, LicensedDefinition]
    timezone: str
    cycle: Mapping[str, Any]
    reporting_cadence: str
    disclosure: str
    namespace: str
    grace_days: int
    not_before: datetime
    expires: datetime
    issued_at: datetime
    challenge: str
    next_keys: tuple[str, ...]
    keys: Mapping[str, bytes]
    revocations: Revocations
    last_receipts: Mapping[str, LastReceipt]

    def to_payload(self) -> dict[str, Any]:
        """Return the payload that is signed."""
        return {
            "typ": "license",
            "v": 1,
            **{key: getattr(self, key) for key in _PLAIN},
            "instances": [{"id": one.id, "name": one.name, "key": one.key} for one in self.instances],
            "entitlements": [
                {"feature": one.feature, "limit": one.limit, "enforced": one.enforced} for one in self.entitlements
            ],
            "definitions": {
                name: {"definition": dict(one.definition), "digest": one.digest}
                for name, one in self.definitions.items()
            },
            "cycle": dict(self.cycle),
            "not_before": instant_text(self.not_before),
            "expires": instant_text(self.expires),
            "issued_at": instant_text(self.issued_at),
            "next_keys": list(self.next_keys),
            "keys": [
                {"fingerprint": name, "public_key": base64.b64encode(key).decode()}
                for name, key in sorted(self.keys.items())
            ],
            "revocations": self.revocations.to_payload(),
            "last_receipts": {
                instance: {"seq": one.seq, "report": one.report} for instance, one in self.last_receipts.items()
            },
        }

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> License:
        """Read a payload. Raises PayloadRefused by the place that is wrong."""
        fields = PayloadFields.of(payload, "")
        fields.one_of("typ", ("license",))
        if fields.whole("v") != 1:
            raise fields.refuse("v", "must be 1: this program knows no other version.")
        read = cls(
            **{key: fields.text(key) for key in _TEXTS},
            serial=fields.whole("serial", least=1),
            contract_version=fields.whole("contract_version", least=1),
            instances=_read_instances(fields),
            instance_limit=fields.maybe("instance_limit", lambda key: fields.whole(key, least=1)),
            entitlements=_read_entitlements(fields),
            definitions={name: _read_definition(inner) for name, inner in fields.named("definitions").items()},
            timezone=_read_zone(fields),
            cycle=_read_cycle(fields.inner("cycle")),
            reporting_cadence=fields.one_of("reporting_cadence", CADENCES),
            disclosure=fields.one_of("disclosure", DISCLOSURES),
            namespace=fields.one_of("namespace", NAMESPACES),
            grace_days=fields.whole("grace_days", most=MOST_DAYS),
            not_before=fields.instant("not_before"),
            expires=fields.instant("expires"),
            issued_at=fields.instant("issued_at"),
            challenge=fields.matching("challenge", CHALLENGE, "32 hexadecimal digits"),
            next_keys=fields.texts("next_keys"),
            keys=_read_keys(fields),
            revocations=Revocations.from_fields(fields.inner("revocations")),
            last_receipts={name: _read_receipt(inner) for name, inner in fields.named("last_receipts").items()},
        )
        fields.nothing_else()
        if read.expires <= read.not_before:
            raise fields.refuse("expires", "must come after not_before.")
        if unknown := sorted(set(read.next_keys) - set(read.keys)):
            raise fields.refuse("next_keys", f"announces {unknown[0]}, which is not among the keys.")
        return read

    @property
    def usable_until(self) -> datetime:
        """The end of the grace that follows the last instant."""
        return self.expires + timedelta(days=self.grace_days)

    def state_at(self, now: datetime) -> str:
        """Return "to come", "valid", "in grace" or "expired"."""
        if now < self.not_before:
            return "to come"
        if now < self.expires:
            return "valid"
        return "in grace" if now < self.usable_until else "expired"

    def supersedes(self, other: License) -> bool:
        """Return whether this licence replaces the other one of the same contract."""
        return self.contract == other.contract and self.serial > other.serial


_TEXTS = ("license_id", "vendor", "vendor_id", "contract", "customer", "customer_name", "product")
_PLAIN = (
    *_TEXTS,
    *("serial", "contract_version", "instance_limit", "timezone", "reporting_cadence", "disclosure", "namespace"),
    *("grace_days", "challenge"),
)


@dataclass(frozen=True, kw_only=True)
class SignedLicense:
    """A licence as it was read from its envelope; only `check` says whether it is the vendor's."""

    license: License
    envelope: Envelope

    def check(self, trusted: VendorKeys) -> None:
        """Raise SignatureRefused or KeyRevoked unless a trusted key signed. The licence's own list counts, too."""
        known = replace(trusted, revocations=trusted.revocations.together(self.license.revocations))
        known.check(self.envelope, issued_at=self.license.issued_at)


def sign_license(found: License, *, sign: Signer) -> bytes:
    """Return the envelope of a licence. Raises ValueError for a licence that its own reader would refuse."""
    payload = found.to_payload()
    License.from_payload(payload)
    return sign_payload(payload=payload, payload_type=LICENSE_TYPE, sign=sign)


def write_license(found: License, *, sign: Signer) -> str:
    """Return the armored licence file."""
    return armored("LICENSE", sign_license(found, sign=sign))


def open_license(envelope: bytes) -> SignedLicense:
    """Read the envelope of a licence without trusting it. Raises EnvelopeRefused."""
    opened = open_exactly(envelope, payload_type=LICENSE_TYPE)
    return SignedLicense(license=License.from_payload(opened.payload), envelope=opened)


def check_license(text: str, *, trusted: VendorKeys) -> SignedLicense:
    """Read an armored licence file that one of the trusted keys signed; nothing is read of one that none signed.

    Raises ArmorRefused, EnvelopeRefused, SignatureRefused, KeyRevoked.
    """
    envelope = open_exactly(unarmored("LICENSE", text), payload_type=LICENSE_TYPE)
    trusted.check_signature(envelope)
    signed = SignedLicense(license=License.from_payload(envelope.payload), envelope=envelope)
    signed.check(trusted)
    return signed


def read_license(text: str, *, trusted: VendorKeys) -> License:
    """Return what an armored licence file says that one of the trusted keys signed. Raises as `check_license`."""
    return check_license(text, trusted=trusted).license


def trust_of(license: License, *, trusted: VendorKeys) -> VendorKeys:
    """Return what is trusted once a licence was checked: with the keys that it announces, under its revocations."""
    return trusted.with_more(dict(license.keys), license.revocations)


def _read_instances(fields: PayloadFields) -> tuple[LicensedInstance, ...]:
    found = []
    for one in fields.objects("instances"):
        instance = LicensedInstance(id=one.text("id"), name=one.text("name"), key=one.text("key", may_be_empty=True))
        if instance.key and not FINGERPRINT.fullmatch(instance.key):
            raise one.refuse("key", "must be the fingerprint of a key, or empty.")
        one.nothing_else()
        found.append(instance)
    if len({one.id for one in found}) != len(found):
        raise fields.refuse("instances", "names an instance twice.")
    return tuple(found)


def _read_entitlements(fields: PayloadFields) -> tuple[Entitlement, ...]:
    found = []
    for one in fields.objects("entitlements"):
        found.append(
            Entitlement(
                feature=one.text("feature"),
                limit=one.maybe("limit", one.whole),
                enforced=one.one_of("enforced", ENFORCED),
            )
        )
        one.nothing_else()
    if len({one.feature for one in found}) != len(found):
        raise fields.refuse("entitlements", "grants a feature twice.")
    return tuple(found)


def _read_definition(fields: PayloadFields) -> LicensedDefinition:
    definition = fields.take("definition")
    digest = fields.matching("digest", DIGEST, "sha256: and 64 hexadecimal digits")
    fields.nothing_else()
    try:
        meaning = ActivityDefinition.from_json(definition)
    except DefinitionRefused as error:
        raise fields.refuse("definition", f"cannot be read: {error}") from error
    if meaning.to_json() != definition:
        raise fields.refuse("definition", "must have every key written out.")
    if meaning.digest() != digest:
        raise fields.refuse("digest", f"is not that of the definition, which is {meaning.digest()}.")
    return LicensedDefinition(definition=definition, digest=digest)


def _read_zone(fields: PayloadFields) -> str:
    name = fields.text("timezone")
    try:
        return zone(name).key
    except UnknownZone as error:
        raise fields.refuse("timezone", str(error)) from error


def _read_cycle(fields: PayloadFields) -> dict[str, Any]:
    cycle = {
        "unit": fields.text("unit"),
        "anchor": fields.matching("anchor", re.compile(r"\d{4}-\d{2}-\d{2}"), "a day such as 2026-01-01"),
        "length": fields.whole("length", least=1),
    }
    fields.nothing_else()
    return cycle


def _read_keys(fields: PayloadFields) -> dict[str, bytes]:
    keys = []
    for one in fields.objects("keys"):
        name, key = one.text("fingerprint"), one.raw("public_key", length=KEY_BYTES)
        one.nothing_else()
        try:
            require_sound_key(key)
        except KeyRefused as error:
            raise one.refuse("public_key", f"is refused: {error}") from error
        if named_keys([key]) != {name: key}:
            raise one.refuse("fingerprint", "is not that of the key beside it.")
        keys.append(key)
    found = named_keys(keys)
    if len(found) != len(keys):
        raise fields.refuse("keys", "names a key twice.")
    return found


def _read_receipt(fields: PayloadFields) -> LastReceipt:
    read = LastReceipt(
        seq=fields.whole("seq", least=1),
        report=fields.matching("report", DIGEST, "sha256: and 64 hexadecimal digits"),
    )
    fields.nothing_else()
    return read
