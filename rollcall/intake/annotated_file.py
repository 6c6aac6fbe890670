"""Writes a table of texts as CSV or XLSX, row by row, without holding it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

xlsxwriter: ModuleType | None
try:
    import xlsxwriter as _xlsxwriter
except ImportError:
    xlsxwriter = None
else:
    xlsxwriter = _xlsxwriter

CSV, XLSX = "csv", "xlsx"
# What a sheet holds, the header included.
XLSX_ROWS, XLSX_COLUMNS, XLSX_CHARACTERS = 1_048_576, 16_384, 32_767
_BYTE_ORDER_MARK = "\ufeff"
_WRITTEN_AT = datetime(2000, 1, 1, tzinfo=UTC)
_CUT = "\N{HORIZONTAL ELLIPSIS}"


class TooManyRows(Exception):
    """The table is larger than a spreadsheet can be."""


class Table(Protocol):
    """A table that is being written. `cut_cells` counts cells whose text a spreadsheet cannot hold whole."""

    cut_cells: int

    def write(self, cells: Sequence[str]) -> None:
        """Write the next row."""


class _Csv:
    cut_cells = 0

    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def write(self, cells: Sequence[str]) -> None:
        self._writer.writerow(cells)


class _Xlsx:
    cut_cells = 0

    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet
        self._row = 0

    def write(self, cells: Sequence[str]) -> None:
        """Raises TooManyRows."""
        if self._row >= XLSX_ROWS or len(cells) > XLSX_COLUMNS:
            raise TooManyRows(
                f"A spreadsheet holds at most {XLSX_ROWS:,} rows and {XLSX_COLUMNS:,} columns. Take the CSV."
            )
        for place, text in enumerate(cells):
            if len(text) > XLSX_CHARACTERS:
                self.cut_cells += 1
                text = text[: XLSX_CHARACTERS - 1] + _CUT
            if text:
                self._sheet.write_string(self._row, place, text)
        self._row += 1


@contextmanager
def open_annotated(path: Path, written_as: str) -> Iterator[Table]:
    """Open a new table: CSV in UTF-8 with a byte order mark and everything quoted, or a workbook of one sheet.

    Raises TooManyRows where no workbook can be written.
    """
    if written_as == CSV:
        with open(path, "w", newline="", encoding="utf-8") as file:
            file.write(_BYTE_ORDER_MARK)
            yield _Csv(csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n"))
        return
    if xlsxwriter is None:
        raise TooManyRows("Spreadsheets cannot be written here. Take the CSV.")
    book = xlsxwriter.Workbook(
        str(path),
        {
            "constant_memory": True,
            "tmpdir": str(path.parent),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    # The same rows give the same bytes, whenever they are written.
    book.set_properties({"created": _WRITTEN_AT})
    try:
        yield _Xlsx(book.add_worksheet("rows"))
    finally:
        book.close()
