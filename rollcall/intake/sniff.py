"""What is this file? Recognize it by content, show it, and collect what only a person can answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, TextIO

from rollcall.formats import generic_csv, times
from rollcall.formats.generic_csv import Head, Table
from rollcall.formats.mapping import ColumnMapping, MappingRefused
from rollcall.formats.profile import SNAPSHOT, DayCount, Entry
from rollcall.intake.findings import FileRefused, Question, QuestionsOpen
from rollcall.intake.head import head_of
from rollcall.intake.layout import ColumnsOpen, Layout, is_companion, layout_of
from rollcall.intake.limits import DEFAULT_LIMITS, Limits
from rollcall.intake.parts import Part, parts_of
from rollcall.intake.questions import ACTION, OUTCOME, about_times, no_rows, of_formats
from rollcall.intake.records import Record, shown
from rollcall.intake.result import OK, REJECTED, SniffResult
from rollcall.intake.seen_days import Run, joined, runs_of, runs_of_ends
from rollcall.intake.sheets import Sheet, chosen, opened, sheets_with_tables
from rollcall.intake.unpack import compression, refuse_too_large
from rollcall.intake.workbook import WORKBOOK
from rollcall.zones import instant_text

_PREVIEW_ROWS = 20
_SAMPLES = 5
_TAIL_BYTES = 65_536
_CHUNK = 1 << 20
# A file of a named format is read to its end for the span it covers up to this size; a larger one shows its beginning.
_WHOLLY_READ_BYTES = 64_000_000


@dataclass(frozen=True, kw_only=True)
class Ends:
    """The first and the last plain bytes of a part, and how many there are."""

    head: bytes
    tail: bytes
    size: int


def sniff(
    path: Path,
    *,
    filename: str,
    limits: Limits = DEFAULT_LIMITS,
    encoding: str | None = None,
    source_timezone: str | None = None,
    sheet: str | None = None,
    delimiter: str | None = None,
) -> SniffResult:
    """Say what a file is, or an archive of files of one format.

    Everything is unpacked to its end, so a bomb or a wrong checksum is refused here already. `encoding`, `delimiter`,
    `source_timezone` and `sheet`, the name of a workbook's sheet, are answers that a person has given. Of a workbook
    with several tables the first is shown beside the question which one is meant. Never raises for what a file holds.
    """
    size = path.stat().st_size
    packed = compression(path)
    try:
        found = _sniffed(path, filename, limits, _Answers(encoding, source_timezone, sheet, delimiter))
    except FileRefused as refusal:
        return SniffResult(outcome=REJECTED, code=refusal.code, message=str(refusal), compression=packed, size=size)
    except QuestionsOpen as asked:
        return SniffResult(outcome=OK, questions=asked.questions, message=str(asked), compression=packed, size=size)
    return replace(found, compression=packed, size=size)


class _Answers(NamedTuple):
    """What a person has said about a file before it is looked at."""

    encoding: str | None
    source_timezone: str | None
    sheet: str | None
    delimiter: str | None


def _sniffed(path: Path, filename: str, limits: Limits, answers: _Answers) -> SniffResult:
    found: list[SniffResult] = []
    left_out: list[tuple[Part, Head, Ends]] = []
    parts = parts_of(path, filename=filename, limits=limits).parts
    for part in parts:
        if part.packing == WORKBOOK:
            found.append(_sniff_workbook(part, answers, limits))
            continue
        ends = _ends(part, limits)
        head = head_of(ends.head, ends.size, filename=part.filename, encoding=answers.encoding)
        if len(parts) > 1 and is_companion(head) is not None:
            left_out.append((part, head, ends))
            continue
        found.append(_sniff_part(part, head, ends, answers, limits))
    return together(found or [_sniff_part(*left_out[0], answers, limits)])


def _sniff_workbook(part: Part, answers: _Answers, limits: Limits) -> SniffResult:
    sheet, asked = chosen(sheets_with_tables(part, limits), answers.sheet)
    ends = Ends(head=b"", tail=b"", size=part.path.stat().st_size)
    found = _sniff_part(part, sheet.head(part.filename, limits), ends, answers, limits, sheet)
    if asked is None:
        return found
    return replace(found, questions=(asked, *found.questions), message=f"{asked.message} {found.message}".strip())


def together(found: list[SniffResult]) -> SniffResult:
    """Return what several files of one report are. Raises QuestionsOpen when they are of several formats.

    A file without rows says nothing beside others, such as the empty page that ends a series of pages.
    """
    found = [result for result in found if "rows.none" not in {question.code for question in result.questions}] or found
    formats = {result.format or "" for result in found}
    if len(formats) > 1:
        raise QuestionsOpen(of_formats(formats))
    questions = {question.code: question for result in reversed(found) for question in result.questions}
    firsts = [result.first_at for result in found if result.first_at]
    lasts = [result.last_at for result in found if result.last_at]
    return replace(
        found[0],
        questions=tuple(questions.values()),
        message=" ".join(question.message for question in questions.values()),
        first_at=min(firsts, default=None),
        last_at=max(lasts, default=None),
        seen=tuple(run.to_json() for run in joined(Run.from_json(run) for result in found for run in result.seen)),
        plain_size=sum(result.plain_size or 0 for result in found),
    )


def _sniff_part(
    part: Part, head: Head, ends: Ends, answers: _Answers, limits: Limits, sheet: Sheet | None = None
) -> SniffResult:
    try:
        layout = layout_of(head, limits=limits, delimiter=None if sheet else answers.delimiter)
        questions: list[Question] = []
    except ColumnsOpen as open_columns:
        layout, questions = open_columns.layout, list(open_columns.asked.questions)
    zone = layout.mapping.time.source_timezone or answers.source_timezone
    mapping = replace(layout.mapping.with_time(source_timezone=zone), sheet=sheet.name if sheet else None)
    layout = replace(layout, mapping=mapping)
    table = layout.table
    if not layout.is_counted:
        questions.extend(_about_times(mapping, table, are_columns_known=_are_known(questions)))
    if head.is_whole and not table.records and not layout.is_counted:
        questions.append(no_rows())
    runs = _seen(part, layout, ends, limits, sheet)
    first = layout.preview
    return SniffResult(
        outcome=OK,
        kind=layout.kind,
        format=layout.format,
        encoding=head.encoding,
        delimiter=table.delimiter,
        header_line=table.header_line,
        columns=tuple(_column(first, place) for place in range(min(len(first.header), 200))),
        mapping=mapping,
        preview=tuple(tuple(shown(value[:200]) for value in row[:50]) for row in first.records[:_PREVIEW_ROWS]),
        questions=tuple(questions),
        message=" ".join(question.message for question in questions),
        first_at=instant_text(runs[0].first) if runs else None,
        last_at=instant_text(runs[-1].last) if runs else None,
        seen=tuple(run.to_json() for run in runs),
        plain_size=ends.size,
    )


def _are_known(questions: Iterable[Question]) -> bool:
    return all(question.code in (ACTION, OUTCOME) for question in questions)


def _about_times(mapping: ColumnMapping, table: Table, *, are_columns_known: bool) -> list[Question]:
    """Return what the times leave open; dates that contradict each other in a column that is a guess refuse nothing."""
    try:
        return list(about_times(mapping, generic_csv.times_of(mapping, table)))
    except FileRefused:
        if are_columns_known:
            raise
        return []


def _column(table: Table, place: int) -> dict[str, object]:
    samples: dict[str, None] = {}
    for row in table.records:
        if place < len(row) and row[place]:
            samples[shown(row[place][:200])] = None
        if len(samples) == _SAMPLES:
            break
    values = list(map(shown, generic_csv.outcomes(generic_csv.column_at(table, place))))
    return {"name": shown(table.header[place][:200]), "samples": list(samples), "values": values}


def _ends(part: Part, limits: Limits) -> Ends:
    """Return both ends of a part, unpacked to its end: that tests its checksum and its growth. Raises FileRefused."""
    with part.open(limits) as plain:
        head = plain.read(limits.head_bytes)
        if part.member is None and compression(part.path) == "none":
            return _ends_of_plain(part.path, head, limits)
        tail, size = head, len(head)
        while chunk := plain.read(_CHUNK):
            size += len(chunk)
            tail = (tail + chunk)[-_TAIL_BYTES:]
    return Ends(head=head, tail=tail, size=size)


def _ends_of_plain(path: Path, head: bytes, limits: Limits) -> Ends:
    """Return both ends of a plain file; what lies between has no checksum to be tested."""
    size = path.stat().st_size
    refuse_too_large(size, limits)
    with open(path, "rb") as file:
        file.seek(max(0, size - _TAIL_BYTES))
        return Ends(head=head, tail=file.read(), size=size)


def _seen(part: Part, layout: Layout, ends: Ends, limits: Limits, sheet: Sheet | None) -> list[Run]:
    """Return the days of all rows, or of those at both ends of a CSV table."""
    rule = layout.mapping.time
    if layout.kind == SNAPSHOT or (rule.format == times.ORDERED and rule.date_order is None):
        return []
    reading = times.reading_of(
        format=rule.format or times.ISO,
        date_order=rule.date_order,
        source_timezone=rule.source_timezone or "UTC",
        timezone="UTC",
    )
    if layout.parts is not None or layout.rows is not None or sheet is not None:
        written = _all_times(part, layout, limits, sheet) if ends.size <= _WHOLLY_READ_BYTES else _first_times(layout)
        return runs_of(_instants(written, reading))
    head = _instants(_times_at(ends.head, layout), reading)
    if ends.size <= len(ends.head):
        return runs_of(head)
    return runs_of_ends(head, _instants(_times_at(ends.tail, layout), reading))


def _all_times(part: Part, layout: Layout, limits: Limits, sheet: Sheet | None) -> Iterator[str]:
    with opened(part, sheet, layout.mapping.encoding, limits) as text:
        if layout.parts is not None:
            for _, said in layout.parts(text):
                if isinstance(said, Entry | DayCount):
                    yield said.at
            return
        try:
            place = layout.mapping.positions(layout.table.header).get("at")
        except MappingRefused:
            return
        if place is None:
            return
        rows = layout.rows(text) if layout.rows is not None else _rows_of_sheet(text, layout)
        yield from (row.fields[place] for row in rows if row.fault is None)


def _rows_of_sheet(sheet: TextIO | Sheet, layout: Layout) -> Iterator[Record]:
    assert isinstance(sheet, Sheet)
    return sheet.records(skip=layout.table.header_line, width=len(layout.table.header), places=())


def _first_times(layout: Layout) -> Iterable[str]:
    return generic_csv.times_of(layout.mapping, layout.table)


def _times_at(end: bytes, layout: Layout) -> Iterator[str]:
    try:
        place = layout.mapping.positions(layout.table.header).get("at")
    except MappingRefused:
        return
    for line in re.split(r"[\r\n]+", end.decode(layout.mapping.encoding, "replace")):
        fields = line.split(layout.mapping.delimiter)
        if place is not None and place < len(fields):
            yield fields[place].strip(' "')


def _instants(written: Iterable[str], reading: times.TimeReading) -> Iterator[int]:
    read = times.reader_of(reading)
    for text in written:
        try:
            yield read(text)
        except times.TimeRefused:
            continue
