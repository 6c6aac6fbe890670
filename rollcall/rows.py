"""The one shape of evidence: a row per user, instance, action and civil day.

Owns the fields of a row, their fixed order, the canonical text of a row, the digest over that text and the Parquet
columns that cache it. Intake writes these rows, counting reads them; neither knows the other.

Invariants: names never appear here, only `user_ref` (64 hex digits); a (user_ref, instance, action, day) occurs once in
one evidence file; the digest depends on the rows alone, never on their order, on Parquet bytes or on a definition.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

MINUTES_PER_DAY = 1440

# A quantity is a decimal with at most this many digits before and behind the point; sums stay exact in DECIMAL(38, 6).
QUANTITY_WHOLE_DIGITS = 15
QUANTITY_FRACTION_DIGITS = 6


class EvidenceRow(NamedTuple):
    """What one user did on one instance, by one action, on one civil day of the contract's zone."""

    user_ref: str
    instance: str
    action: str
    day: date
    events: int
    quantity: Decimal | None
    first_minute: int
    last_minute: int


FIELDS: tuple[str, ...] = EvidenceRow._fields

# The Parquet cache: the same columns in the same order with these DuckDB types.
PARQUET_COLUMNS: dict[str, str] = {
    "user_ref": "VARCHAR",
    "instance": "VARCHAR",
    "action": "VARCHAR",
    "day": "DATE",
    "events": "BIGINT",
    "quantity": f"DECIMAL(38, {QUANTITY_FRACTION_DIGITS})",
    "first_minute": "SMALLINT",
    "last_minute": "SMALLINT",
}


class NotCanonical(ValueError):
    """A line of evidence text is not in the canonical form; the message names the line's fault."""


def escape(text: str) -> str:
    """Return `text` without tab, line feed and carriage return: they and the backslash become two characters."""
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    return text.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def unescape(text: str) -> str:
    """Undo `escape`."""
    if "\\" not in text:
        return text
    plain: list[str] = []
    letters = iter(text)
    for letter in letters:
        if letter != "\\":
            plain.append(letter)
            continue
        code = next(letters, "")
        if code not in _ESCAPES:
            raise NotCanonical(f"'\\{code}' is not an escape of evidence text.")
        plain.append(_ESCAPES[code])
    return "".join(plain)


_ESCAPES = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}


def quantity_text(quantity: Decimal | None) -> str:
    """Return the quantity without exponent and without trailing zeros; nothing measured is the empty text."""
    if quantity is None:
        return ""
    text = f"{quantity:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def canonical_line(row: EvidenceRow) -> bytes:
    """Return the row as one UTF-8 line: the fields of `FIELDS`, escaped, joined by tabs, ended by a line feed."""
    fields = (
        row.user_ref,
        escape(row.instance),
        escape(row.action),
        row.day.isoformat(),
        str(row.events),
        quantity_text(row.quantity),
        str(row.first_minute),
        str(row.last_minute),
    )
    return ("\t".join(fields) + "\n").encode()


def parse_line(line: bytes) -> EvidenceRow:
    """Read one canonical line back. Raises NotCanonical when the line is not exactly what `canonical_line` writes."""
    fields = line.decode().removesuffix("\n").split("\t")
    if len(fields) != len(FIELDS):
        raise NotCanonical(f"A line of evidence has {len(FIELDS)} fields; this one has {len(fields)}.")
    user_ref, instance, action, day, events, quantity, first_minute, last_minute = fields
    try:
        row = EvidenceRow(
            user_ref=user_ref,
            instance=unescape(instance),
            action=unescape(action),
            day=date.fromisoformat(day),
            events=int(events),
            quantity=Decimal(quantity) if quantity else None,
            first_minute=int(first_minute),
            last_minute=int(last_minute),
        )
    except (ValueError, ArithmeticError) as error:
        raise NotCanonical(f"A line of evidence cannot be read: {error}") from error
    if canonical_line(row) != line.removesuffix(b"\n") + b"\n":
        raise NotCanonical("A line of evidence is not in its canonical spelling.")
    return row


def evidence_digest(lines: Iterable[bytes]) -> str:
    """Return "sha256:..." over the canonical lines, sorted by bytes; the order in which they come does not matter."""
    digest = hashlib.sha256()
    for line in sorted(lines):
        digest.update(line)
    return f"sha256:{digest.hexdigest()}"


def digest_of_rows(rows: Iterable[EvidenceRow]) -> str:
    """Return the digest of evidence rows."""
    return evidence_digest(canonical_line(row) for row in rows)
