"""The first rows of a named format, as a table: for the questions that its times leave open, and to be shown."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import TextIO

from rollcall.formats.generic_csv import Head, Table
from rollcall.formats.profile import DayCount, Fact, ListedUser, Part
from rollcall.intake.findings import FileRefused
from rollcall.intake.records import Fault, Record

_SAMPLE_ROWS = 2_000
_SHOWN_PARTS = 200


def filled(table: Table) -> Table:
    """Return the table without the columns that no row fills."""
    kept = [place for place in range(len(table.header)) if any(row[place] for row in table.records)]
    if not kept:
        return table
    rows = tuple(tuple(row[place] for place in kept) for row in table.records)
    return replace(table, header=tuple(table.header[place] for place in kept), records=rows)


def told(parts: Callable[[TextIO], Iterator[tuple[int, Part | Fault]]], head: Head) -> Table:
    """Return the first numbers or accounts of a file; a head that is cut may end in the middle of a record."""
    days: list[tuple[str, ...]] = []
    accounts: list[tuple[str, ...]] = []
    facts: list[tuple[str, ...]] = []
    try:
        for _, part in islice(parts(io.StringIO(head.text, newline="")), _SHOWN_PARTS):
            if isinstance(part, DayCount):
                days.append((part.at, part.users))
            elif isinstance(part, ListedUser):
                accounts.append((part.user, part.status, "yes" if part.billable else "no", part.last_at))
            elif isinstance(part, Fact):
                facts.append((part.name.replace("_", " "), part.value))
    except FileRefused:
        if head.is_whole:
            raise
    for header, rows in (
        (("day", "users"), days),
        (("account", "status", "billable", "last active"), accounts),
        (("figure", "value"), facts),
    ):
        if rows:
            return filled(Table(delimiter=",", header_line=1, header=header, records=tuple(rows)))
    return Table(delimiter=",", header_line=1, header=("figure", "value"), records=())


def first_rows(rows: Callable[[TextIO], Iterator[Record]], head: Head) -> tuple[tuple[str, ...], ...]:
    """Return the first good rows; a head that is cut may end in the middle of a record."""
    kept = []
    try:
        for record in islice(rows(io.StringIO(head.text, newline="")), _SAMPLE_ROWS):
            if record.fault is None:
                kept.append(tuple(record.fields))
    except FileRefused:
        if head.is_whole:
            raise
    return tuple(kept)
