"""Gathering activity: one sum per user, action and civil day, from files, from a database, or from calls.

Files are read by intake as the vendor would read them: every known export, CSV, NDJSON, and a mapping for the rest.
A row that cannot be counted stops a report before it is written: the instance is the place to cure it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from rollcall.formats.mapping import ColumnMapping
from rollcall.formats.profile import EVENTS, PER_USER_AND_DAY
from rollcall.instance.reading import Faults, RowsUnreadable, read_rows
from rollcall.intake.checks import Activity as Row
from rollcall.intake.findings import FileRefused, QuestionsOpen
from rollcall.intake.request import ReadRequest
from rollcall.intake.source import Source
from rollcall.intake.sources import open_sources
from rollcall.signing.report_rows import is_odd
from rollcall.terms.identity import RULE, user_key
from rollcall.zones import DAY, EPOCH, MINUTE, SECOND, ZoneTable, day_of, instant_of


class ActivityRefused(Exception):
    """Activity that cannot be reported; the message names file, line and reason."""


class Cursor(Protocol):
    """What a DB-API cursor gives."""

    def execute(self, query: str) -> Any: ...
    def fetchmany(self, size: int) -> Sequence[Sequence[Any]]: ...


class Connection(Protocol):
    """A DB-API connection, of any database."""

    def cursor(self) -> Cursor: ...


@dataclass
class DaySum:
    """All that one user did by one action on one day; instants in microseconds since 1970, cut to minutes."""

    first: int
    last: int
    events: int = 0
    quantity: Decimal | None = None


@dataclass
class Activity:
    """Sums by (user key, action, civil day of `zone`). `spellings` are {user key: the smallest spelling seen}."""

    zone: ZoneTable
    rule: str = RULE
    sums: dict[tuple[str, str, date], DaySum] = field(default_factory=dict)
    spellings: dict[str, str] = field(default_factory=dict)

    def add(self, *, user: str, action: str, at: datetime, quantity: Decimal | int | None = None) -> None:
        """Add one activity of the product. Raises ActivityRefused for no user, no action, or a time without a zone."""
        key = user_key(user, self.rule)
        if not key or not action.strip():
            raise ActivityRefused(f"An activity needs a user and an action: {user!r}, {action!r}.")
        if is_odd(key) or is_odd(action.strip()):
            raise ActivityRefused(f"A user or an action has a line break or a zero byte: {user!r}, {action!r}.")
        if at.tzinfo is None:
            raise ActivityRefused(f"The time {at} of {user} names no zone.")
        amount, did = None if quantity is None else Decimal(quantity), action.strip()
        self.take(key=key, spelling=user, action=did, first=instant_of(at), last=None, events=1, amount=amount)

    def take(
        self, *, key: str, spelling: str, action: str, first: int, last: int | None, events: int, amount: Decimal | None
    ) -> None:
        """Add so many activities of one day."""
        end = first if last is None else last
        first, end = first - first % MINUTE, end - end % MINUTE
        day = day_of(self.zone.local(first) // DAY * DAY)
        found = self.sums.setdefault((key, action, day), DaySum(first, end))
        found.first, found.last = min(found.first, first), max(found.last, end)
        found.events += events
        if amount is not None:
            found.quantity = amount if found.quantity is None else found.quantity + amount
        self.spellings[key] = min(spelling, self.spellings.get(key, spelling))

    def add_files(
        self, paths: Iterable[Path], *, mapping: ColumnMapping | None = None, empty_is_nobody: bool = False
    ) -> None:
        """Add everything in files. Raises ActivityRefused where a row or a file cannot be counted.

        A file without a byte is refused, because a log that failed looks so; `empty_is_nobody` is the word of whoever
        runs the product that it writes such a file where nobody was active.
        """
        files = [str(path) for path in paths if not (empty_is_nobody and path.stat().st_size == 0)]
        if not files:
            return
        request = ReadRequest(
            files=tuple(files),
            filenames=tuple(Path(path).name for path in files),
            timezone=self.zone.name,
            salt_hex="00" * 32,
            out_dir="",
            mapping=mapping,
        )
        try:
            sources = open_sources(request)
            if wrong := [source for source in sources if source.kind not in (EVENTS, PER_USER_AND_DAY)]:
                raise ActivityRefused(f"{wrong[0].filename} holds numbers or accounts, no activity of users.")
            self._add_sources(request, sources)
        except (FileRefused, QuestionsOpen, RowsUnreadable) as refused:
            raise ActivityRefused(str(refused)) from refused

    def add_query(self, connection: Connection, query: str) -> None:
        """Add the rows of a query: user, action, time with its zone, and as a fourth column the quantity if wanted."""
        cursor = connection.cursor()
        cursor.execute(query)
        number = 0
        while rows := cursor.fetchmany(10_000):
            for row in rows:
                number += 1
                if len(row) not in (3, 4) or not isinstance(row[2], datetime):
                    raise ActivityRefused(f"Row {number} of the query is not user, action, time (and quantity).")
                user, action, at, *rest = row
                try:
                    self.add(user=str(user), action=str(action), at=at, quantity=rest[0] if rest else None)
                except ActivityRefused as refused:
                    raise ActivityRefused(f"Row {number} of the query: {refused}") from refused

    def between(self, start: date, end: date) -> list[tuple[str, str, date, DaySum]]:
        """Return (user key, action, day, sum) of the days from `start` to the day before `end`."""
        return [(*key, found) for key, found in self.sums.items() if start <= key[2] < end]

    def _add_sources(self, request: ReadRequest, sources: Sequence[Source]) -> None:
        faults, seen = Faults(), dict[str, Row]()
        for source, record, row in read_rows(request, sources, rule=self.rule, faults=faults):
            if row.event_id and (known := seen.setdefault(row.event_id, row)) is not row:
                if known != row:
                    faults.add(source, record, f"'{row.event_id}' with other content")
                continue
            self.take(
                key=row.user_key,
                spelling=record.fields[source.positions["user"]],
                action=row.action,
                first=row.instant,
                last=row.until,
                events=row.events,
                amount=row.quantity,
            )
        faults.refuse_any()


def moment(instant: int) -> datetime:
    """Return an instant in microseconds since 1970 as a time of UTC, cut to seconds."""
    return EPOCH + timedelta(seconds=instant // SECOND)
