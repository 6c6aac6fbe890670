"""Puts corrected rows into the file that they came from: each takes the place of the failed row on its line.

What comes out is a table of the whole file, to be read as a file of its own. A row that failed and was not corrected
stays as wrong as it was; a row that did not fail is never touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rollcall.formats import generic_csv
from rollcall.intake.annotate import findings_by_row
from rollcall.intake.annotated_file import CSV, Table, open_annotated
from rollcall.intake.findings import FileRefused, QuestionsOpen
from rollcall.intake.given_back import (
    ERROR_COLUMNS,
    FILE_COLUMN,
    LINE_COLUMN,
    RECORD_COLUMN,
    restored_text,
    safe_text,
)
from rollcall.intake.head import head_of
from rollcall.intake.originals import Original, original_of
from rollcall.intake.parts import parts_of
from rollcall.intake.records import Record, RecordReader, shown
from rollcall.intake.request import ReadRequest
from rollcall.intake.sheets import Sheet, chosen, opened, sheets_with_tables
from rollcall.intake.sources import open_sources
from rollcall.intake.workbook import WORKBOOK
from rollcall.safe_csv import safe_cell

FILE = "merged.csv"
# A row with such a fault was no row of the table; written out, it might look like one.
_SHAPE_FAULTS = ("row.", "text.")
_PROGRESS_ROWS = 20_000

Progress = Callable[[int, int, str], None]
Key = tuple[str, int]


@dataclass(frozen=True, kw_only=True)
class Merged:
    """What was written: `file` in the request's `out_dir` with `rows`, `replaced` of them corrected; or `refused`."""

    file: str = ""
    rows: int = 0
    replaced: int = 0
    refused: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def merge(
    request: ReadRequest, *, findings: Path, corrected: Path, corrected_name: str, on_progress: Progress
) -> Merged:
    """Write the files of a reading as one table with the corrected rows in their places.

    `corrected` is a table of failed rows as `annotate` writes it, CSV or a workbook. Never raises for what a file
    contains: what cannot be placed is refused with words, and nothing is merged.
    """
    try:
        originals = [original_of(source, request) for source in open_sources(request)]
        if any(RECORD_COLUMN in original.columns for original in originals):
            raise FileRefused(
                "merge.records", "Records of JSON and logs are corrected in the file itself. Send that file again."
            )
        failed = {key: errors[0] for key, errors in findings_by_row(findings)}
        rows = dict(_corrected(corrected, corrected_name, request, failed, originals))
        return _written(request, originals, failed, rows, on_progress)
    except (FileRefused, QuestionsOpen) as refused:
        return Merged(refused=str(refused))


def _written(
    request: ReadRequest,
    originals: Sequence[Original],
    failed: Mapping[Key, str],
    corrected: Mapping[Key, Mapping[str, str]],
    on_progress: Progress,
) -> Merged:
    columns = list(dict.fromkeys(column for original in originals for column in original.columns))
    several = len(originals) > 1
    header = [*([FILE_COLUMN] if several else []), *columns, *ERROR_COLUMNS]
    rows = replaced = 0
    with open_annotated(request.evidence_dir / FILE, CSV) as table:
        table.write([safe_cell(shown(column)) for column in header])
        for original in originals:
            name = safe_cell(shown(original.filename))
            before = [original.filename] if several else []
            for line, cells, _ in original.rows():
                rows += 1
                if rows % _PROGRESS_ROWS == 0:
                    on_progress(rows, 0, "rows merged")
                key = (name, line)
                if key in corrected:
                    replaced += 1
                    own = corrected[key]
                    cells = [own.get(column, "") for column in original.columns]
                elif any(code.startswith(_SHAPE_FAULTS) for code in failed.get(key, "").split("\n")):
                    _write_wrong(table, [*before, *cells], len(header))
                    continue
                by_name = dict(zip(original.columns, cells, strict=False))
                table.write([*map(safe_text, [*before, *(by_name.get(column, "") for column in columns)]), *[""] * 4])
    return Merged(file=FILE, rows=rows, replaced=replaced)


def _write_wrong(table: Table, cells: Sequence[str], width: int) -> None:
    """Write a row that has another number of columns than the header, whatever its cells are."""
    wrong = [*cells, *[""] * (width + 1 - len(cells))] if len(cells) <= width else list(cells)
    table.write([safe_text(cell) for cell in wrong])


def _corrected(
    path: Path, name: str, request: ReadRequest, failed: Mapping[Key, str], originals: Sequence[Original]
) -> Iterator[tuple[Key, Mapping[str, str]]]:
    """Yield the corrected rows by the row that each replaces. Raises FileRefused for one that cannot be placed."""
    header, records = _table(path, name, request)
    if LINE_COLUMN not in header:
        raise FileRefused("merge.no_line", f"The column {LINE_COLUMN} is missing: it says which row each one replaces.")
    missing = sorted({column for original in originals for column in original.columns} - set(header))
    if missing:
        raise FileRefused("merge.columns", f"The column {missing[0]} is missing. Keep every column of the table.")
    seen: set[Key] = set()
    alone = safe_cell(shown(originals[0].filename)) if len(originals) == 1 else None
    for record in records:
        if record.fault is not None:
            raise FileRefused("merge.row", f"Line {record.line} of {name}: {record.fault.message}")
        row = dict(zip(header, map(restored_text, record.fields), strict=True))
        written = row[LINE_COLUMN].strip()
        if not (written.isascii() and written.isdecimal() and len(written) < 16):
            raise FileRefused("merge.line", f"Line {record.line} of {name}: '{written[:40]}' is no line of the file.")
        key = (alone or safe_cell(row.get(FILE_COLUMN, "")), int(written))
        if key not in failed:
            words = f"line {key[1]:,} of {key[0]} was not put aside, and only failed rows are replaced."
            raise FileRefused("merge.not_failed", f"Line {record.line} of {name}: {words}")
        if key in seen:
            raise FileRefused("merge.twice", f"Line {record.line} of {name}: line {key[1]:,} is there twice.")
        seen.add(key)
        yield key, row


def _table(path: Path, name: str, request: ReadRequest) -> tuple[tuple[str, ...], Iterator[Record]]:
    """Return the header and the records of a table that was sent. Raises FileRefused, QuestionsOpen."""
    limits = request.limits
    part = parts_of(path, filename=name, limits=limits).parts[0]
    sheet = None
    if part.packing == WORKBOOK:
        sheet, asked = chosen(sheets_with_tables(part, limits), None)
        if asked is not None:
            raise QuestionsOpen(asked)
        head = sheet.head(name, limits)
    else:
        with part.open(limits) as plain:
            data = plain.read(limits.head_bytes)
            head = head_of(data, len(data) + bool(plain.read(1)), filename=name, encoding=None)
    found = generic_csv.find_table(head)
    if found is None:
        raise FileRefused("table.none", f"{name} holds no table of rows.")

    def records() -> Iterator[Record]:
        with opened(part, sheet, head.encoding, limits) as text:
            width = len(found.header)
            if isinstance(text, Sheet):
                yield from text.records(skip=found.header_line, width=width)
            else:
                yield from RecordReader(
                    text, delimiter=found.delimiter, width=width, skip=found.header_line, limits=limits
                )

    return found.header, records()
