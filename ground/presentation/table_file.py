"""CSV for spreadsheets: typed numbers stay numbers, and no text becomes a formula."""

import csv
import io
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import IO, cast

Cell = str | int | Decimal | date | None
# What makes a spreadsheet compute instead of show; also after blanks and inside a cell that a tab or CR would split.
FORMULA_STARTS = frozenset("=+-@\t\r＝＋－＠")
BYTE_ORDER_MARK = "\ufeff"
IN_MEMORY = 4 * 1024 * 1024


def safe_cell(value: Cell) -> str:
    """Return the text of a cell; text that a spreadsheet would compute is led by an apostrophe."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return str(value)
    text = value.replace("\0", "")
    start = text.lstrip(" \n\N{NO-BREAK SPACE}" + BYTE_ORDER_MARK)
    return f"'{text}" if start[:1] in FORMULA_STARTS and start else text


def csv_file(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> IO[bytes]:
    """Return an open CSV file in UTF-8 with a byte order mark, which spreadsheets need to read names rightly.

    It is written row by row and lies on disk when it is large; who reads it closes it.
    """
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the response closes it
    text = io.TextIOWrapper(cast("IO[bytes]", file), encoding="utf-8", newline="")
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    text.flush()
    text.detach()
    file.seek(0)
    return cast("IO[bytes]", file)
