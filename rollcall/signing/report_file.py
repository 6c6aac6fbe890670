"""The file of a report: a first line that names it, the signed statement in one line, and the table below.

It is text from end to end, so that the customer's people can read what leaves the house before it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import BinaryIO

from rollcall.formats.rollcall_report import FIRST_LINE
from rollcall.signing.envelope import Envelope
from rollcall.signing.report import Statement, open_report
from rollcall.signing.report_rows import HEADER, ReportRow, TableFacts, facts_of, read_rows
from rollcall.signing.report_totals import TotalsTable, totals_of
from rollcall.terms.rules import TOTALS
from rollcall.zones import zone_table

BEGINNING = f"{FIRST_LINE}\n".encode()
LONGEST_STATEMENT = 700_000
TABLE_LINE = 3


class ReportFileRefused(ValueError):
    """The file is not a report, or not a whole one; the message says what is wrong with it."""


@dataclass(frozen=True, kw_only=True)
class OpenReport:
    """A report as it was read: the statement, and who is said to have signed it.

    `differences` says in words where its table is not the one of the statement; empty for a report that is whole.
    """

    statement: Statement
    envelope: Envelope
    differences: tuple[str, ...]


def write_report_file(path: Path, *, envelope: bytes, lines: Iterable[bytes]) -> None:
    """Write the file of a report that discloses rows; `lines` are those below the header, in order."""
    with open(path, "xb") as file:
        file.write(BEGINNING + envelope + b"\n" + HEADER)
        file.writelines(lines)


def write_totals_file(path: Path, *, envelope: bytes, table: TotalsTable) -> None:
    """Write the file of a report that discloses totals alone."""
    path.write_bytes(BEGINNING + envelope + b"\n" + table.content)


def statement_of(path: Path) -> tuple[Statement, Envelope]:
    """Read the statement alone. Raises ReportFileRefused, EnvelopeRefused."""
    with open(path, "rb") as file:
        return open_report(_envelope(file))


def envelope_of(path: Path) -> bytes:
    """Return the signed statement as it stands in the file. Raises ReportFileRefused."""
    with open(path, "rb") as file:
        return _envelope(file)


def rows_of(path: Path) -> Iterator[tuple[ReportRow, bytes]]:
    """Yield the rows of a report file, each with its line. Raises ReportFileRefused, RowsRefused."""
    with open(path, "rb") as file:
        _envelope(file)
        yield from read_rows(file, first_line=TABLE_LINE)


def write_kept_rows(path: Path, lines: Iterable[bytes]) -> None:
    """Write the rows behind a report of totals, which stay where they are."""
    with open(path, "wb") as file:
        file.write(HEADER)
        file.writelines(lines)


def kept_rows_of(path: Path) -> Iterator[tuple[ReportRow, bytes]]:
    """Yield the rows that were kept behind a report of totals, each with its line. Raises RowsRefused."""
    with open(path, "rb") as file:
        yield from read_rows(file, first_line=1)


def read_report_file(path: Path) -> OpenReport:
    """Read a whole report; nothing is trusted yet. Raises ReportFileRefused, EnvelopeRefused, RowsRefused."""
    statement, envelope = statement_of(path)
    if statement.disclosure == TOTALS:
        words = _other_totals(path, statement)
    else:
        words = _other_rows(statement, facts_of(rows_of(path), zone=zone_table(statement.timezone)))
    return OpenReport(statement=statement, envelope=envelope, differences=tuple(words))


def is_report(head: bytes) -> bool:
    """Return whether a file begins as a report does."""
    return head.startswith(BEGINNING)


def _other_rows(said: Statement, found: TableFacts) -> list[str]:
    """Say where the rows of a file are not those of its statement."""
    words = []
    if (said.table_sha256, said.table_bytes, said.table_rows) != (found.sha256, found.size, found.rows):
        words.append(
            f"The statement is of a table of {said.table_rows:,} rows with the SHA-256 {said.table_sha256}; "
            f"the file has {found.rows:,} rows and {found.sha256}."
        )
    if (said.users, said.users_root) != (found.users, found.users_root):
        words.append(
            f"The statement names {said.users:,} users and another root than the {found.users:,} of the table."
        )
    rows = {day.date: day for day in found.days}
    for day in said.days:
        real = rows.pop(day.date, None)
        if (day.active_users, day.rows) != ((real.active_users, real.rows) if real else (0, 0)):
            words.append(
                f"The statement says {day.active_users:,} users in {day.rows:,} rows on {day.date}; the table has "
                f"{real.active_users if real else 0:,} in {real.rows if real else 0:,}."
            )
        elif real is not None and day.root != real.root:
            words.append(f"The rows of {day.date} are not those that were sealed.")
    return words + [f"The table has rows of {day}, which the report does not cover." for day in sorted(rows)]


def _other_totals(path: Path, said: Statement) -> list[str]:
    """Say where the numbers of a file are not those of its statement."""
    with open(path, "rb") as file:
        _envelope(file)
        stated = totals_of(said.days)
        found = file.read(stated.size + 1)
    if found == stated.content:
        return []
    pairs = zip_longest(found.split(b"\n"), stated.content.split(b"\n"))
    line = next(number for number, (one, other) in enumerate(pairs, start=TABLE_LINE) if one != other)
    return [f"Line {line} is not what the statement says of its day."]


def _envelope(file: BinaryIO) -> bytes:
    if file.read(len(BEGINNING)) != BEGINNING:
        raise ReportFileRefused(f"The file does not begin with the line '{FIRST_LINE}'.")
    line = file.readline(LONGEST_STATEMENT + 1)
    if not line.endswith(b"\n"):
        raise ReportFileRefused("The statement in the second line breaks off, or is too long.")
    return line[:-1]


__all__ = [
    "OpenReport",
    "ReportFileRefused",
    "envelope_of",
    "is_report",
    "kept_rows_of",
    "read_report_file",
    "rows_of",
    "statement_of",
    "write_kept_rows",
    "write_report_file",
    "write_totals_file",
]
