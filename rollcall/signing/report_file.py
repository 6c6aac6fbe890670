"""The file of a report: a first line that names it, the signed statement in one line, and the table below.

It is text from end to end, so that the customer's people can read what leaves the house before it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from rollcall.formats.rollcall_report import FIRST_LINE
from rollcall.signing.envelope import Envelope
from rollcall.signing.report import Statement, open_report
from rollcall.signing.report_rows import HEADER, ReportRow, TableFacts, facts_of, read_rows
from rollcall.zones import zone_table

BEGINNING = f"{FIRST_LINE}\n".encode()
LONGEST_STATEMENT = 700_000
TABLE_LINE = 3


class ReportFileRefused(ValueError):
    """The file is not a report, or not a whole one; the message says what is wrong with it."""


@dataclass(frozen=True, kw_only=True)
class OpenReport:
    """A report as it was read: the statement, who is said to have signed it, and what its table really says."""

    statement: Statement
    envelope: Envelope
    facts: TableFacts

    def differences(self) -> list[str]:
        """Return in words where statement and table differ; empty for a report that is whole."""
        said, found = self.statement, self.facts
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
        words += [f"The table has rows of {day}, which the report does not cover." for day in sorted(rows)]
        return words


def write_report_file(path: Path, *, envelope: bytes, lines: Iterable[bytes]) -> None:
    """Write the file of a report; `lines` are those below the header, in order."""
    with open(path, "xb") as file:
        file.write(BEGINNING + envelope + b"\n" + HEADER)
        file.writelines(lines)


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


def read_report_file(path: Path) -> OpenReport:
    """Read a whole report; nothing is trusted yet. Raises ReportFileRefused, EnvelopeRefused, RowsRefused."""
    statement, envelope = statement_of(path)
    facts = facts_of(rows_of(path), zone=zone_table(statement.timezone))
    return OpenReport(statement=statement, envelope=envelope, facts=facts)


def is_report(head: bytes) -> bool:
    """Return whether a file begins as a report does."""
    return head.startswith(BEGINNING)


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
    "read_report_file",
    "rows_of",
    "statement_of",
    "write_report_file",
]
