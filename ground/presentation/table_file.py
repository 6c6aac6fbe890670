"""CSV for spreadsheets: typed numbers stay numbers, and no text becomes a formula."""

import io
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import IO, cast

from rollcall.safe_csv import SafeWriter

Cell = str | int | Decimal | date | None
BYTE_ORDER_MARK = "\ufeff"
IN_MEMORY = 4 * 1024 * 1024


def csv_file(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> IO[bytes]:
    """Return an open CSV file in UTF-8 with a byte order mark, which spreadsheets need to read names rightly.

    It is written row by row and lies on disk when it is large; who reads it closes it.
    """
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the response closes it
    text = io.TextIOWrapper(cast("IO[bytes]", file), encoding="utf-8", newline="")
    text.write(BYTE_ORDER_MARK)
    writer = SafeWriter(text)
    writer.writerow(header)
    for row in rows:
        writer.writerow(row)
    text.flush()
    text.detach()
    file.seek(0)
    return cast("IO[bytes]", file)
