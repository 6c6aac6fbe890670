"""Plain tables of a file, as text: for lists that a person fills in, of which nothing is known but a header row.

Only a child process comes here. The same walls stand before it as before a usage report: an archive that lies, a bomb,
declared entities, a formula without a value, broken text and endless quotes are refused with a reason.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from rollcall.intake.findings import FileRefused, QuestionsOpen
from rollcall.intake.limits import Limits
from rollcall.intake.parts import Part, parts_of
from rollcall.intake.records import Record, RecordReader
from rollcall.intake.sheets import Sheet, sheets_with_tables
from rollcall.intake.text import encoding_of, open_text
from rollcall.intake.workbook import WORKBOOK

_DELIMITERS = (",", ";", "\t")


def read_tables(path: Path, *, filename: str, limits: Limits) -> list[dict[str, Any]]:
    """Return every table: {"file", "sheet", "columns": [...], "rows": [{"line", "cells", "fault"}, ...]}.

    The first row with a value is the header; empty rows are none. `limits.rows` and `limits.columns` bound each table.
    Raises FileRefused.
    """
    try:
        found = [
            table for part in parts_of(path, filename=filename, limits=limits).parts for table in _tables(part, limits)
        ]
    except QuestionsOpen as asked:
        raise FileRefused("encoding.unknown", f"{filename}: save the file as UTF-8. {asked}") from asked
    if not found:
        raise FileRefused("file.empty", f"{filename} holds no table.")
    return found


def _tables(part: Part, limits: Limits) -> Iterator[dict[str, Any]]:
    if part.packing == WORKBOOK:
        for sheet in sheets_with_tables(part, limits):
            yield from _table(part.filename, sheet.name, _rows_of(sheet, limits), limits)
            sheet.release()
        return
    with part.open(limits) as plain:
        encoding = encoding_of(plain.peek(limits.head_bytes)[: limits.head_bytes])
    with part.open(limits) as plain, open_text(plain, encoding) as text:
        head, between = _header(text, limits)
    if head is None:
        return
    # From the top once more, so that every line has its own number.
    with part.open(limits) as plain, open_text(plain, encoding) as text:
        below = RecordReader(text, delimiter=between, width=len(head.fields), skip=1, limits=limits)
        yield from _table(part.filename, "", chain([head], below), limits)


def _rows_of(sheet: Sheet, limits: Limits) -> Iterator[Record]:
    for record in sheet.records(skip=0, width=limits.columns):
        yield record._replace(fields=_trimmed(record.fields))


def _header(text: TextIO, limits: Limits) -> tuple[Record | None, str]:
    """Return the first line as a record, and what stands between its columns; None for a file of empty lines."""
    line = text.readline(limits.line_characters)
    if len(line) == limits.line_characters:
        raise FileRefused("row.too_long", "The header is too long for a table.")
    between = max(_DELIMITERS, key=line.count)
    alone = io.StringIO(line, newline="")
    width = line.count(between) + 1
    return next(iter(RecordReader(alone, delimiter=between, width=width, skip=0, limits=limits)), None), between


def _table(filename: str, sheet: str, records: Iterable[Record], limits: Limits) -> Iterator[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    columns: list[str] | None = None
    for record in records:
        if columns is None:
            if not any(record.fields):
                continue
            if record.fault is not None:
                raise FileRefused(record.fault.code, f"{filename}: the header cannot be read. {record.fault.message}")
            columns = _trimmed(record.fields)
            continue
        if len(rows) == limits.rows:
            raise FileRefused("rows.too_many", f"{filename} has more than {limits.rows:,} rows. Split it.")
        fault = record.fault.message if record.fault is not None else ""
        if fault or any(field.strip() for field in record.fields):
            rows.append({"line": record.line, "cells": _readable(record.fields, limits), "fault": fault})
    if columns is not None:
        if len(columns) > limits.columns:
            raise FileRefused("columns.too_many", f"{filename} has more than {limits.columns:,} columns.")
        yield {"file": filename, "sheet": sheet, "columns": _readable(columns, limits), "rows": rows}


def _trimmed(fields: list[str]) -> list[str]:
    """Return the fields without the empty ones behind the last value."""
    end = max((place for place, value in enumerate(fields, start=1) if value), default=0)
    return fields[:end]


def _readable(fields: list[str], limits: Limits) -> list[str]:
    """Cells as text that JSON and the database take: a byte that could not be decoded is visible as U+FFFD."""
    return [
        value.encode("utf-8", "replace").decode().replace("\0", "\ufffd")[: limits.field_characters] for value in fields
    ]
