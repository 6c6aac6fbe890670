"""What a file is: its format, its fields, and how its text becomes rows. Sniffing shows it, reading uses it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any, TextIO

from rollcall.formats import generic_csv, generic_json
from rollcall.formats.generic_csv import Head, Table
from rollcall.formats.mapping import RECOGNIZED_NAMES, REQUIRED_ROLES, ColumnMapping, TimeRule
from rollcall.formats.profile import COUNTS, SNAPSHOT, UTC, JsonRecords, Look, Part, Profile, TableRecords
from rollcall.formats.registry import PROFILES, recognized
from rollcall.intake.findings import FileRefused, QuestionsOpen
from rollcall.intake.first_rows import filled, first_rows, told
from rollcall.intake.given_back import refuse_parts
from rollcall.intake.json_lists import refuse_elsewhere
from rollcall.intake.limits import Limits
from rollcall.intake.look import is_empty_json, is_json, look_at, with_list
from rollcall.intake.named_rows import FIELDS, entry_rows, json_rows, parts_of, raw_json, raw_of
from rollcall.intake.questions import (
    about_actions,
    about_columns,
    about_days_apart,
    about_outcomes,
    refuse_row_as_header,
)
from rollcall.intake.records import Fault, Record
from rollcall.intake.unknown_logs import refuse_log

_GENERIC = (generic_csv.NAME, generic_json.NAME)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How one file is read. `table` holds its first rows under the names of its fields.

    `rows` turns its text, or the sheet of a workbook, into rows under that header; None for a CSV table, whose rows are
    read by its mapping. `parts` turns the text of a named format into what its records say. `shares_lines` says that
    several records may stand on one line, so that a finding needs their number.
    """

    format: str
    kind: str
    mapping: ColumnMapping
    table: Table
    positions: dict[str, int] | None = None
    profile: Profile | None = None
    shown: Table | None = None
    rows: Callable[[Any], Iterator[Record]] | None = None
    parts: Callable[[Any], Iterator[tuple[int, Part | Fault]]] | None = None
    shares_lines: bool = False

    @property
    def preview(self) -> Table:
        """The first rows as people are shown them: of a named format without the fields that no row fills."""
        return self.table if self.shown is None else self.shown

    @property
    def is_counted(self) -> bool:
        """Whether the file holds numbers or a list of accounts in place of activity."""
        return self.kind in (COUNTS, SNAPSHOT)


def layout_of(
    head: Head,
    *,
    limits: Limits,
    mapping: ColumnMapping | None = None,
    format: str | None = None,
    delimiter: str | None = None,
) -> Layout:
    """Say what a file is by its first text, or as a person has said. Raises FileRefused or ColumnsOpen.

    `delimiter` parts the columns of a table whose mapping is still to be found.
    """
    if is_empty_json(head) and (mapping is None or mapping.format != generic_csv.NAME):
        return _empty_json(head)
    if mapping is not None:
        return _as_mapped(head, mapping, limits)
    look = look_at(head, delimiter)
    profile = recognized(look) if format is None else PROFILES.get(format)
    if profile is not None:
        return _named(head, profile, look, limits)
    by_json = is_json(head) if format is None else format == generic_json.NAME
    if format is None and not by_json:
        refuse_log(look)
    layout = _json(head, look, limits) if by_json else _csv(head, look, limits)
    questions = (
        *about_columns(layout.table, of_json=by_json),
        *about_days_apart(layout.mapping, layout.table),
        *about_actions(layout.mapping, layout.table),
        *about_outcomes(layout.mapping, layout.table),
    )
    if questions:
        raise ColumnsOpen(layout, QuestionsOpen(*questions))
    return layout


class ColumnsOpen(Exception):
    """The columns of a file are not known; a person maps them. Carries the layout as it is suggested."""

    def __init__(self, layout: Layout, asked: QuestionsOpen) -> None:
        super().__init__(str(asked))
        self.layout = layout
        self.asked = asked


def is_companion(head: Head) -> str | None:
    """Return the name of the format whose exports come with this file beside them, or None.

    The empty page that ends a series of pages comes along with the others, too.
    """
    if is_empty_json(head):
        return generic_json.NAME
    look = look_at(head)
    named = (profile for profile in PROFILES.values() if profile.companion is not None and profile.companion(look))
    return next((profile.name for profile in named), None)


def _as_mapped(head: Head, mapping: ColumnMapping, limits: Limits) -> Layout:
    if mapping.format in PROFILES:
        layout = _named(head, PROFILES[mapping.format], look_at(head), limits)
        zone = layout.mapping.time.source_timezone or mapping.time.source_timezone
        order = mapping.time.date_order
        return replace(layout, mapping=layout.mapping.with_time(source_timezone=zone, date_order=order))
    if mapping.format == generic_json.NAME:
        return _json(head, look_at(head), limits, mapping)
    if mapping.format != generic_csv.NAME:
        known = ", ".join((*_GENERIC, *sorted(PROFILES)))
        raise FileRefused("mapping.format", f"'{mapping.format}' is not a known format; known are {known}.")
    table = generic_csv.table_at(head, mapping.delimiter, mapping.header_line)
    if table is None:
        raise FileRefused("mapping.header", f"The file has no header on line {mapping.header_line}.")
    refuse_row_as_header(table)
    refuse_parts(table.header)
    return _of_table(generic_csv.with_time_rule(mapping, table), table)


def _csv(head: Head, look: Look, limits: Limits) -> Layout:
    table = _usable(look.table, limits)
    return _of_table(generic_csv.suggest(table, head), table)


def _of_table(mapping: ColumnMapping, table: Table) -> Layout:
    return Layout(format=generic_csv.NAME, kind=generic_csv.KIND, mapping=mapping, table=table)


def _usable(table: Table | None, limits: Limits) -> Table:
    """Return the table that was found. Raises FileRefused when there is none, or one that is too wide."""
    if table is None:
        raise FileRefused(
            "table.none",
            "No header and no columns were found in the text; expected is a CSV file, JSON or a known log.",
        )
    if len(table.header) > limits.columns:
        words = f"The header has {len(table.header):,} columns or more; {limits.columns:,} are taken."
        raise FileRefused("size.columns", words)
    refuse_parts(table.header)
    return table


def _json(head: Head, look: Look, limits: Limits, mapping: ColumnMapping | None = None) -> Layout:
    path, records = with_list(head, look, mapping)
    table = generic_json.table_of(records)
    if path is None or not table.header:
        raise FileRefused("json.records", "The JSON holds no list of records with fields that Rollcall knows.")
    if mapping is not None:
        named = tuple(name for name in mapping.columns.values() if name and name not in table.header)
        table = generic_json.table_of(records, more=named)
    else:
        mapping = replace(generic_csv.suggest(table, head), format=generic_json.NAME)
    looks = refuse_elsewhere(path, mapping) if path else None
    raw = partial(raw_json, path=path, by_line=look.has_json_lines, limits=limits, looks=looks)
    return Layout(
        format=generic_json.NAME,
        kind=generic_json.KIND,
        mapping=generic_csv.with_time_rule(mapping, table),
        table=table,
        rows=lambda text: json_rows(raw(text), table.header, limits, mapping.columns),
        shares_lines=bool(path) or not look.has_json_lines,
    )


def _empty_json(head: Head) -> Layout:
    """Return the layout of a list without elements: whether nobody was active is a person's word."""
    columns = {role: RECOGNIZED_NAMES[role][0] for role in REQUIRED_ROLES}
    return Layout(
        format=generic_json.NAME,
        kind=generic_json.KIND,
        mapping=ColumnMapping(format=generic_json.NAME, encoding=head.encoding, columns=columns),
        table=Table(delimiter=",", header_line=1, header=tuple(columns.values()), records=()),
        rows=lambda text: iter(()),
    )


def _named(head: Head, profile: Profile, look: Look, limits: Limits) -> Layout:
    path: tuple[str, ...] = ()
    table = None
    if isinstance(profile.shape, JsonRecords):
        found = look.path_of(profile.shape)
        if found is None:
            raise FileRefused("mapping.format", f"The file holds no records as {profile.title} writes them.")
        path = found
    elif isinstance(profile.shape, TableRecords):
        table = _usable(look.below.get(profile.name, look.table), limits)
    raw = partial(raw_of, profile, path=path, by_line=look.has_json_lines, table=table, limits=limits)

    def parts(text: TextIO) -> Iterator[tuple[int, Part | Fault]]:
        yield from ((0, said) for said in _preamble(head, profile, table))
        yield from parts_of(profile, raw(text))

    def rows(text: TextIO) -> Iterator[Record]:
        return entry_rows(profile, raw(text), limits)

    mapping = ColumnMapping(
        format=profile.name,
        encoding=head.encoding,
        delimiter="," if table is None else table.delimiter,
        header_line=1 if table is None else table.header_line,
        columns=dict(profile.labels),
        time=TimeRule(format=profile.time_format or None, source_timezone="UTC" if profile.zone == UTC else None),
    )
    counted = profile.kind in (COUNTS, SNAPSHOT)
    shown = Table(
        delimiter=mapping.delimiter,
        header_line=mapping.header_line,
        header=tuple(profile.labels.get(role, role) for role in FIELDS),
        records=() if counted else first_rows(rows, head),
    )
    return Layout(
        format=profile.name,
        kind=profile.kind,
        mapping=mapping if profile.time_format else generic_csv.with_time_rule(mapping, shown),
        table=shown,
        positions={role: place for place, role in enumerate(FIELDS)},
        profile=profile,
        shown=told(parts, head) if counted else filled(shown),
        rows=rows,
        parts=parts,
        shares_lines=isinstance(profile.shape, JsonRecords) and (bool(path) or not look.has_json_lines),
    )


def _preamble(head: Head, profile: Profile, table: Table | None) -> Iterator[Part]:
    """Yield what the lines before a table's header say about the file."""
    if table is None or not isinstance(profile.shape, TableRecords) or profile.shape.reads_preamble is None:
        return
    lines = list(islice(io.StringIO(head.text, newline=""), table.header_line - 1))
    yield from profile.shape.reads_preamble([row for row in csv.reader(lines, delimiter=table.delimiter) if row])
