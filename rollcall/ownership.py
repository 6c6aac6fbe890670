"""Which of several reports of one instance owns which instants, decided by the facts of the reports alone.

Two files may cover the same days. Exactly one of them counts at every instant: the one with the better evidence, then
the one that its exporter made later, then the greater SHA-256. When the files arrived plays no part, so uploads in any
order give the same bill.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

Span = tuple[datetime, datetime]

_NEVER = datetime(1, 1, 1, tzinfo=UTC)


class ClaimRefused(ValueError):
    """A claim covers nothing, or names an instant without its zone."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One report's claim on a half-open span of instants of one instance.

    A greater `grade` is better evidence. `generated_at` is the exporter's own time, None when the file has none; then
    any file that has one is taken for the later.
    """

    id: str
    span: Span
    grade: int
    generated_at: datetime | None
    sha256: str

    def __post_init__(self) -> None:
        start, end = self.span
        if start.tzinfo is None or end.tzinfo is None or (self.generated_at and self.generated_at.tzinfo is None):
            raise ClaimRefused(f"The claim of {self.id} names an instant without its zone.")
        if start >= end:
            raise ClaimRefused(f"The claim of {self.id} covers nothing: {start} to {end}.")

    @property
    def precedence(self) -> tuple[int, datetime, str, str]:
        """The place of the claim in the total order; the greatest owns. The id decides only between equal bytes."""
        return (self.grade, self.generated_at or _NEVER, self.sha256, self.id)


def owned_spans(claims: Iterable[Claim]) -> dict[str, list[Span]]:
    """Return for each claim the spans it owns, in order, none when others own all of it.

    The spans of all claims are disjoint, and together they cover exactly what the claims cover. They are in UTC.
    """
    ranked = sorted(claims, key=lambda claim: claim.precedence, reverse=True)
    owned: dict[str, list[Span]] = {claim.id: [] for claim in ranked}
    edges = sorted({edge.astimezone(UTC) for claim in ranked for edge in claim.span})
    for start, end in pairwise(edges):
        owner = next((claim for claim in ranked if claim.span[0] <= start and end <= claim.span[1]), None)
        if owner is None:
            continue
        spans = owned[owner.id]
        if spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return owned
