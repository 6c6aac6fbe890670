"""What a bundle holds, before it is written down: the invoice, its reports, evidence, counts and ratings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The bytes of a member, or the file that has them; a file is read in blocks.
Content = bytes | Path
Document = Mapping[str, Any]

# What a rated folder is to the invoice.
ROLES = ("invoice", "corrected", "true_up_before", "true_up_after")


@dataclass(frozen=True, kw_only=True)
class CountFolder:
    """One count. `document` is COUNT.json, `verdicts` the canonical list of users, None where nobody was counted.

    `resolution` are aliases and excluded people as references, None where the definition has neither. Two counts of one
    bundle may come to the same and have one digest, as before and after a true-up that moved nobody: the second has the
    `number` 2.
    """

    document: Document
    verdicts: Content | None = None
    resolution: Document | None = None
    number: int = 1

    @property
    def folder(self) -> str:
        """The name of its folder below counts/: 16 digits of its digest."""
        name = short(str(self.document["digest"]))
        return name if self.number == 1 else f"{name}-{self.number}"


@dataclass(frozen=True, kw_only=True)
class RatedFolder:
    """One charge of one period as it was rated, for the invoice, for one that it corrects, or for a side of a true-up.

    `count` is one of the counts of the bundle, None where the charge counts nothing; `versions` is VERSIONS.json where
    the term has several. `true_up` is the public id of the true-up, empty for what the invoice bills itself.
    """

    charge: str
    period: tuple[str, str]
    role: str
    terms: Document
    usage: Document
    rating: Document
    count: CountFolder | None = None
    versions: Document | None = None
    true_up: str = ""
    # {"amount": "12.00", "reason": "..."} on the side after, where a person settled another amount than the difference.
    settled: Document | None = None

    def document(self) -> dict[str, Any]:
        """Return RATED.json."""
        said = {
            "charge": self.charge,
            "period": {"start": self.period[0], "end": self.period[1]},
            "count": self.count.folder if self.count is not None else None,
            "role": self.role,
            "true_up": self.true_up or None,
        }
        return said if self.settled is None else {**said, "settled": dict(self.settled)}


@dataclass(frozen=True, kw_only=True)
class BundleContents:
    """Everything that goes into the bundle of one invoice.

    `invoice` is the frozen snapshot, `invoice_xml` the same as EN 16931 XML, None where there is none and `why_no_xml`
    says why. `evidence` gives the CSV of each evidence file by its digest; `rated` stands in the order of the invoice.
    """

    number: str
    snapshot_digest: str
    previous_digest: str
    chain_digest: str
    engine_version: str
    tzdata_version: str
    invoice: Document
    reports: Sequence[Document]
    evidence: Mapping[str, Content]
    counts: Sequence[CountFolder]
    rated: Sequence[RatedFolder]
    invoice_xml: Content | None = None
    why_no_xml: str = ""


def short(digest: str) -> str:
    """Return the 16 digits by which a member is named after a digest "sha256:..."."""
    return digest.removeprefix("sha256:")[:16]


def evidence_member(digest: str) -> str:
    """Return the name of the member that holds evidence of this digest."""
    return f"evidence/{short(digest)}.csv"
