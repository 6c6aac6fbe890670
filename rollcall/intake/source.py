"""One file, ready to be read row by row: its mapping settled, its questions answered, its records in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rollcall.formats import generic_csv, times
from rollcall.formats.generic_csv import Head, Table
from rollcall.formats.mapping import ColumnMapping, MappingRefused
from rollcall.intake.findings import FileRefused, Question, QuestionsOpen
from rollcall.intake.limits import Limits
from rollcall.intake.records import Record, RecordReader
from rollcall.intake.request import ReadRequest
from rollcall.intake.sniff import head_of, questions_about_columns, questions_about_times, table_of
from rollcall.intake.text import open_text
from rollcall.intake.unpack import open_plain
from rollcall.period import UnknownZone


@dataclass(frozen=True, kw_only=True)
class Source:
    """One file of a reading. `positions` are {role: index of its column}.

    `is_naive` says that no time at the beginning of the file names a zone, so that all are taken in the source's zone.
    """

    path: Path
    filename: str
    mapping: ColumnMapping
    header: tuple[str, ...]
    positions: dict[str, int]
    reading: times.TimeReading
    limits: Limits
    is_naive: bool = False

    def records(self) -> Iterator[Record]:
        """Yield the records behind the header. Raises FileRefused."""
        at, width = self.positions["at"], len(self.header)

        def swallows(fields: list[str]) -> bool:
            return len(fields) == width and times.classify(fields[at].strip()) is not None

        with open_plain(self.path, self.limits) as opened, open_text(opened, self.mapping.encoding) as text:
            yield from RecordReader(
                text,
                delimiter=self.mapping.delimiter,
                width=width,
                skip=self.mapping.header_line,
                limits=self.limits,
                swallows=swallows,
            )


def open_source(path: Path, *, filename: str, request: ReadRequest) -> Source:
    """Settle how a file is read. Raises FileRefused, or QuestionsOpen for what a person must answer first."""
    with open_plain(path, request.limits) as plain:
        data = plain.read(request.limits.head_bytes)
        is_whole = not plain.read(1)
    encoding = None if request.mapping is None else request.mapping.encoding
    head = head_of(data, len(data) + (not is_whole), filename=filename, encoding=_without_mark(encoding, data))
    mapping, table = _mapping_and_table(head, request)
    if len(table.header) > request.limits.columns:
        raise FileRefused(
            "size.columns", f"The header has {len(table.header):,} columns; {request.limits.columns:,} are taken."
        )
    try:
        positions = mapping.positions(table.header)
    except MappingRefused as error:
        raise FileRefused("mapping.column", str(error)) from error
    if not {"user", "at"} <= positions.keys():
        raise FileRefused("mapping.column", "The mapping must say which columns are the user and the time.")
    source = Source(
        path=path,
        filename=filename,
        mapping=mapping,
        header=table.header,
        positions=positions,
        reading=_reading(mapping, request),
        limits=request.limits,
    )
    return _with_settled_times(source, table, request)


def _without_mark(encoding: str | None, data: bytes) -> str | None:
    """Return the encoding that was named; a UTF-8 file with a mark is read without it, whatever was named."""
    return "utf-8-sig" if encoding == "utf-8" and data.startswith(b"\xef\xbb\xbf") else encoding


def _mapping_and_table(head: Head, request: ReadRequest) -> tuple[ColumnMapping, Table]:
    given = request.mapping
    if given is None:
        table = table_of(head, request.limits)
        questions = tuple(questions_about_columns(table))
        if questions:
            raise QuestionsOpen(*questions)
        mapping = generic_csv.suggest(table, head)
    else:
        found = generic_csv.table_at(head, given.delimiter, given.header_line)
        if found is None:
            raise FileRefused("mapping.header", f"The file has no header on line {given.header_line}.")
        table, mapping = found, generic_csv.with_time_rule(given, found)
    zone = request.source_timezone or mapping.time.source_timezone
    return _recoded(mapping.with_time(source_timezone=zone), head.encoding), table


def _recoded(mapping: ColumnMapping, encoding: str) -> ColumnMapping:
    return ColumnMapping.from_json(mapping.to_json() | {"encoding": encoding})


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


def _with_settled_times(source: Source, table: Table, request: ReadRequest) -> Source:
    """Return the source with a date order that holds for the whole file, or ask."""
    mapping = source.mapping
    if mapping.time.format == times.ORDERED and mapping.time.date_order is None:
        at = source.positions["at"]
        order, contradiction = times.date_order(
            record.fields[at].strip() for record in source.records() if record.fault is None
        )
        if contradiction:
            raise FileRefused("date_order.mixed", "Some dates have the day first, others the month first.")
        mapping = mapping.with_time(date_order=order)
    questions = tuple(questions_about_times(mapping, generic_csv.times_of(mapping, table)))
    if questions:
        raise QuestionsOpen(*questions)
    if mapping.time.format == times.DATE and mapping.time.source_timezone != request.timezone:
        raise QuestionsOpen(_day_question(mapping, request))
    is_naive = not any(map(times.names_a_zone, generic_csv.times_of(mapping, table)))
    return replace(source, mapping=mapping, reading=_reading(mapping, request), is_naive=is_naive)


def _day_question(mapping: ColumnMapping, request: ReadRequest) -> Question:
    zone = mapping.time.source_timezone
    return Question(
        code="zone.of_days",
        message=f"The file has days of the zone {zone}; they cannot become days of {request.timezone}, as billed.",
    )
