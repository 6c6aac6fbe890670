"""Evidence as CSV, for people and programs: one spelling of each row, in the order of the canonical text.

The digest of evidence is that of the canonical text (`rollcall.rows`), never of this file; the file has the same rows,
so the digest is made again from it.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Protocol

from rollcall.rows import FIELDS, MINUTES_PER_DAY, QUANTITY_FRACTION_DIGITS, EvidenceRow, escape, quantity_text

HEADER = ",".join(FIELDS) + "\n"
ROWS_AT_ONCE = 2_000
# What the columns of stored evidence hold at most.
MOST_EVENTS, MOST_WHOLE_DIGITS = (1 << 63) - 1, 38 - QUANTITY_FRACTION_DIGITS
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


class Batch(Protocol):
    """Some rows of evidence, as values or as the lines of the CSV: whoever keeps them asks for what it needs."""

    def __len__(self) -> int: ...

    def rows(self) -> list[EvidenceRow]:
        """Return the rows."""

    def text(self) -> str:
        """Return the lines."""


@dataclass(frozen=True)
class RowBatch:
    """Rows that are there as values."""

    held: list[EvidenceRow]

    def __len__(self) -> int:
        return len(self.held)

    def rows(self) -> list[EvidenceRow]:
        """Return the rows."""
        return self.held

    def text(self) -> str:
        """Return the lines."""
        return "".join(map(csv_line, self.held))


@dataclass(frozen=True)
class ReadBatch:
    """Rows that were read and checked; a row becomes a value only where somebody asks for it."""

    fields: list[list[str]]
    lines: str

    def __len__(self) -> int:
        return len(self.fields)

    def rows(self) -> list[EvidenceRow]:
        """Return the rows."""
        return list(map(_row, self.fields))

    def text(self) -> str:
        """Return the lines."""
        return self.lines


def batches_of(rows: Iterable[EvidenceRow]) -> Iterator[RowBatch]:
    """Yield rows in batches."""
    left = iter(rows)
    while held := list(islice(left, ROWS_AT_ONCE)):
        yield RowBatch(held)


@dataclass(kw_only=True)
class ReadRows:
    """Evidence as it is read from CSV, in batches, and once all were read the number of rows and events and the digest.

    Every field must be in its one spelling, so the canonical text is made of the fields as they stand. `spelled` is the
    SHA-256 of the rows as they would be written, which is that of the file or the file has another spelling of them.
    """

    lines: Iterable[bytes]
    rows: int = 0
    events: int = 0
    digest: str = ""
    spelled: str = ""

    def __iter__(self) -> Iterator[EvidenceRow]:
        """Yield the rows. Raises RowRefused."""
        for batch in self.batches():
            yield from batch.rows()

    def batches(self) -> Iterator[ReadBatch]:
        """Yield the rows in batches. Raises RowRefused."""
        canonical, spelled, before = hashlib.sha256(), hashlib.sha256(HEADER.encode()), ""
        reader = csv.reader(map(bytes.decode, self.lines), strict=True)
        try:
            if next(reader, None) != list(FIELDS):
                raise RowRefused(f"The first line must be {HEADER.strip()}.")
            while fields := list(self._some(reader)):
                texts, lines = _texts(fields)
                # Code points and the bytes of UTF-8 have the same order.
                for number, line in enumerate(texts, start=self.rows - len(fields) + 1):
                    if line <= before:
                        raise RowRefused(f"Row {number:,} does not stand in the order of evidence, or stands twice.")
                    before = line
                canonical.update("".join(texts).encode())
                spelled.update(lines.encode())
                yield ReadBatch(fields, lines)
        except (csv.Error, UnicodeError, ValueError, ArithmeticError) as error:
            if isinstance(error, RowRefused):
                raise
            raise RowRefused(f"Row {self.rows + 1:,} cannot be read: {error}.") from error
        self.digest, self.spelled = f"sha256:{canonical.hexdigest()}", spelled.hexdigest()

    def _some(self, reader: Iterator[list[str]]) -> Iterator[list[str]]:
        """Yield the fields of the next rows, each checked. Raises ValueError and ArithmeticError."""
        reference = ""
        for fields in islice(reader, ROWS_AT_ONCE):
            user_ref, _, _, day, events, quantity, first_minute, last_minute = fields
            if user_ref != reference:
                if not _REFERENCE.fullmatch(user_ref):
                    raise ValueError(f"{user_ref[:80]!r} is no reference of a user")
                reference = user_ref
            _day(day)
            if quantity:
                _quantity(quantity)
            number = _number(events)
            if number < 1 or number > MOST_EVENTS or not _are_minutes(first_minute, last_minute):
                raise ValueError("events or minutes are out of bounds")
            self.rows += 1
            self.events += number
            yield fields


def _texts(rows: Sequence[Sequence[str]]) -> tuple[list[str], str]:
    """Return the canonical line of each row, and all rows as they are written."""
    canonical, written = [], []
    for user_ref, instance, action, day, events, quantity, first_minute, last_minute in rows:
        escaped, in_quotes = _names(instance, action)
        canonical.append(f"{user_ref}\t{escaped}\t{day}\t{events}\t{quantity}\t{first_minute}\t{last_minute}\n")
        written.append(f"{user_ref},{in_quotes},{day},{events},{quantity},{first_minute},{last_minute}\n")
    return canonical, "".join(written)


def _row(fields: Sequence[str]) -> EvidenceRow:
    user_ref, instance, action, day, events, quantity, first_minute, last_minute = fields
    return EvidenceRow(
        user_ref,
        instance,
        action,
        _day(day),
        int(events),
        _quantity(quantity) if quantity else None,
        int(first_minute),
        int(last_minute),
    )


@lru_cache(maxsize=4096)
def _names(instance: str, action: str) -> tuple[str, str]:
    """Return instance and action as the canonical text and as the CSV has them."""
    return f"{escape(instance)}\t{escape(action)}", f"{quoted(instance)},{quoted(action)}"


@lru_cache(maxsize=4096)
def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if day.isoformat() != text:
        raise ValueError(f"{text!r} is not the one spelling of a day")
    return day


@lru_cache(maxsize=4096)
def _number(text: str) -> int:
    number = int(text)
    if str(number) != text:
        raise ValueError(f"{text[:80]!r} is not the one spelling of a number")
    return number


@lru_cache(maxsize=1 << 16)
def _are_minutes(first: str, last: str) -> bool:
    return 0 <= _number(first) <= _number(last) < MINUTES_PER_DAY


@lru_cache(maxsize=4096)
def _quantity(text: str) -> Decimal:
    quantity = Decimal(text)
    if not quantity.is_finite() or quantity_text(quantity) != text:
        raise ValueError(f"{text[:80]!r} is not the one spelling of a quantity")
    whole, _, fraction = text.removeprefix("-").partition(".")
    if len(whole) > MOST_WHOLE_DIGITS or len(fraction) > QUANTITY_FRACTION_DIGITS:
        raise ValueError(f"the quantity {text[:80]} has more digits than evidence holds")
    return quantity
