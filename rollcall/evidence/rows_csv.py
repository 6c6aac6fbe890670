"""Evidence as CSV, for people and programs: one spelling of each row, in the order of the canonical text.

The digest of evidence is that of the canonical text (`rollcall.rows`), never of this file; the file has the same rows,
so the digest is made again from it.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from rollcall.rows import FIELDS, MINUTES_PER_DAY, EvidenceRow, canonical_line, quantity_text

HEADER = ",".join(FIELDS) + "\n"
_REFERENCE = re.compile("[0-9a-f]{64}")


def csv_line(row: EvidenceRow) -> str:
    """Return the line of a row: instance and action always quoted, nothing else ever."""
    user_ref, instance, action, day, events, quantity, first_minute, last_minute = row
    named = f"{quoted(instance)},{quoted(action)}"
    measured = "" if quantity is None else quantity_text(quantity)
    return f"{user_ref},{named},{day.isoformat()},{events},{measured},{first_minute},{last_minute}\n"


def quoted(text: str) -> str:
    """Return a text as a quoted field."""
    return '"' + text.replace('"', '""') + '"'


def write_evidence_csv(rows: Iterable[EvidenceRow], path: Path) -> None:
    """Write rows, which come in the order of their canonical text, as the CSV of a bundle."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADER)
        file.writelines(map(csv_line, rows))


class RowRefused(ValueError):
    """A line of evidence is not in its one spelling, or out of order; the message says which and why."""


@dataclass(kw_only=True)
class ReadRows:
    """Evidence as it is read from CSV: its rows one by one, and once all were read their number and digest.

    `spelled` is the SHA-256 of the rows as they would be written, which is that of the file or the file has another
    spelling of them.
    """

    lines: Iterable[bytes]
    rows: int = 0
    digest: str = ""
    spelled: str = ""

    def __iter__(self) -> Iterator[EvidenceRow]:
        """Yield the rows. Raises RowRefused."""
        text = (line.decode() for line in self.lines)
        canonical, spelled, before = hashlib.sha256(), hashlib.sha256(HEADER.encode()), b""
        reader = csv.reader(text, strict=True)
        try:
            if next(reader, None) != list(FIELDS):
                raise RowRefused(f"The first line must be {HEADER.strip()}.")
            for fields in reader:
                row = _row(fields)
                line = canonical_line(row)
                if line <= before:
                    raise RowRefused(f"Row {self.rows + 1:,} does not stand in the order of evidence, or stands twice.")
                before = line
                canonical.update(line)
                spelled.update(csv_line(row).encode())
                self.rows += 1
                yield row
        except (csv.Error, UnicodeError, ValueError, ArithmeticError) as error:
            if isinstance(error, RowRefused):
                raise
            raise RowRefused(f"Row {self.rows + 1:,} cannot be read: {error}.") from error
        self.digest, self.spelled = f"sha256:{canonical.hexdigest()}", spelled.hexdigest()


def _row(fields: list[str]) -> EvidenceRow:
    user_ref, instance, action, day, events, quantity, first_minute, last_minute = fields
    if not _REFERENCE.fullmatch(user_ref):
        raise ValueError(f"{user_ref[:80]!r} is no reference of a user")
    row = EvidenceRow(
        user_ref,
        instance,
        action,
        _day(day),
        int(events),
        Decimal(quantity) if quantity else None,
        int(first_minute),
        int(last_minute),
    )
    if row.events < 1 or not 0 <= row.first_minute <= row.last_minute < MINUTES_PER_DAY:
        raise ValueError("events or minutes are out of bounds")
    return row


@lru_cache(maxsize=4096)
def _day(text: str) -> date:
    return date.fromisoformat(text)
