"""The vendor's receipt of a report: proof for the customer that it reported, and for the next report what was known.

A receipt carried back to the instance goes into its next report, so a machine that was taken back to an earlier state
shows by the receipt that it has forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rollcall.signing.armor import armored, unarmored
from rollcall.signing.envelope import open_exactly, sign_payload
from rollcall.signing.fields import DIGEST, PayloadFields, instant_text
from rollcall.signing.keys import Signer
from rollcall.signing.report import digest_of
from rollcall.signing.revocations import VendorKeys

RECEIPT_TYPE = "application/vnd.rollcall.receipt+json"


@dataclass(frozen=True, kw_only=True)
class ReceiptStatement:
    """What the vendor says of a report that it took: `counts` are {metric: active users} as counted from its rows,
    `findings` the codes of what was noticed. `recalled` says in words why the version that made the report is recalled
    and what to do; it is empty for most, and then the payload has no such key.
    """

    vendor_id: str
    contract: str
    instance: str
    sequence: int
    report: str
    received_at: datetime
    issued_at: datetime
    counts: Mapping[str, int]
    findings: tuple[str, ...]
    recalled: str = ""

    def to_payload(self) -> dict[str, Any]:
        """Return the payload that is signed."""
        return {
            "typ": "receipt",
            "v": 1,
            "aud": self.vendor_id,
            "contract": self.contract,
            "instance": self.instance,
            "seq": self.sequence,
            "report": self.report,
            "received_at": instant_text(self.received_at),
            "issued_at": instant_text(self.issued_at),
            "counts": dict(self.counts),
            "findings": list(self.findings),
            **({"recalled": self.recalled} if self.recalled else {}),
        }

    @property
    def digest(self) -> str:
        """The hash by which the next report of the instance names this receipt."""
        return digest_of(self.to_payload())

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> ReceiptStatement:
        """Read a payload. Raises PayloadRefused by the place that is wrong."""
        fields = PayloadFields.of(payload, "")
        fields.one_of("typ", ("receipt",))
        if fields.whole("v") != 1:
            raise fields.refuse("v", "must be 1: this program knows no other version.")
        counts = fields.inner("counts")
        read = cls(
            vendor_id=fields.text("aud"),
            contract=fields.text("contract"),
            instance=fields.text("instance"),
            sequence=fields.whole("seq", least=1),
            report=fields.matching("report", DIGEST, "sha256: and 64 digits"),
            received_at=fields.instant("received_at"),
            issued_at=fields.instant("issued_at"),
            counts={key: counts.whole(key) for key in counts.document},
            findings=fields.texts("findings"),
            recalled=fields.text("recalled") if "recalled" in payload else "",
        )
        fields.nothing_else()
        return read


def write_receipt(found: ReceiptStatement, *, sign: Signer) -> str:
    """Return the armored receipt, signed by a key of the vendor."""
    return armored("RECEIPT", sign_payload(payload=found.to_payload(), payload_type=RECEIPT_TYPE, sign=sign))


def read_receipt(text: str, *, trusted: VendorKeys) -> ReceiptStatement:
    """Read an armored receipt and check it with the vendor's keys.

    Raises ArmorRefused, EnvelopeRefused, SignatureRefused, KeyRevoked.
    """
    envelope = open_exactly(unarmored("RECEIPT", text), payload_type=RECEIPT_TYPE)
    found = ReceiptStatement.from_payload(envelope.payload)
    trusted.check(envelope, issued_at=found.issued_at)
    return found
