"""Spans of instants as JSON, their digest, and whether they meet: the key of what a report owns."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import rfc8785

from licenses.ranges import Span

Spans = tuple[Span, ...]


def spans_json(spans: Sequence[Span]) -> list[list[str]]:
    """Return half-open spans as [[start, end], ...], sorted, in UTC, such as "2026-08-31T22:00:00Z"."""
    return [[_text(start), _text(end)] for start, end in sorted(spans)]


def spans_of_json(document: Sequence[Sequence[str]]) -> Spans:
    """Return the spans of ``spans_json``."""
    return tuple((datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in document)


def spans_digest(spans: Sequence[Span]) -> str:
    """Return "sha256:..." of the spans; equal instants have one digest, whatever zone they were written in."""
    return f"sha256:{hashlib.sha256(rfc8785.dumps(spans_json(spans))).hexdigest()}"


def meet(spans: Sequence[Span], other: Span) -> bool:
    """Return whether any of the spans shares an instant with another span."""
    return any(start < other[1] and other[0] < end for start, end in spans)


def contain(spans: Sequence[Span], wanted: Span) -> bool:
    """Return whether the spans together contain every instant of the wanted span."""
    reached = wanted[0]
    for start, end in sorted(spans):
        if start > reached:
            break
        reached = max(reached, end)
    return reached >= wanted[1]


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
