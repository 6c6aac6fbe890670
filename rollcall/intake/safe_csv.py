"""Writes CSV that is safe to open in a spreadsheet: everything quoted, no cell that begins a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import TextIO

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


class SafeWriter:
    """A csv.writer whose cells stay text."""

    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")

    def writerow(self, row: Iterable[object]) -> None:
        """Write one row; None is an empty cell."""
        self._writer.writerow([safe_cell(cell) for cell in row])


def safe_cell(cell: object) -> object:
    """Return the cell, with an apostrophe before a text that a spreadsheet would calculate."""
    if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA_STARTS):
        return f"'{cell}"
    return cell
