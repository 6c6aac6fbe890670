"""A table of plain text, for a terminal or a golden file."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A heading; cells stand left or right, and break into lines where they are wider than `widest`."""

    heading: str
    right: bool = False
    widest: int = 1000


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> str:
    """Return the rows under their headings, columns parted by two blanks, no blanks at the ends of lines."""
    broken = [[_broken(cell, column) for cell, column in zip(row, columns, strict=True)] for row in rows]
    widths = [
        max([len(column.heading), *(len(line) for row in broken for line in row[number])])
        for number, column in enumerate(columns)
    ]
    lines = [_line([column.heading for column in columns], columns, widths), "  ".join("-" * width for width in widths)]
    for row in broken:
        for number in range(max(len(cell) for cell in row)):
            lines.append(_line([cell[number] if number < len(cell) else "" for cell in row], columns, widths))
    return "\n".join(lines)


def _broken(cell: str, column: Column) -> list[str]:
    return textwrap.wrap(cell, column.widest, break_long_words=False) or [""]


def _line(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    return "  ".join(
        cell.rjust(width) if column.right else cell.ljust(width)
        for cell, column, width in zip(cells, columns, widths, strict=True)
    ).rstrip()
