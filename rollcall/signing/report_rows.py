"""The table of a signed report: its one spelling, the root of each day, and a leaf per user.

A line is `user,action,first_at,last_at,events,quantity`, written as CSV with quotes only where they are needed and a
line feed at the end. Lines stand in the order of their bytes; (user, action, civil day) occurs once. The root of a day
covers its lines; the leaf of a user covers everything that the report says of that user, so one user can be shown, or
shown to be absent, without the others.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple

from rollcall.formats.rollcall_report import COLUMNS
from rollcall.rows import QUANTITY_FRACTION_DIGITS, QUANTITY_WHOLE_DIGITS, EvidenceRow, quantity_text
from rollcall.signing import merkle
from rollcall.signing.report_totals import HEADER as TOTALS_HEADER
from rollcall.zones import DAY, MINUTE, ZoneTable, day_of, instant_of

HEADER = (",".join(COLUMNS) + "\n").encode()
LONGEST_LINE = 8192
_INSTANT = re.compile(rb"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:00Z")
_EVENTS = re.compile("[1-9][0-9]{0,8}", re.ASCII)
_QUANTITY = re.compile(
    rf"(0|[1-9][0-9]{{0,{QUANTITY_WHOLE_DIGITS - 1}}})(\.[0-9]{{0,{QUANTITY_FRACTION_DIGITS - 1}}}[1-9])?", re.ASCII
)
_ODD = re.compile(r"[\x00\r\n]")


class RowsRefused(ValueError):
    """The table is not in its one spelling; the message names the line of the file."""


class ReportRow(NamedTuple):
    """All that one user did by one action on one civil day. Instants in UTC, of whole minutes."""

    user: str
    action: str
    first_at: datetime
    last_at: datetime
    events: int
    quantity: Decimal | None

    def line(self) -> bytes:
        """Return the line of the table, with its line feed."""
        written = io.StringIO()
        fields = (
            self.user,
            self.action,
            _text(self.first_at),
            _text(self.last_at),
            str(self.events),
            quantity_text(self.quantity),
        )
        csv.writer(written, lineterminator="\n").writerow(fields)
        return written.getvalue().encode()

    def day(self, zone: ZoneTable) -> date:
        """Return the civil day in a zone. Raises RowsRefused for a row of two days, or of none."""
        first, last = (zone.local(instant_of(at)) // DAY for at in (self.first_at, self.last_at))
        if first != last or self.last_at < self.first_at:
            raise RowsRefused(
                f"First and last activity of {self.user} ({self.action}) do not make one day of the zone."
            )
        return day_of(first * DAY)

    def as_evidence(self, *, user_ref: str, instance: str, zone: ZoneTable) -> EvidenceRow:
        """Return the row as evidence has it."""
        first, last = (zone.local(instant_of(at)) % DAY // MINUTE for at in (self.first_at, self.last_at))
        return EvidenceRow(user_ref, instance, self.action, self.day(zone), self.events, self.quantity, first, last)


@dataclass(frozen=True, kw_only=True)
class DayOfRows:
    """What the table says of one day: users with any activity, rows, and the root over their lines (64 hex digits)."""

    date: date
    active_users: int
    rows: int
    root: str


@dataclass(frozen=True, kw_only=True)
class TableFacts:
    """What a table says of itself. `sha256` is over header and lines; `users_root` over the leaves of its users."""

    days: tuple[DayOfRows, ...]
    users: int
    users_root: str
    rows: int
    size: int
    sha256: str


def is_odd(text: str) -> bool:
    """Return whether a table cannot hold a text: it has a line break or a zero byte."""
    return _ODD.search(text) is not None


def readable_line(row: ReportRow) -> bytes:
    """Return the line of a row that every reader takes. Raises RowsRefused for one that none would."""
    line = row.line()
    if len(line) > LONGEST_LINE:
        raise RowsRefused(f"The row of {row.user[:40]!r} is longer than {LONGEST_LINE:,} bytes.")
    _row(line, f"The row of {row.user!r} ({row.action!r})")
    return line


def parse_row(line: bytes, number: int) -> ReportRow:
    """Read one line of a table. `number` is its line in the file. Raises RowsRefused."""
    return _row(line, f"Line {number}")


def _row(line: bytes, place: str) -> ReportRow:
    try:
        fields = next(csv.reader([line.decode()], strict=True))
        user, action, first, last, events, quantity = fields
    except (UnicodeDecodeError, csv.Error, ValueError, StopIteration) as error:
        raise RowsRefused(f"{place} is no row of six fields in UTF-8.") from error
    if not user or not action or is_odd(user) or is_odd(action):
        raise RowsRefused(f"{place} names no user or no action.")
    if not _EVENTS.fullmatch(events) or (quantity and not _QUANTITY.fullmatch(quantity)):
        raise RowsRefused(f"{place} has a number that is none in its one spelling.")
    try:
        row = ReportRow(user, action, _at(first), _at(last), int(events), Decimal(quantity) if quantity else None)
    except ValueError as error:
        raise RowsRefused(f"{place} has a time that is no whole minute of UTC.") from error
    if row.line() != line:
        raise RowsRefused(f"{place} is not written in the one way of a report.")
    return row


def read_rows(lines: Iterable[bytes], *, first_line: int) -> Iterator[tuple[ReportRow, bytes]]:
    """Yield the rows below a header, each with its line. `first_line` is the header's line. Raises RowsRefused."""
    found = iter(lines)
    header = next(found, b"")
    if header == TOTALS_HEADER:
        raise RowsRefused(
            "The report discloses totals alone; the rows behind them lie in the folder `kept` of the home that made it."
        )
    if header != HEADER:
        raise RowsRefused(f"Line {first_line} is not the header of a report.")
    before = b""
    for number, line in enumerate(found, start=first_line + 1):
        if len(line) > LONGEST_LINE:
            raise RowsRefused(f"Line {number} is longer than {LONGEST_LINE:,} bytes.")
        if line <= before:
            raise RowsRefused(f"Line {number} stands out of order, or twice.")
        before = line
        yield parse_row(line, number), line


def facts_of(rows: Iterable[tuple[ReportRow, bytes]], *, zone: ZoneTable) -> TableFacts:
    """Return what rows in their order say. Raises RowsRefused for a user and action that stand twice on one day."""
    days: dict[date, tuple[list[bytes], set[str]]] = {}
    people: dict[str, hashlib._Hash] = {}
    whole, size, count = hashlib.sha256(HEADER), len(HEADER), 0
    seen: set[tuple[str, str, date]] = set()
    for row, line in rows:
        day = row.day(zone)
        if (row.user, row.action, day) in seen:
            raise RowsRefused(f"{row.user} stands twice with {row.action} on {day}.")
        seen.add((row.user, row.action, day))
        hashes, users = days.setdefault(day, ([], set()))
        hashes.append(merkle.leaf_hash(line))
        users.add(row.user)
        people.setdefault(row.user, hashlib.sha256()).update(line)
        whole.update(line)
        size, count = size + len(line), count + 1
    return TableFacts(
        days=tuple(
            DayOfRows(date=day, active_users=len(users), rows=len(hashes), root=merkle.root(hashes).hex())
            for day, (hashes, users) in sorted(days.items())
        ),
        users=len(people),
        users_root=merkle.root([merkle.leaf_hash(leaf) for leaf in user_leaves(people)]).hex(),
        rows=count,
        size=size,
        sha256=whole.hexdigest(),
    )


def user_leaves(people: dict[str, hashlib._Hash]) -> list[bytes]:
    """Return the leaves of users in the order of their bytes: the user, and the hash of all lines about them."""
    return sorted(user_leaf(user, digest.hexdigest()) for user, digest in people.items())


def user_leaf(user: str, lines_sha256: str) -> bytes:
    """Return the leaf of one user."""
    return f"{user}\n{lines_sha256}".encode()


def _text(at: datetime) -> str:
    if at.second or at.microsecond:
        raise ValueError(f"{at} is not a whole minute.")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _at(text: str) -> datetime:
    if not _INSTANT.fullmatch(text.encode()):
        raise ValueError(text)
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
