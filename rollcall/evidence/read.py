"""A bundle as it was read: the signed manifest, every member against its hash, and the documents in it.

Nothing is interpreted here but the manifest; a document is read when it is asked for, strictly.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785

from rollcall.evidence.archive import UNSIGNED, Archive, BundleRefused
from rollcall.evidence.findings import Difference
from rollcall.evidence.write import MANIFEST, PAYLOAD_TYPE, SCHEMA
from rollcall.signing import Envelope, EnvelopeRefused, open_envelope
from rollcall.strict_json import NotStrictJson, read_json

_MANIFEST_KEYS = {"schema", "invoice", "engine_version", "tzdata_version", "members"}
_INVOICE_KEYS = {"number", "snapshot_digest", "previous_digest", "chain_digest"}
_HEX = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """An open bundle. `invoice` and `members` are of the signed manifest."""

    archive: Archive
    envelope: Envelope
    invoice: Mapping[str, str]
    members: Mapping[str, Mapping[str, Any]]
    engine_version: str
    tzdata_version: str

    def has(self, name: str) -> bool:
        """Return whether the archive has a member."""
        return name in self.archive.sizes

    def folders(self, above: str) -> list[str]:
        """Return the folders below "counts" or "rated", in the order of their names."""
        found = {name.split("/")[1] for name in self.archive.names if name.startswith(f"{above}/")}
        return sorted(found, key=lambda name: (int(name.split("-")[0]), name) if above == "rated" else (0, name))

    def document(self, name: str) -> Any:
        """Return a JSON member. Raises BundleRefused for one that is missing or not in its canonical spelling."""
        if not self.has(name):
            raise BundleRefused(f"The bundle has no {name}.")
        text = self.archive.read(name)
        try:
            document = read_json(text.decode())
            if rfc8785.dumps(document) != text:
                raise BundleRefused(f"{name} is not in its canonical spelling (RFC 8785).")
        except (UnicodeDecodeError, NotStrictJson, rfc8785.CanonicalizationError, RecursionError) as error:
            raise BundleRefused(f"{name} cannot be read: {error}") from error
        return document

    def fields(self, name: str) -> dict[str, Any]:
        """Return a JSON member that is an object. Raises BundleRefused."""
        document = self.document(name)
        if not isinstance(document, dict):
            raise BundleRefused(f"{name} is not a JSON object.")
        return document


def open_bundle(archive: Archive) -> Bundle:
    """Read the manifest of an archive; its signature is not checked here. Raises BundleRefused."""
    try:
        envelope = open_envelope(archive.read(MANIFEST), payload_type=PAYLOAD_TYPE)
    except EnvelopeRefused as error:
        raise BundleRefused(f"{MANIFEST}: {error}") from error
    payload = envelope.payload
    if set(payload) != _MANIFEST_KEYS or payload["schema"] != SCHEMA:
        raise BundleRefused(f"{MANIFEST}: this is not a manifest of schema {SCHEMA}; use a newer rollcall.")
    invoice, members = payload["invoice"], payload["members"]
    if not isinstance(invoice, dict) or set(invoice) != _INVOICE_KEYS or not isinstance(members, dict):
        raise BundleRefused(f"{MANIFEST}: the invoice or the members are not stated as they must be.")
    texts = [*invoice.values(), payload["engine_version"], payload["tzdata_version"]]
    if not all(isinstance(text, str) for text in texts):
        raise BundleRefused(f"{MANIFEST}: the invoice or the versions are not texts.")
    for name, stated in members.items():
        if not isinstance(stated, dict) or set(stated) != {"sha256", "size"} or not _is_hash(stated["sha256"]):
            raise BundleRefused(f"{MANIFEST}: of {name} there is no hash and size.")
    return Bundle(
        archive=archive,
        envelope=envelope,
        invoice=invoice,
        members=members,
        engine_version=payload["engine_version"],
        tzdata_version=payload["tzdata_version"],
    )


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and _HEX.fullmatch(value) is not None


def compare_members(bundle: Bundle) -> Iterator[Difference]:
    """Yield each member that is not as the manifest states it: changed, missing, or not named there."""
    here = set(bundle.archive.names) - {MANIFEST, *UNSIGNED}
    for name in sorted(here - set(bundle.members)):
        yield Difference(code="member.unknown", place=name, sentence="is in the archive, but not in the manifest.")
    for name, stated in sorted(bundle.members.items()):
        if name not in here:
            yield Difference(code="member.missing", place=name, sentence="is in the manifest, but not in the archive.")
            continue
        try:
            found = bundle.archive.sha256(name)
        except BundleRefused as error:
            yield Difference(code="member.damaged", place=name, sentence=str(error))
            continue
        if (found, bundle.archive.sizes[name]) != (stated["sha256"], stated["size"]):
            sentence = f"was changed: its SHA-256 is {found}, the manifest has {stated['sha256']}."
            yield Difference(code="member.changed", place=name, sentence=sentence)


def compare_snapshot(bundle: Bundle, invoice: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield where the digests of the invoice in the manifest are not those of INVOICE.json."""
    said = bundle.invoice
    snapshot = f"sha256:{hashlib.sha256(rfc8785.dumps(dict(invoice))).hexdigest()}"
    chained = hashlib.sha256(f"{said['previous_digest']}\n{snapshot}".encode()).hexdigest()
    for what, stated, found in (
        ("The invoice's number", said["number"], invoice.get("number")),
        ("The digest of the snapshot", said["snapshot_digest"], snapshot),
        ("The digest of the chain of invoices", said["chain_digest"], f"sha256:{chained}"),
    ):
        if stated != found:
            sentence = f"{what} is {stated} in the manifest and {found} by INVOICE.json."
            yield Difference(code="invoice.digest", place="INVOICE.json", sentence=sentence)
