"""Spreadsheets are zip archives; their directory and their XML are looked at before a reader of spreadsheets is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from rollcall.intake.findings import FileRefused
from rollcall.intake.limits import Limits
from rollcall.intake.unpack import Growth
from rollcall.intake.zip_directory import Member, member_pieces, read_directory

WORKBOOK = "workbook"

_XLSX = ("xl/workbook.xml",)
_ODS = ("mimetype", "content.xml")
_XML = re.compile(r"\.(xml|rels|vml)$", re.IGNORECASE)
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_OVERLAP = 16


def is_workbook(members: Iterable[Member]) -> bool:
    """Return whether the files of an archive are those of an Excel or OpenDocument spreadsheet."""
    names = {member.name for member in members}
    return names.issuperset(_XLSX) or names.issuperset(_ODS)


def refuse_hostile_workbook(path: Path, limits: Limits) -> None:
    """Read every XML of a workbook once, in small pieces. Raises FileRefused for a bomb or declared entities."""
    growth = Growth(path.stat().st_size, limits)
    with open(path, "rb") as file:
        for number, member in enumerate(read_directory(path, limits)):
            tail = b""
            size = 0
            for piece in member_pieces(file, member):
                size += len(piece)
                growth.note(number, size)
                if _XML.search(member.name):
                    _refuse_declarations(tail + piece, member.name)
                    tail = piece[-_OVERLAP:]


def _refuse_declarations(text: bytes, name: str) -> None:
    if _DECLARATION.search(text):
        raise FileRefused("workbook.entities", f"The spreadsheet declares entities in {name}, as only a bomb does.")
    if b"\x00" in text:
        raise FileRefused("workbook.damaged", f"The spreadsheet is damaged: {name} holds NUL bytes.")
