"""Writes CSV that is safe to open in a spreadsheet: everything quoted, no cell that begins a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import TextIO

# What makes a spreadsheet compute instead of show, in ASCII and in full width.
FORMULA_STARTS = frozenset("=+-@\t\r＝＋－＠")
# What a spreadsheet skips before it looks.
SKIPPED = " \n\N{NO-BREAK SPACE}\N{ZERO WIDTH NO-BREAK SPACE}"


class SafeWriter:
    """A csv.writer whose cells stay text."""

    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")

    def writerow(self, row: Iterable[object]) -> None:
        """Write one row; None is an empty cell."""
        self._writer.writerow([safe_cell(cell) for cell in row])


def safe_cell(cell: object) -> str:
    """Return the text of a cell, with an apostrophe before a text that a spreadsheet would calculate."""
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return str(cell)
    text = cell.replace("\0", "")
    seen = text.lstrip(SKIPPED)
    return f"'{text}" if seen and seen[0] in FORMULA_STARTS else text
