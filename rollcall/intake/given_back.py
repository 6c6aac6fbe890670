"""A table that was given out with its errors and comes back corrected: its cells as they were, and what it may not be.

The technical columns begin with an underscore and are never mapped. A table of the failed rows alone is refused: taken
as a file, it would stand for all rows of its days.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from rollcall.intake.findings import FileRefused
from rollcall.intake.records import Record, shown
from rollcall.safe_csv import FORMULA_STARTS, SKIPPED

FILE_COLUMN, LINE_COLUMN, RECORD_COLUMN, SURPLUS_COLUMN = "_file", "_line", "_record", "_surplus"
ERROR_COLUMNS = ("_error_code", "_error_column", "_error_value", "_error_message")
_CALCULATED = re.compile(rf"'*[{re.escape(SKIPPED)}]*[{re.escape(''.join(sorted(FORMULA_STARTS)))}]")


def is_given_back(header: Collection[str]) -> bool:
    """Return whether a table has the columns of errors, so that its cells are written as `safe_text` writes them."""
    return ERROR_COLUMNS[0] in header and ERROR_COLUMNS[-1] in header


def refuse_parts(header: Collection[str]) -> None:
    """Refuse a table that came back and cannot stand for the file it was made of. Raises FileRefused."""
    if not is_given_back(header):
        return
    if LINE_COLUMN in header:
        raise FileRefused(
            "table.failed_rows",
            "This table holds the failed rows alone; read as a file, it would take the place of all other rows of its "
            "days. Correct the rows in the table of the whole file, and send that one.",
        )
    if RECORD_COLUMN in header:
        raise FileRefused(
            "table.records",
            "This table holds the records of a JSON file or a log as texts. Correct them in the file itself, and send "
            "that one.",
        )


def restored(records: Iterable[Record]) -> Iterator[Record]:
    """Yield the records with their cells as they were in the original file."""
    for record in records:
        yield record._replace(fields=[restored_text(field) for field in record.fields])


def safe_text(text: str) -> str:
    """Return the text of a cell that no spreadsheet calculates; `restored_text` gives the text back.

    A text that begins like an escaped one is escaped once more, so that no two texts become one.
    """
    text = shown(text).replace("\0", "")
    return f"'{text}" if _CALCULATED.match(text) else text


def restored_text(cell: str) -> str:
    """Return the text that `safe_text` was given."""
    return cell[1:] if cell.startswith("'") and _CALCULATED.match(cell) else cell
