"""What a reader of spreadsheets does not tell: formulas that were stored without a value, cells that hold an error, and
times that it rounds up to another second.

Reads the XML of XLSX and ODS with the standard library's streaming parser, which is told to refuse declarations.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from xml.parsers import expat

from rollcall.intake.findings import FileRefused
from rollcall.intake.limits import Limits
from rollcall.intake.sheet_times import may_round_up
from rollcall.intake.zip_directory import Member, member_pieces, read_directory

# {row, 1 is the first: {column, 0 is the first: why}} of cells whose value is not known.
Unknown = dict[int, dict[int, str]]
FORMULA = "formula"
ERROR = "error"

_BOOK = "xl/workbook.xml"
_BOOK_RELATIONS = "xl/_rels/workbook.xml.rels"
_CONTENT = "content.xml"
_REFERENCE = re.compile(r"([A-Za-z]+)([0-9]+)")

# More sheets than anybody fills by hand; each is opened to see whether it holds a table.
_SHEETS = 255

Start = Callable[[str, dict[str, str]], object]
End = Callable[[str], object]
Text = Callable[[str], object]


class Cells(NamedTuple):
    """What is to be known of the cells of a sheet beside their values.

    `unknown` are those without a known value. `rounded_up` are {row, 1 is the first: columns, 0 is the first} of those
    numbers that, where they are times, a reader may have rounded up to a second that they do not mean.
    """

    unknown: Unknown
    rounded_up: dict[int, set[int]]


@dataclass(frozen=True, kw_only=True)
class SheetXml:
    """One sheet of a workbook by its name. `cells()` returns what is to be known of its cells."""

    name: str
    cells: Callable[[], Cells]


def sheets_in(path: Path, inspected: Collection[str], limits: Limits) -> list[SheetXml]:
    """Return the sheets of a workbook in its order; of an Excel workbook only the files `inspected` need a look.

    Raises FileRefused for damage, or too many cells in ODS.
    """
    members = {member.name: member for member in read_directory(path, limits)}
    if _BOOK in members:
        return _sheets_of_xlsx(path, members, inspected)
    sheets = _OpenDocument(limits)
    parse(path, members[_CONTENT], sheets.start, sheets.end)
    return [SheetXml(name=name, cells=partial(Cells, found, {})) for name, found in sheets.found]


def parse(path: Path, member: Member, start: Start, end: End, text: Text | None = None) -> None:
    """Parse one XML of a workbook, element names without their namespace. Raises FileRefused."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: start(_local(name), attributes)
    parser.EndElementHandler = lambda name: end(_local(name))
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse_declaration
    parser.EntityDeclHandler = _refuse_declaration
    try:
        for piece in _pieces(path, member):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise FileRefused("workbook.damaged", f"The spreadsheet is damaged: {member.name} is not XML.") from error


def _sheets_of_xlsx(path: Path, members: dict[str, Member], inspected: Collection[str]) -> list[SheetXml]:
    if _BOOK_RELATIONS not in members:
        raise FileRefused("workbook.damaged", f"The spreadsheet is damaged: {_BOOK_RELATIONS} is missing.")
    targets: dict[str, str] = {}
    named: list[tuple[str, str]] = []

    def relation(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    def sheet(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            key = next((value for label, value in attributes.items() if label.endswith(":id")), "")
            named.append((attributes.get("name", ""), key))

    parse(path, members[_BOOK_RELATIONS], relation, _pass_over)
    parse(path, members[_BOOK], sheet, _pass_over)
    if len(named) > _SHEETS or len({key for _, key in named}) < len(named):
        raise FileRefused("workbook.sheets", f"The workbook has more than {_SHEETS} sheets, or one of them twice.")
    inside = [(name, _inside(targets.get(key, ""))) for name, key in named]
    return [
        SheetXml(
            name=name,
            cells=partial(_cells_of_xlsx, path, members[file]) if file in inspected else partial(Cells, {}, {}),
        )
        for name, file in inside
        if file in members
    ]


def _inside(target: str) -> str:
    """Return the name of the file in the archive that a relation of the workbook means."""
    return target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)


def _cells_of_xlsx(path: Path, member: Member) -> Cells:
    sheet = _Xlsx()
    parse(path, member, sheet.start, sheet.end, sheet.text)
    return Cells(sheet.unknown, sheet.rounded_up)


class _Xlsx:
    """The cells of one sheet of an Excel workbook; a cell without its place stands right of the one before."""

    def __init__(self) -> None:
        self.unknown: Unknown = {}
        self.rounded_up: dict[int, set[int]] = {}
        self._row = self._column = 0
        self._type = self._number = ""
        self._has_formula = self._has_value = self._in_value = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take an element."""
        if name == "row":
            self._row = int(attributes["r"]) if attributes.get("r", "").isdecimal() else self._row + 1
            self._column = -1
        elif name == "c":
            self._column += 1
            place = _REFERENCE.fullmatch(attributes.get("r", ""))
            if place:
                self._column, self._row = column_place(place[1]) - 1, int(place[2])
            self._type = attributes.get("t", "")
            self._has_formula = self._has_value = False
            self._number = ""
        elif name == "f":
            self._has_formula = True
        elif name == "v":
            # Only a text may be empty.
            self._in_value = True
            self._has_value = self._type == "str"

    def text(self, text: str) -> None:
        """Take the text of a value."""
        self._has_value |= self._in_value and bool(text.strip())
        if self._in_value and self._type in ("", "n"):
            self._number += text

    def end(self, name: str) -> None:
        """Take the end of an element."""
        if name == "v":
            self._in_value = False
        if name == "c" and self._number and may_round_up(self._number.strip()):
            self.rounded_up.setdefault(self._row, set()).add(self._column)
        if name == "c" and (self._type == "e" or (self._has_formula and not self._has_value)):
            self.unknown.setdefault(self._row, {})[self._column] = ERROR if self._type == "e" else FORMULA


class _OpenDocument:
    """The cells of all sheets of an OpenDocument spreadsheet, where rows and cells say how often they are repeated."""

    def __init__(self, limits: Limits) -> None:
        self.found: list[tuple[str, Unknown]] = []
        self._limits = limits
        self._tables = 0
        self._row = self._rows = self._column = self._width = 0
        self._unknown: dict[int, str] = {}
        self._is_filled = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take an element. Raises FileRefused once a sheet is too large."""
        if name == "table":
            self._tables += 1
            if self._tables == 1:
                self.found.append((attributes.get("table:name", ""), {}))
                self._row = self._width = 0
        elif name == "table-row":
            self._rows = _repeated(attributes.get("table:number-rows-repeated"))
            self._column, self._is_filled = 0, False
            self._unknown = {}
        elif name in ("table-cell", "covered-table-cell"):
            self._cell(attributes, _repeated(attributes.get("table:number-columns-repeated")))

    def end(self, name: str) -> None:
        """Take the end of an element. Raises FileRefused once a sheet is too large."""
        if name == "table":
            self._tables -= 1
        elif name == "table-row":
            last = self._row + self._rows
            if self._is_filled and last * self._width > self._limits.cells:
                words = f"its cells reach to row {last:,} and column {self._width:,}; {self._limits.cells:,} are taken"
                raise FileRefused("size.cells", f"The spreadsheet has too many cells: {words}.")
            if self._unknown and self.found:
                self.found[-1][1].update((row, self._unknown) for row in range(self._row + 1, last + 1))
            self._row = last

    def _cell(self, attributes: dict[str, str], times: int) -> None:
        kind = attributes.get("office:value-type", "")
        has_formula = "table:formula" in attributes
        self._column += times
        if not kind and not has_formula:
            return
        self._is_filled = True
        self._width = max(self._width, self._column)
        if self._width > self._limits.cells:
            raise FileRefused("size.cells", f"The spreadsheet has too many cells: {self._width:,} in one row.")
        if (has_formula and not kind) or attributes.get("calcext:value-type") == "error":
            why = FORMULA if has_formula and not kind else ERROR
            self._unknown.update(dict.fromkeys(range(self._column - times, self._column), why))


def column_place(letters: str) -> int:
    """Return the number of a column: A is 1, AA is 27."""
    place = 0
    for letter in letters.upper():
        place = place * 26 + ord(letter) - 64
    return place


def _repeated(written: str | None) -> int:
    return int(written) if written and written.isdecimal() and len(written) < 12 else 1


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _pieces(path: Path, member: Member) -> Iterator[bytes]:
    with open(path, "rb") as file:
        yield from member_pieces(file, member)


def _pass_over(name: str) -> None:
    """Take no notice of the end of an element."""


def _refuse_declaration(*declared: object) -> None:
    raise FileRefused("workbook.entities", "The spreadsheet declares entities, as only a bomb does.")
