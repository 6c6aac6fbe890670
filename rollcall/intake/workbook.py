"""Spreadsheets are zip archives; their directory and their XML are looked at before a reader of spreadsheets is.

A reader of spreadsheets holds a sheet in memory as one rectangle. What it would hold is worked out here from a stream,
so that a small file with two cells far apart is refused instead of filling the memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from rollcall.intake.findings import FileRefused
from rollcall.intake.limits import Limits
from rollcall.intake.sheet_times import may_round_up
from rollcall.intake.unpack import Growth
from rollcall.intake.workbook_texts import refuse_repeated_texts
from rollcall.intake.zip_directory import Member, member_pieces, read_directory

WORKBOOK = "workbook"

_XLSX = "xl/workbook.xml"
_ODS = ("mimetype", "content.xml")
_XML = (".xml", ".rels", ".vml")
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_SHEET = re.compile(r"worksheets/[^/]+\.xml", re.IGNORECASE)
# Where a cell or a row says that it stands, as programs write it and in any way; where it begins, in any namespace.
_USUAL_PLACE = re.compile(rb' r="([A-Za-z]{0,20}[0-9]{1,20})"')
_ANY_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,20}[0-9]{1,20})["']""")
_COMPUTED = re.compile(rb"""[<:]f[\s/>]|\st\s*=\s*["']e["']""")
_TAG = re.compile(rb"<(?:[^\s<>/:]*:)?(c|row)[\s/>]")
_NUMBER = re.compile(rb"[<:]v(?:\s[^<>]{0,99})?>\s{0,40}([0-9][0-9.eE+-]{6,40})\s{0,40}<")
_COMPUTED_SIGNS = (b"<f", b":f", b'"e"', b"'e'")
_DIGITS = b"0123456789"
_LETTERS = bytes((*range(65, 91), *range(97, 123)))
_LONGEST_TAG = 1_048_576
# A tag that is cut between two pieces is seen whole in the second one.
_OVERLAP = 256


def is_workbook(members: Iterable[Member]) -> bool:
    """Return whether the files of an archive are those of an Excel or OpenDocument spreadsheet.

    Raises FileRefused for a document of an office program that is no spreadsheet, or one in the binary form of Excel.
    """
    names = {member.name for member in members}
    if names.issuperset(_ODS) or _XLSX in names:
        return True
    if "xl/workbook.bin" in names:
        raise FileRefused("type.excel", "This is an Excel workbook in its binary form (XLSB). Save it as XLSX.")
    if {"word/document.xml", "ppt/presentation.xml"} & names:
        raise FileRefused("type.document", "This is a document or a presentation, not a table. Send a spreadsheet.")
    return False


def refuse_hostile_workbook(path: Path, limits: Limits) -> frozenset[str]:
    """Read every byte of a workbook once, in small pieces, before a reader of spreadsheets does.

    Returns the names of the Excel sheets' files in which some cell holds a formula, an error or a number that a reader
    of spreadsheets may round up to another second. Raises FileRefused for a damaged archive, a bomb, declared entities,
    or a sheet with more cells or longer texts than are taken.
    """
    growth = Growth(limits)
    inspected: set[str] = set()
    total = 0
    members = read_directory(path, limits)
    with open(path, "rb") as file:
        for number, member in enumerate(members):
            sheet = _Extent(limits) if _SHEET.search(member.name) else None
            is_xml = member.name.lower().endswith(_XML)
            size = 0
            tail = b""
            for piece in member_pieces(file, member):
                size += len(piece)
                growth.note(number, size, file.tell() - member.start)
                _refuse_too_large(total + size, limits)
                if is_xml:
                    _refuse_declarations(tail + piece, member.name)
                if sheet is not None:
                    sheet.take(piece)
                    sheet.take_numbers(tail + piece)
                tail = piece[-_OVERLAP:]
            total += size
            if sheet is not None and (sheet.is_computed or sheet.may_round_up):
                inspected.add(member.name)
    refuse_repeated_texts(path, members, limits)
    return frozenset(inspected)


class _Extent:
    """The rectangle around all cells of one sheet, at least as large as any reader could make it.

    Cells may leave out where they stand; then they follow the cell before. `is_computed` says whether some cell holds
    a formula or an error, `may_round_up` whether some number may be rounded up to a second that it does not mean.
    """

    is_computed = False
    may_round_up = False

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._cut = b""
        self._columns: set[bytes] = set()
        self._last_row = 0
        self._rows_without_place = 0
        self._in_row = self._most_in_row = 0

    def take(self, piece: bytes) -> None:
        """Look at the cells in the next piece of a sheet. Raises FileRefused once the rectangle is too large."""
        xml = self._cut + piece
        start = xml.rfind(b"<")
        end = len(xml) if start < 0 or xml.find(b">", start) >= 0 else start
        xml, self._cut = xml[:end], xml[end:]
        if len(self._cut) > _LONGEST_TAG:
            raise FileRefused("workbook.damaged", "The spreadsheet is damaged: a tag has no end.")
        places = _USUAL_PLACE.findall(xml)
        cells, rows = self._note(places)
        if xml.count(b"<c") + xml.count(b":c") > cells:
            cells, rows = self._note(_ANY_PLACE.findall(xml))
            self._note_without_place(_TAG.findall(xml), cells, rows)
        if not self.is_computed:
            self.is_computed = any(map(xml.__contains__, _COMPUTED_SIGNS)) and bool(_COMPUTED.search(xml))
        self._refuse_too_many()

    def take_numbers(self, xml: bytes) -> None:
        """Look at the numbers in a piece of a sheet and at the end of the piece before, so that each is seen whole."""
        if not self.may_round_up:
            self.may_round_up = any(may_round_up(number.decode()) for number in set(_NUMBER.findall(xml)))

    def _note(self, places: list[bytes]) -> tuple[int, int]:
        """Note the places of cells and rows; return how many there are of each."""
        joined = b" ".join(places)
        columns = joined.translate(None, _DIGITS).split(b" ") if places else []
        self._columns.update(map(bytes.upper, columns))
        self._last_row = max(self._last_row, *map(int, joined.translate(None, _LETTERS).split()), 0)
        rows = columns.count(b"")
        return len(columns) - rows, rows

    def _note_without_place(self, tags: list[bytes], cells_with_place: int, rows_with_place: int) -> None:
        rows = tags.count(b"row")
        if len(tags) - rows <= cells_with_place:
            return
        self._rows_without_place += max(0, rows - rows_with_place)
        runs = b"".join(tags).replace(b"row", b"|").split(b"|")
        self._most_in_row = max(self._most_in_row, self._in_row + len(runs[0]), *map(len, runs[1:]), 0)
        self._in_row = len(runs[-1]) + (self._in_row if len(runs) == 1 else 0)

    def _refuse_too_many(self) -> None:
        width = max(*map(_place, self._columns), 0, 0) + self._most_in_row
        height = self._last_row + self._rows_without_place
        if width * height > self._limits.cells:
            words = f"its cells reach to row {height:,} and column {width:,}; {self._limits.cells:,} are taken"
            raise FileRefused("size.cells", f"The spreadsheet has too many cells: {words}.")


def _place(letters: bytes) -> int:
    """Return the number of a column: A is 1, AA is 27."""
    place = 0
    for letter in letters[:8]:
        place = place * 26 + letter - 64
    return place


def _refuse_too_large(size: int, limits: Limits) -> None:
    if size > limits.workbook_bytes:
        words = f"The spreadsheet is larger than {limits.workbook_bytes:,} bytes when unpacked. Send it as CSV."
        raise FileRefused("size.plain", words)


def _refuse_declarations(text: bytes, name: str) -> None:
    if b"<!" in text and _DECLARATION.search(text):
        raise FileRefused("workbook.entities", f"The spreadsheet declares entities in {name}, as only a bomb does.")
    if b"\x00" in text:
        raise FileRefused("workbook.damaged", f"The spreadsheet is damaged: {name} holds NUL bytes.")
