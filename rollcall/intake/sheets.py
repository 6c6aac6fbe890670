"""Sheets of spreadsheets, read through python-calamine: rows of text with the sheet's own row numbers.

Only child processes come here, and only after `workbook.refuse_hostile_workbook` and `sheet_xml` have seen every byte.
Nothing is calculated and nothing is guessed: a formula without a stored value refuses the file, a date of the
spreadsheet has no zone, a number is written out whole, and which of several sheets is meant is a person's word. A time
is cut and never rounded, as `sheet_times` says.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import ModuleType
from typing import Any, TextIO

from rollcall.formats.generic_csv import Head, find_table
from rollcall.formats.mapping import ColumnMapping
from rollcall.intake.findings import FileRefused, Question
from rollcall.intake.limits import Limits
from rollcall.intake.parts import Part
from rollcall.intake.records import Fault, Record
from rollcall.intake.sheet_xml import FORMULA, Cells, SheetXml, sheets_in
from rollcall.intake.text import open_text

calamine: ModuleType | None
try:
    import python_calamine as _calamine
except ImportError:
    calamine = None
else:
    calamine = _calamine

# A sheet's first rows are looked at as a text; so many of them at most.
_HEAD_ROWS = 2_500
# Titles and notes above a table are looked for in so many.
_ROWS_ABOVE = 200
# Above this a number in a spreadsheet no longer tells one id from the next.
_EXACT = 2.0**53
# The reader of spreadsheets knows no smaller part of a second.
_SMALLEST = timedelta(milliseconds=1)
_CAN_BE_SKIPPED = ("", None)


class Sheet:
    """One sheet. It stands where the open text of other files stands: what reads a table reads it by `records`."""

    def __init__(self, book: Any, xml: SheetXml) -> None:
        self._book = book
        self._xml = xml
        self._grid: Any = None
        self._cells = Cells({}, {})
        self._timed: frozenset[int] = frozenset()
        self.name = xml.name

    def head(self, filename: str, limits: Limits) -> Head:
        """Return the first rows as a CSV text in which line N is row N, for those who say what a table is."""
        kept: list[list[str]] = []
        size = 0
        is_whole = True
        for _, row in self._rows():
            size += sum(map(len, row)) + len(row) * 3
            if len(kept) == _HEAD_ROWS or size > limits.head_bytes:
                is_whole = False
                break
            kept.append([" ".join(cell.split("\n")).replace("\r", " ") for cell in row])
        return Head(text=_as_csv(kept), is_whole=is_whole, filename=filename, encoding="utf-8")

    def records(self, *, skip: int, width: int, places: Collection[int] | None = None) -> Iterator[Record]:
        """Yield the rows below row `skip`; rows without any value are none.

        A row with an error at one of `places` (None: anywhere) has a fault. Raises FileRefused for a formula there that
        was stored without a value.
        """
        start = self._left()
        unknown = self._cells.unknown
        for number, row in self._rows():
            if number <= skip or not (any(row) or number in unknown):
                continue
            fault = None
            if len(row) > width and any(row[width:]):
                words = f"The row has values in more columns than the header, which has {width}."
                fault = Fault("row.columns", words, None, ",".join(row[:50]))
            if number in unknown:
                fault = _unknown_in(unknown[number], number, start, width, places) or fault
            yield Record(number, row[:width] + [""] * (width - len(row)), fault)

    def has_values(self, *, keep: bool) -> bool:
        """Return whether any cell holds a value; without `keep` the sheet's memory is let go again."""
        found = self._loaded().start is not None
        if not keep:
            self.release()
        return found

    def release(self) -> None:
        """Let go of the sheet's memory; it is loaded again when it is needed."""
        self._grid = None
        self._cells = Cells({}, {})

    def _left(self) -> int:
        """Return how many empty columns lie left of the first value; they are no columns of the table."""
        start = self._loaded().start
        return start[1] if start else 0

    def _loaded(self) -> Any:
        if self._grid is None:
            with _named_damage():
                self._grid = self._book.get_sheet_by_name(self.name)
                self._cells = self._xml.cells()
                self._timed = _timed_columns(self._values())
        return self._grid

    def _values(self) -> Iterator[list[Any]]:
        """Yield the values of each row, its times cut to the second where the reader has rounded them up to it."""
        rounded_up, left = self._cells.rounded_up, self._left()
        for number, values in enumerate(self._grid.iter_rows(), start=1):
            above = rounded_up.get(number, ())
            if above:
                values = [_cut(value) if place + left in above else value for place, value in enumerate(values)]
            yield values

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (row number, cells as text)."""
        self._loaded()
        with _named_damage():
            for number, values in enumerate(self._values(), start=1):
                yield (
                    number,
                    [
                        value if type(value) is str else _text(value, place in self._timed)
                        for place, value in enumerate(values)
                    ],
                )


def sheets_with_tables(part: Part, limits: Limits) -> list[Sheet]:
    """Return the sheets of a workbook that hold a table, or the first one with any value. Raises FileRefused."""
    if calamine is None:
        raise FileRefused("type.excel", "Excel and OpenDocument workbooks are not read here. Save the sheet as CSV.")
    described = sheets_in(part.path, part.inspected, limits)
    with _named_damage():
        book = calamine.load_workbook(str(part.path))
        names = set(book.sheet_names)
    sheets = [Sheet(book, xml) for xml in described if xml.name in names]
    filled = [sheet for sheet in sheets if sheet.has_values(keep=len(sheets) == 1)]
    if not filled:
        raise FileRefused("file.empty", "The workbook is empty. It is never taken for a month without users.")
    if len(filled) == 1:
        return filled
    return [sheet for sheet in filled if _has_table(sheet, limits)] or filled[:1]


def chosen(sheets: Sequence[Sheet], name: str | None) -> tuple[Sheet, Question | None]:
    """Return the sheet of that name, or the first with the question which one is meant. Raises FileRefused."""
    if name is None:
        return sheets[0], _which(sheets) if len(sheets) > 1 else None
    for sheet in sheets:
        if sheet.name == name:
            return sheet, None
    there = ", ".join(sheet.name for sheet in sheets)
    raise FileRefused("mapping.sheet", f"The workbook has no sheet '{name}' with a table; there are: {there}.")


def of_sheet(mapping: ColumnMapping, sheet: Sheet) -> ColumnMapping:
    """Return a mapping as the first rows of a sheet are written for it."""
    return replace(mapping, delimiter=",", encoding="utf-8", sheet=sheet.name)


@contextmanager
def opened(part: Part, sheet: Sheet | None, encoding: str, limits: Limits) -> Iterator[TextIO | Sheet]:
    """Open what a table is read from: the text of a part, or the sheet in its place."""
    if sheet is not None:
        yield sheet
        return
    with part.open(limits) as plain, open_text(plain, encoding) as text:
        yield text


def _which(sheets: Sequence[Sheet]) -> Question:
    names = tuple(sheet.name for sheet in sheets)
    words = f"Which sheet holds the usage? There are tables on {', '.join(names)}."
    return Question(code="sheet.unknown", message=words, choices=names)


def _has_table(sheet: Sheet, limits: Limits) -> bool:
    head = sheet.head(sheet.name, limits)
    sheet.release()
    return find_table(head) is not None


def _unknown_in(
    unknown: dict[int, str], number: int, start: int, width: int, places: Collection[int] | None
) -> Fault | None:
    """Return the fault of a row with an error in a cell that is needed, or None.

    Raises FileRefused for a formula without a value there: no spreadsheet program has saved this file, so other cells
    are in doubt as well, and opening and saving it once mends them all.
    """
    for column, why in sorted(unknown.items()):
        place = column - start
        if place not in (range(width) if places is None else places):
            continue
        if why == FORMULA:
            words = "open the workbook in a spreadsheet program, save it there, and send it again"
            raise FileRefused(
                "formula.no_value",
                f"Row {number} holds a formula without a value. Nothing is calculated here: {words}.",
            )
        return Fault("cell.error", "The cell holds an error of the spreadsheet, such as #N/A or #REF!.", place)
    return None


def _as_csv(rows: list[list[str]]) -> str:
    """Return rows as lines. Above the fullest row one with few values is a title: it loses its empty cells."""
    filled = [sum(map(bool, row)) for row in rows[:_ROWS_ABOVE]]
    most = max(filled, default=0)
    fullest = filled.index(most) if filled else 0
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for number, row in enumerate(rows):
        if not any(row):
            text.write("\n")
            continue
        if number < fullest and filled[number] * 2 <= most:
            row = row[: max(place for place, cell in enumerate(row, start=1) if cell)]
        writer.writerow(row)
    return text.getvalue()


def _cut(value: Any) -> Any:
    """Return the end of the second before, where a time was rounded up to this one; any other value unchanged."""
    return value - _SMALLEST if type(value) is datetime and not value.microsecond else value


def _timed_columns(rows: Iterable[list[Any]]) -> frozenset[int]:
    """Return the columns in which some date has a time of day: a bare date there is its midnight."""
    timed: set[int] = set()
    for values in rows:
        for place, value in enumerate(values):
            if type(value) is datetime and place not in timed and (value.hour or value.minute or value.second):
                timed.add(place)
    return frozenset(timed)


def _text(value: Any, is_timed: bool) -> str:
    """Return a cell as text: numbers whole, dates without a zone as they have none."""
    if value in _CAN_BE_SKIPPED:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if abs(value) >= _EXACT:
            # As Excel shows it: an id that was kept as such a number is damaged, and is named so.
            return f"{value:.14E}"
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        is_midnight = not (value.hour or value.minute or value.second or value.microsecond)
        return value.date().isoformat() if is_midnight and not is_timed else value.isoformat()
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00" if is_timed else value.isoformat()
    return str(value)


@contextmanager
def _named_damage() -> Iterator[None]:
    """Turn what the reader of spreadsheets raises into a refusal. It is compiled and panics with a class of its own."""
    assert calamine is not None
    try:
        yield
    except calamine.PasswordError as error:
        raise FileRefused("workbook.locked", "The workbook is locked with a password. Save it without one.") from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise FileRefused("workbook.damaged", f"The workbook is damaged and cannot be read: {error}.") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise FileRefused("workbook.damaged", "The workbook is damaged and cannot be read.") from error
