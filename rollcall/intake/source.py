"""One file, ready to be read row by row: its mapping settled, its questions answered, its records in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from rollcall.formats import generic_csv, times
from rollcall.formats.generic_csv import Head
from rollcall.formats.mapping import ColumnMapping, MappingRefused
from rollcall.formats.profile import Part as Said
from rollcall.formats.profile import Profile
from rollcall.intake.findings import FileRefused, QuestionsOpen
from rollcall.intake.given_back import is_given_back, restored
from rollcall.intake.head import head_of
from rollcall.intake.layout import ColumnsOpen, Layout, layout_of
from rollcall.intake.limits import Limits
from rollcall.intake.parts import Part
from rollcall.intake.questions import about_times, of_days
from rollcall.intake.records import Fault, Record, RecordReader
from rollcall.intake.request import ReadRequest
from rollcall.intake.sheets import Sheet, chosen, of_sheet, opened, sheets_with_tables
from rollcall.intake.workbook import WORKBOOK
from rollcall.period import UnknownZone


@dataclass(frozen=True, kw_only=True)
class Source:
    """One file of a reading. `positions` are {role: index of its column}.

    `rows` makes the rows of a file that is no CSV table with a mapping; `parts` what the records of a named format say.
    `sheet` is the sheet of a workbook that is read. `is_naive` says that no time at the beginning of the file names a
    zone, so that all are taken in the source's zone. `shares_lines` says that several records may stand on one line.
    """

    part: Part
    format: str
    kind: str
    mapping: ColumnMapping
    header: tuple[str, ...]
    positions: dict[str, int]
    reading: times.TimeReading
    limits: Limits
    is_naive: bool = False
    profile: Profile | None = None
    rows: Callable[[Any], Iterator[Record]] | None = None
    parts: Callable[[Any], Iterator[tuple[int, Said | Fault]]] | None = None
    sheet: Sheet | None = None
    shares_lines: bool = False

    @property
    def path(self) -> Path:
        """The file on disk; of a member of an archive, the archive."""
        return self.part.path

    @property
    def filename(self) -> str:
        """The name that findings show."""
        return self.part.filename

    @property
    def has_local_times(self) -> bool:
        """Whether its times are those of a clock whose zone somebody has named."""
        return self.is_naive and self.reading.zone is not None

    @property
    def is_plain_table(self) -> bool:
        """Whether the file by itself is a CSV table read by its mapping, as the fast reader takes it."""
        return self.rows is None and self.part.member is None and self.sheet is None and not is_given_back(self.header)

    def records(self) -> Iterator[Record]:
        """Yield the records behind the header. Raises FileRefused."""
        with opened(self.part, self.sheet, self.mapping.encoding, self.limits) as text:
            rows = self._table(text) if self.rows is None else self.rows(text)
            yield from restored(rows) if is_given_back(self.header) else rows

    def said(self) -> Iterator[tuple[int, Said | Fault]]:
        """Yield (line, what the record says) of a named format. Raises FileRefused."""
        assert self.parts is not None
        with opened(self.part, self.sheet, self.mapping.encoding, self.limits) as text:
            yield from self.parts(text)

    def _table(self, text: TextIO | Sheet) -> Iterable[Record]:
        at, width = self.positions["at"], len(self.header)
        if isinstance(text, Sheet):
            return text.records(skip=self.mapping.header_line, width=width, places=self.positions.values())

        def swallows(fields: list[str]) -> bool:
            return len(fields) == width and times.classify(fields[at].strip()) is not None

        return RecordReader(
            text,
            delimiter=self.mapping.delimiter,
            width=width,
            skip=self.mapping.header_line,
            limits=self.limits,
            swallows=swallows,
        )


def open_source(part: Part, *, request: ReadRequest) -> Source:
    """Settle how a file is read. Raises FileRefused, or QuestionsOpen for what a person must answer first."""
    sheet = _sheet_of(part, request) if part.packing == WORKBOOK else None
    head = sheet.head(part.filename, request.limits) if sheet else _head_of_text(part, request)
    given = request.mapping if sheet is None or request.mapping is None else of_sheet(request.mapping, sheet)
    try:
        layout = layout_of(head, limits=request.limits, mapping=given, format=request.format)
    except ColumnsOpen as open_columns:
        raise open_columns.asked from None
    layout = _recoded(layout, head, sheet, request)
    source = Source(
        part=part,
        format=layout.format,
        kind=layout.kind,
        mapping=layout.mapping,
        header=layout.table.header,
        positions=_positions(layout, request.limits),
        reading=_reading(layout.mapping, request),
        limits=request.limits,
        profile=layout.profile,
        rows=layout.rows,
        parts=layout.parts,
        sheet=sheet,
        shares_lines=layout.shares_lines,
    )
    return source if layout.is_counted else _with_settled_times(source, layout, request)


def _sheet_of(part: Part, request: ReadRequest) -> Sheet:
    """Return the sheet of a workbook that holds the table. Raises QuestionsOpen when there are several."""
    name = None if request.mapping is None else request.mapping.sheet
    sheet, asked = chosen(sheets_with_tables(part, request.limits), name)
    if asked is not None:
        raise QuestionsOpen(asked)
    return sheet


def _head_of_text(part: Part, request: ReadRequest) -> Head:
    with part.open(request.limits) as plain:
        data = plain.read(request.limits.head_bytes)
        is_whole = not plain.read(1)
    encoding = None if request.mapping is None else _without_mark(request.mapping.encoding, data)
    return head_of(data, len(data) + (not is_whole), filename=part.filename, encoding=encoding)


def _without_mark(encoding: str, data: bytes) -> str:
    """Return the encoding that was named; a UTF-8 file with a mark is read without it, whatever was named."""
    return "utf-8-sig" if encoding == "utf-8" and data.startswith(b"\xef\xbb\xbf") else encoding


def _positions(layout: Layout, limits: Limits) -> dict[str, int]:
    if layout.positions is not None:
        return layout.positions
    header = layout.table.header
    if len(header) > limits.columns:
        raise FileRefused("size.columns", f"The header has {len(header):,} columns; {limits.columns:,} are taken.")
    try:
        positions = layout.mapping.positions(header)
    except MappingRefused as error:
        raise FileRefused("mapping.column", str(error)) from error
    if not {"user", "at"} <= positions.keys():
        raise FileRefused("mapping.column", "The mapping must say which columns are the user and the time.")
    return positions


def _recoded(layout: Layout, head: Head, sheet: Sheet | None, request: ReadRequest) -> Layout:
    """Return the layout with the encoding and sheet found and the zone that a person named, unless the format has its
    own."""
    own = layout.mapping.time.source_timezone
    is_fixed = layout.profile is not None and own is not None and layout.profile.zone == own
    zone = own if is_fixed else request.source_timezone or own
    mapping = layout.mapping.with_time(source_timezone=zone)
    mapping = replace(mapping, encoding=head.encoding, sheet=sheet.name if sheet else None)
    return replace(layout, mapping=mapping)


def _reading(mapping: ColumnMapping, request: ReadRequest) -> times.TimeReading:
    try:
        return times.reading_of(
            format=mapping.time.format or times.ISO,
            date_order=mapping.time.date_order,
            source_timezone=mapping.time.source_timezone,
            timezone=request.timezone,
        )
    except UnknownZone as error:
        raise FileRefused("zone.unknown", str(error)) from error


def _with_settled_times(source: Source, layout: Layout, request: ReadRequest) -> Source:
    """Return the source with a date order that holds for the whole file, or ask."""
    mapping = source.mapping
    if mapping.time.format == times.ORDERED:
        order = _order_of_all(source)
        mapping = mapping if mapping.time.date_order else mapping.with_time(date_order=order)
    samples = generic_csv.times_of(mapping, layout.table)
    questions = tuple(about_times(mapping, samples))
    if questions:
        raise QuestionsOpen(*questions)
    if mapping.time.format == times.DATE and mapping.time.source_timezone != request.timezone:
        raise QuestionsOpen(of_days(mapping.time.source_timezone, request.timezone))
    is_naive = not any(map(times.names_a_zone, samples))
    return replace(source, mapping=mapping, reading=_reading(mapping, request), is_naive=is_naive)


def _order_of_all(source: Source) -> str | None:
    """Return the order of dates that the whole file settles, None where no date does.

    Every row is looked at, whatever the first ones say and whoever chose: a date such as 06/05/2026 is read either way,
    so rows in the other order would count in wrong months without a word. Raises FileRefused.
    """
    at = source.positions["at"]
    found: dict[str, tuple[int, str]] = {}
    for record in source.records():
        text = record.fields[at].strip() if record.fault is None else ""
        order = times.order_of(text)
        if order is not None and found.setdefault(order, (record.line, text)) and len(found) > 1:
            (line, one), (later, other) = found.values()
            words = f"Line {line} has '{one}', line {later} has '{other}': day and month stand in two orders."
            raise FileRefused("date_order.mixed", f"{words} Write all dates of the file in one, best as 2026-06-30.")
    return next(iter(found), None)
