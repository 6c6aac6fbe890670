"""A file as its records stand in it, before anybody understands them: for giving it back with what was wrong.

A table gives its cells under its own header; JSON and logs give the text of each record in one column. What the rows of
a reading say about a record is found by its line, or, where several records may stand on one line, by judging again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, TextIO

from rollcall.formats import generic_csv, generic_json
from rollcall.formats.generic_csv import Head
from rollcall.formats.profile import JsonRecords, LineRecords
from rollcall.intake.checks import Activity, Names, checker
from rollcall.intake.findings import FileRefused
from rollcall.intake.given_back import RECORD_COLUMN
from rollcall.intake.head import head_of
from rollcall.intake.json_stream import JsonStream
from rollcall.intake.limits import Limits
from rollcall.intake.look import look_at, with_list
from rollcall.intake.named_rows import entry_rows, json_rows
from rollcall.intake.records import Fault, RecordReader
from rollcall.intake.request import ReadRequest
from rollcall.intake.source import Source
from rollcall.intake.text import open_text
from rollcall.intake.workbook import WORKBOOK

# (physical line, cells, the faults of this record, or None where its line names them)
OriginalRow = tuple[int, list[str], list[Fault] | None]


@dataclass(frozen=True, kw_only=True)
class Original:
    """One file of a reading: the names of its columns, and its records in their order.

    `is_judged` says that the records bring their faults with them, because their lines do not tell them apart.
    """

    filename: str
    columns: tuple[str, ...]
    rows: Callable[[], Iterator[OriginalRow]]
    # What the places of a fault are called, where the records bring their faults with them.
    fields: tuple[str, ...] = ()
    is_judged: bool = False


def original_of(source: Source, request: ReadRequest) -> Original:
    """Return a file as it stands. Reading its rows raises FileRefused where the file cannot be taken apart."""
    if source.part.packing == WORKBOOK:
        return Original(filename=source.filename, columns=source.header, rows=partial(_cells_of_rows, source))
    shape = None if source.profile is None else source.profile.shape
    if isinstance(shape, LineRecords):
        return _of_texts(source, partial(_lines, limits=request.limits))
    if isinstance(shape, JsonRecords) or source.format == generic_json.NAME:
        return _of_json(source, request, shape if isinstance(shape, JsonRecords) else JsonRecords())
    header = source.header if shape is None else _header(source, request)
    return Original(filename=source.filename, columns=header, rows=partial(_cells, source, len(header)))


def _of_texts(
    source: Source, records: Callable[[TextIO], Iterator[OriginalRow]], *, is_judged: bool = False
) -> Original:
    def rows() -> Iterator[OriginalRow]:
        with source.part.open(source.limits) as opened, open_text(opened, source.mapping.encoding) as text:
            yield from records(text)

    return Original(
        filename=source.filename, columns=(RECORD_COLUMN,), rows=rows, fields=source.header, is_judged=is_judged
    )


def _cells_of_rows(source: Source) -> Iterator[OriginalRow]:
    for record in source.records():
        yield record.line, record.fields, None


def _cells(source: Source, width: int) -> Iterator[OriginalRow]:
    with source.part.open(source.limits) as opened, open_text(opened, source.mapping.encoding) as text:
        reader = RecordReader(
            text,
            delimiter=source.mapping.delimiter,
            width=width,
            skip=source.mapping.header_line,
            limits=source.limits,
        )
        for record in reader:
            yield record.line, record.fields, None


def _head(source: Source, limits: Limits) -> Head:
    with source.part.open(limits) as plain:
        data = plain.read(limits.head_bytes)
        is_whole = not plain.read(1)
    return head_of(data, len(data) + (not is_whole), filename=source.part.filename, encoding=source.mapping.encoding)


def _header(source: Source, request: ReadRequest) -> tuple[str, ...]:
    mapping = source.mapping
    table = generic_csv.table_at(_head(source, request.limits), mapping.delimiter, mapping.header_line)
    if table is None:
        raise FileRefused("table.none", f"{source.filename} has no header on line {mapping.header_line}.")
    return table.header


def _lines(text: TextIO, *, limits: Limits) -> Iterator[OriginalRow]:
    limit = limits.line_characters
    for number, line in enumerate(iter(lambda: text.readline(limit + 1), ""), start=1):
        line = line.rstrip("\r\n")
        if line.strip(" \t\x1a\ufeff"):
            yield number, [line], None


class _Texts(JsonStream):
    """The values of a text at a path; `raw` is the text of the value read last."""

    raw = ""

    def _value(self) -> Any:
        start, held = self._at, self._text
        value = super()._value()
        # Reading on drops what lies before the value.
        self.raw = self._text[start if self._text is held else 0 : self._at]
        return value


def _of_json(source: Source, request: ReadRequest, shape: JsonRecords) -> Original:
    head = _head(source, request.limits)
    look = look_at(head)
    path = with_list(head, look, source.mapping)[0] if source.profile is None else look.path_of(shape)
    if path is None:
        raise FileRefused("json.records", f"{source.filename} holds no list of records.")
    if look.has_json_lines and not path:
        return _of_texts(source, partial(_lines, limits=request.limits))
    return _of_texts(source, partial(_judged, source=source, request=request, path=path), is_judged=True)


def _judged(text: TextIO, *, source: Source, request: ReadRequest, path: tuple[str, ...]) -> Iterator[OriginalRow]:
    """Yield the records of a JSON document; many may stand on one line, so each is judged by itself again."""
    limits = request.limits
    names = Names(rule=request.identity_rule, id_characters=limits.id_characters)
    check = checker(source, request.bounds(), names, request.instance)
    known: dict[str, Activity] = {}
    stream = _Texts(text, limits)
    for found in stream.records(path):
        raw = stream.raw
        if not isinstance(found.value, dict):
            yield found.line, [raw], [Fault("json.no_object", "This is not a JSON object with fields.")]
            continue
        one = iter([(found.line, found.value, None)])
        if source.profile:
            rows = entry_rows(source.profile, one, limits)
        else:
            rows = json_rows(one, source.header, limits, source.mapping.columns)
        faults = []
        for row in rows:
            said = row.fault or check(row.fields)
            if isinstance(said, Fault):
                faults.append(said)
            elif said.event_id and known.setdefault(said.event_id, said) != said:
                words = f"The event id '{said.event_id[:80]}' occurs before with other content."
                faults.append(Fault("event_id.conflict", words, source.positions["event_id"], said.event_id))
        yield found.line, [raw], faults
