"""The same tables as workbooks: one sheet, numbers as numbers, and no text that a spreadsheet would calculate."""

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO

import xlsxwriter

from ground.presentation.table_file import Cell

# The same rows give the same bytes, whenever they are written.
WRITTEN_AT = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook has no zones
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd",
}


def xlsx_file(header: Sequence[str], rows: Iterable[Sequence[Cell]], *, sheet: str = "rows") -> IO[bytes]:
    """Return an open workbook with one sheet; its first row is the header, which stays in sight.

    It is made in memory: for what a page lists, not for the rows of a file. Who reads it closes it.
    """
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, OPTIONS)
    book.set_properties({"created": WRITTEN_AT})
    page = book.add_worksheet(sheet)
    page.freeze_panes(1, 0)
    page.write_row(0, 0, header, book.add_format({"bold": True}))
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                page.write_datetime(number, column, cell)
            elif isinstance(cell, int | Decimal):
                page.write_number(number, column, cell)
            elif cell is not None:
                page.write_string(number, column, cell)
    book.close()
    file.seek(0)
    return file
