"""How long the texts of a workbook's cells are when each is written out: many cells may share one long text.

A reader of spreadsheets copies a shared text for every cell that names it, so that a megabyte can become gigabytes.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from rollcall.intake.findings import FileRefused
from rollcall.intake.limits import Limits
from rollcall.intake.zip_directory import Member, member_pieces

_SHARED = "sharedstrings.xml"
_SHEETS = "worksheets/"
_TEXT_ENDS = re.compile(rb"</(?:[^\s<>/:]*:)?si\s*>")
_CELL = re.compile(rb"<(?:[^\s<>/:]*:)?c\s([^<>]*)>\s{0,99}<(?:[^\s<>/:]*:)?v\b[^<>]{0,99}>\s{0,99}([0-9]{1,9})")
_NAMES_A_TEXT = re.compile(rb"""\bt\s{0,9}=\s{0,9}["']s["']""")
# No cell that names a text is shorter than this one.
_SHORTEST_CELL = len(b'<c t="s"><v>0</v></c>')
# A cell that is cut between two pieces is seen whole when its beginning is kept for the next one.
_KEPT = 4_096
_LONGEST_END = 64


def refuse_repeated_texts(path: Path, members: Sequence[Member], limits: Limits) -> None:
    """Refuse a workbook whose cells are too long together when each of them has its own text. Raises FileRefused."""
    shared = [member for member in members if member.name.lower().endswith(_SHARED)]
    sheets = [member for member in members if _SHEETS in member.name.lower()]
    if not shared:
        return
    with open(path, "rb") as file:
        lengths = array("L", (length for member in shared for length in _lengths(file, member)))
        most_cells = sum(member.plain_size for member in sheets) // _SHORTEST_CELL
        if most_cells * max(lengths, default=0) <= limits.workbook_text_bytes:
            return
        total = 0
        for sheet in sheets:
            for place in _named(file, sheet):
                total += lengths[place] if place < len(lengths) else 0
                if total > limits.workbook_text_bytes:
                    words = f"The texts of its cells are longer than {limits.workbook_text_bytes:,} bytes together."
                    raise FileRefused("size.texts", f"The spreadsheet is too large. {words} Send it as CSV.")


def _lengths(file: BinaryIO, member: Member) -> Iterator[int]:
    """Yield how long each shared text is at most, in their order."""
    begun = 0
    kept = b""
    for piece in member_pieces(file, member):
        xml = kept + piece
        ended = 0
        for end in _TEXT_ENDS.finditer(xml):
            yield begun + end.end() - ended
            begun, ended = 0, end.end()
        # What may be the beginning of an end is looked at again.
        cut = max(ended, len(xml) - _LONGEST_END)
        begun += cut - ended
        kept = xml[cut:]


def _named(file: BinaryIO, member: Member) -> Iterator[int]:
    """Yield for each cell that names a shared text which one it is."""
    kept = b""
    for piece in chain(member_pieces(file, member), (b"<",)):
        xml = kept + piece
        # Before the last tag every number is whole.
        whole = xml.rfind(b"<")
        done = 0
        for cell in _CELL.finditer(xml, 0, max(whole, 0)):
            done = cell.end()
            if _NAMES_A_TEXT.search(cell[1]):
                yield int(cell[2])
        kept = xml[max(done, whole - _KEPT, len(xml) - 2 * _KEPT, 0) :]
