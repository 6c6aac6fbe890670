"""The parts of one upload: a plain or compressed file is one part, a zip archive has one part for each file in it."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path

from rollcall.intake.findings import FileRefused
from rollcall.intake.limits import Limits
from rollcall.intake.packings import NONE, packing_of, unpacked
from rollcall.intake.unpack import ZIP_HEADS, Growth, PlainBytes, buffered, open_file, refuse_too_large
from rollcall.intake.workbook import WORKBOOK, is_workbook, refuse_hostile_workbook
from rollcall.intake.zip_directory import Member, member_pieces, read_directory

ZIP = "zip"
_HEAD_BYTES = 10

# What operating systems add to archives and folders; nobody means to send it.
_JUNK_FOLDERS = ("__MACOSX",)
_JUNK_FILES = (".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True, kw_only=True)
class Part:
    """One file to be read, out of an upload.

    `filename` is shown to people (`archive.zip/inner/name.csv`) and never used as a path. `packing` is how the part
    itself is packed: none, gzip, bzip2, xz, zstd, or `workbook`, whose plain bytes a spreadsheet reader takes from
    `path`. `member` is the part's entry in a zip archive. All parts of an upload share one `growth`. `inspected` are
    the files of an Excel workbook with cells of which a reader of spreadsheets does not tell all.
    """

    path: Path
    filename: str
    packing: str
    growth: Growth = field(compare=False, repr=False)
    member: Member | None = None
    number: int = 0
    inspected: frozenset[str] = frozenset()

    @property
    def is_packed(self) -> bool:
        """Whether checksums and sizes are known to be right only when the part has been read to its end."""
        return self.member is not None or self.packing != NONE

    def open(self, limits: Limits) -> io.BufferedReader:
        """Open the part's plain bytes; reading raises FileRefused for damage, nesting and growth.

        A workbook opens as the bytes of its file.
        """
        if self.member is None:
            packing = NONE if self.packing == WORKBOOK else self.packing
            return open_file(self.path, packing, self.growth, limits)
        file = open(self.path, "rb")  # noqa: SIM115
        file.seek(self.member.start)
        pieces = member_pieces(file, self.member)
        if self.packing != NONE:
            inner = buffered(PlainBytes(pieces, file, Growth(limits), 0, packed=False))
            pieces = unpacked(inner, self.packing, limits.window_bytes)
        packed = self.packing != NONE
        return buffered(PlainBytes(pieces, file, self.growth, self.number, packed=packed))


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What an upload holds: its parts in the order of their names, and the names of what was left out.

    `packing` is that of the upload: none, gzip, bzip2, xz, zstd, workbook or zip.
    """

    packing: str
    parts: tuple[Part, ...]
    skipped: tuple[str, ...] = ()


def parts_of(path: Path, *, filename: str, limits: Limits) -> Parts:
    """Return the parts of a file, told by its content and never by its name. Raises FileRefused."""
    growth = Growth(limits)
    with open(path, "rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head.startswith(ZIP_HEADS):
        packing = packing_of(head)
        return Parts(packing=packing, parts=(Part(path=path, filename=filename, packing=packing, growth=growth),))
    members = read_directory(path, limits)
    if is_workbook(members):
        inspected = refuse_hostile_workbook(path, limits)
        part = Part(path=path, filename=filename, packing=WORKBOOK, growth=growth, inspected=inspected)
        return Parts(packing=WORKBOOK, parts=(part,))
    wanted = [member for member in members if not _is_junk(member.name)]
    if not wanted:
        raise FileRefused("zip.empty", "The zip archive is empty: there is no file in it.")
    # What the archive declares is tested again while it is read; what is too large by its own word is not begun.
    refuse_too_large(sum(member.plain_size for member in wanted), limits)
    parts = tuple(
        Part(
            path=path,
            filename=f"{filename}/{member.name}",
            packing=_packing_inside(path, member),
            growth=growth,
            member=member,
            number=number,
        )
        for number, member in enumerate(wanted)
    )
    return Parts(packing=ZIP, parts=parts, skipped=tuple(m.name for m in members if _is_junk(m.name)))


def _is_junk(name: str) -> bool:
    *folders, last = name.split("/")
    return any(folder in _JUNK_FOLDERS for folder in folders) or last in _JUNK_FILES or last.startswith("._")


def _packing_inside(path: Path, member: Member) -> str:
    """Return the compression of a member, by its first bytes. Raises FileRefused for an archive in the archive."""
    with open(path, "rb") as file:
        head = b""
        for piece in member_pieces(file, member):
            head += piece
            if len(head) >= _HEAD_BYTES:
                break
    if head.startswith(ZIP_HEADS):
        words = f"{member.name} is a zip inside the zip archive, or a spreadsheet. Send each file by itself."
        raise FileRefused("zip.nested", words)
    return packing_of(head)
