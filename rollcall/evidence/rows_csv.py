"""Evidence as CSV, for people and programs: one spelling of each row, in the order of the canonical text.

The digest of evidence is that of the canonical text (`rollcall.rows`), never of this file; the file has the same rows,
so the digest is made again from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rollcall.rows import FIELDS, EvidenceRow, quantity_text

HEADER = ",".join(FIELDS) + "\n"


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
