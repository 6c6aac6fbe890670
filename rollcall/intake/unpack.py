"""From the bytes on disk to plain bytes, counted while they are read, and what is no usage file at all."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from rollcall.intake.findings import FileRefused
from rollcall.intake.limits import Limits
from rollcall.intake.packings import NONE, packing_of, unpacked

ZIP_HEADS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")

_PIECE = 1 << 18
# Inside a file the ratio is tested over stretches so many times as long as the first one.
_STRETCH = 5

# (first bytes, code, what the person is told)
_REFUSED = (
    (b"%PDF", "type.pdf", "This is a PDF document."),
    (b"\x7fELF", "type.program", "This is a program, not an export of usage."),
    (b"\xcf\xfa\xed\xfe", "type.program", "This is a program, not an export of usage."),
    (b"\xca\xfe\xba\xbe", "type.program", "This is a program, not an export of usage."),
    (b"PAR1", "type.parquet", "This is a Parquet file; Parquet is not taken from outside."),
    (b"PARE", "type.parquet", "This is a locked Parquet file; Parquet is not taken from outside."),
    (b"ARROW1", "type.arrow", "This is an Arrow file; Arrow is not taken from outside."),
    (b"\xff\xff\xff\xff", "type.arrow", "This is an Arrow stream; Arrow is not taken from outside."),
    (b"FEA1", "type.arrow", "This is an Arrow file; Arrow is not taken from outside."),
    (b"Obj\x01", "type.avro", "This is an Avro file."),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "type.excel", "This is an old Excel workbook. Save it as XLSX."),
    (b"SQLite format 3\x00", "type.database", "This is a SQLite database."),
    (b"\x89PNG\r\n", "type.image", "This is an image."),
    (b"\xff\xd8\xff", "type.image", "This is an image."),
    (b"GIF87a", "type.image", "This is an image."),
    (b"GIF89a", "type.image", "This is an image."),
    (b"II*\x00", "type.image", "This is an image."),
    (b"MM\x00*", "type.image", "This is an image."),
    (b"7z\xbc\xaf\x27\x1c", "type.archive", "This is a 7z archive. Send a zip or the files themselves."),
    (b"Rar!\x1a\x07", "type.archive", "This is a RAR archive. Send a zip or the files themselves."),
    (b"\x1f\x9d", "type.archive", "This is compressed with the old compress. Send gzip or the file itself."),
    (b"\x04\x22\x4d\x18", "type.archive", "This is compressed with lz4. Send gzip or the file itself."),
    (b"{\\rtf", "type.document", "This is an RTF document."),
)
_INSTEAD = " Send the export as CSV, JSON or a spreadsheet."
_MARKUP = re.compile(rb"<(?:\?xml|!|/?[a-z])", re.IGNORECASE)
_TAR_AT = 257


class Growth:
    """How much the parts of one upload have grown; one for all parts, so that many small bombs are one large one.

    The ratio is that of the bytes read so far, so that a bomb is known long before its end.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._sizes: dict[int, tuple[int, int]] = {}
        self._plain_size = 0
        self._packed_size = 0
        self._stretch = (0, 0)

    def note(self, part: int, plain_size: int, packed_size: int) -> None:
        """Note that so many plain bytes of a part came from so many packed ones; a part may be read twice.

        Raises FileRefused.
        """
        plain_before, packed_before = self._sizes.get(part, (0, 0))
        if plain_size <= plain_before:
            return
        self._sizes[part] = (plain_size, packed_size)
        self._plain_size += plain_size - plain_before
        self._packed_size += packed_size - packed_before
        refuse_too_large(self._plain_size, self._limits)
        self._refuse_ratio(self._plain_size, self._packed_size)
        # A bomb behind much honest data is known by its own stretch.
        plain_stretch, packed_stretch = self._plain_size - self._stretch[0], self._packed_size - self._stretch[1]
        if plain_stretch >= self._limits.ratio_from_bytes * _STRETCH:
            self._refuse_ratio(plain_stretch, packed_stretch)
            self._stretch = (self._plain_size, self._packed_size)

    def _refuse_ratio(self, plain_size: int, packed_size: int) -> None:
        ratio = self._limits.ratio
        if plain_size >= self._limits.ratio_from_bytes and plain_size > packed_size * ratio:
            words = f"The compressed file grows to more than {ratio} times its size, as only a bomb does."
            raise FileRefused("size.ratio", words)


class PlainBytes(io.RawIOBase):
    """The plain bytes of one part, read in order from pieces; refuses a part that grows beyond its limits."""

    def __init__(self, pieces: Iterator[bytes], below: BinaryIO, growth: Growth, part: int, *, packed: bool) -> None:
        self._pieces = pieces
        self._below = below
        self._begins = below.tell()
        self._growth = growth
        self._part = part
        self._packed = packed
        self._left = memoryview(b"")
        self.count = 0

    def readable(self) -> bool:
        """Say that this stream can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer. Raises FileRefused for a broken, a nested or an endless file."""
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            if self._packed and self.count == 0 and piece:
                refuse_nested(piece)
            self.count += len(piece)
            self._growth.note(self._part, self.count, self._below.tell() - self._begins)
            self._left = memoryview(piece)
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def close(self) -> None:
        """Close the file below."""
        self._below.close()
        super().close()


def refuse_too_large(size: int, limits: Limits) -> None:
    """Refuse a file with more plain bytes than the limit. Raises FileRefused."""
    if size > limits.plain_bytes:
        raise FileRefused("size.plain", f"The file is larger than {limits.plain_bytes:,} bytes when unpacked.")


def refuse_nested(head: bytes) -> None:
    """Refuse a packed file inside a packed file. Raises FileRefused, which names both."""
    inner = packing_of(head)
    if inner != NONE:
        raise FileRefused("type.nested", f"This is a {inner} file inside a compressed file. Send it packed once.")
    if head.startswith(ZIP_HEADS):
        raise FileRefused("type.nested", "This is a zip inside a compressed file. Send it packed once.")


def compression(path: Path) -> str:
    """Return "gzip", "bzip2", "xz", "zstd" or "none", by content and never by name."""
    with open(path, "rb") as file:
        return packing_of(file.read(10))


def open_plain(path: Path, limits: Limits) -> io.BufferedReader:
    """Open a file that is no archive for reading its plain bytes."""
    return open_file(path, compression(path), Growth(limits), limits)


def open_file(path: Path, packing: str, growth: Growth, limits: Limits) -> io.BufferedReader:
    """Open a file whose compression is known for reading its plain bytes."""
    file = open(path, "rb")  # noqa: SIM115
    packed = packing != NONE
    pieces = unpacked(file, packing, limits.window_bytes) if packed else iter(partial(file.read, _PIECE), b"")
    return buffered(PlainBytes(pieces, file, growth, 0, packed=packed))


def buffered(plain: io.RawIOBase) -> io.BufferedReader:
    """Return a reader of plain bytes with a buffer of a useful size."""
    return io.BufferedReader(plain, buffer_size=_PIECE)


def refuse_other_types(head: bytes) -> None:
    """Refuse what cannot be a table of text, by its first plain bytes. Raises FileRefused, which names the type."""
    for magic, code, message in _REFUSED:
        if head.startswith(magic):
            raise FileRefused(code, message if "Send" in message or "Save" in message else message + _INSTEAD)
    if head.startswith(b"MZ") and b"\x00" in head[:64]:
        raise FileRefused("type.program", "This is a program, not an export of usage." + _INSTEAD)
    if (head.startswith(b"RIFF") and head[8:12] == b"WEBP") or (head.startswith(b"BM") and head[6:10] == b"\x00" * 4):
        raise FileRefused("type.image", "This is an image." + _INSTEAD)
    if head[_TAR_AT : _TAR_AT + 5] == b"ustar":
        raise FileRefused("type.archive", "This is a tar archive. Send a zip or the files themselves.")
    if head.startswith(ZIP_HEADS):
        raise FileRefused("type.zip", "This is a zip where a plain file is expected.")
    refuse_nested(head)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:200].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<table")) or b"<html" in start:
        raise FileRefused("type.html", "This is an HTML page, perhaps the log-in page in place of the export.")
    if _MARKUP.match(start):
        raise FileRefused("type.xml", "This is an XML or HTML document." + _INSTEAD)
