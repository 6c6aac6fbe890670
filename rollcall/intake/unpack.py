"""From the bytes on disk to plain bytes, within limits: compression, checksums, and what is no usage file at all."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from pathlib import Path

from rollcall.intake.findings import FileRefused
from rollcall.intake.limits import Limits

_GZIP = b"\x1f\x8b"

# (first bytes, code, what the person is told)
_REFUSED = (
    (b"%PDF", "type.pdf", "This is a PDF document. Send the export as CSV."),
    (b"\x7fELF", "type.program", "This is a program, not an export of usage."),
    (b"MZ\x90\x00", "type.program", "This is a program, not an export of usage."),
    (b"PAR1", "type.parquet", "This is a Parquet file; Parquet is not taken from outside. Send the export as CSV."),
    (b"ARROW1", "type.arrow", "This is an Arrow file; Arrow is not taken from outside. Send the export as CSV."),
    (
        b"\xfd7zXZ\x00",
        "type.xz",
        "This file is compressed with xz, which is not taken yet. Send it as gzip or plain CSV.",
    ),
    (b"BZh", "type.bz2", "This file is compressed with bzip2, which is not taken yet. Send it as gzip or plain CSV."),
    (
        b"\x28\xb5\x2f\xfd",
        "type.zstd",
        "This file is compressed with zstd, which is not taken yet. Send gzip or plain CSV.",
    ),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "type.excel", "This is an old Excel workbook. Save the sheet as CSV."),
    (b"SQLite format 3\x00", "type.database", "This is a database file. Send the export as CSV."),
)
_EXCEL_MEMBERS = (b"[Content_Types].xml", b"xl/", b"_rels/.rels", b"mimetypeapplication/vnd.oasis")


class PlainBytes(io.RawIOBase):
    """The plain bytes of a file, read in order; refuses a file that grows beyond its limits while it is read."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        self._packed_size = os.path.getsize(path)
        self.packed = compression(path) == "gzip"
        self._source: io.BufferedIOBase = gzip.open(path, "rb") if self.packed else open(path, "rb")  # noqa: SIM115
        self.count = 0

    def readable(self) -> bool:
        """Say that this stream can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer. Raises FileRefused for a broken or an endless file."""
        try:
            size = self._source.readinto(buffer)
        except EOFError as error:
            raise FileRefused("gzip.incomplete", "The gzip file is incomplete: it ends in the middle.") from error
        except (gzip.BadGzipFile, zlib.error) as error:
            if "Not a gzipped file" in str(error):
                raise FileRefused("gzip.behind", "Something that is not gzip stands behind the gzip data.") from error
            raise FileRefused("gzip.checksum", f"The gzip file is damaged, its checksum fails: {error}.") from error
        self.count += size
        self._check_growth()
        return int(size)

    def close(self) -> None:
        """Close the file below."""
        self._source.close()
        super().close()

    def _check_growth(self) -> None:
        refuse_too_large(self.count, self._limits)
        if not self.packed or self.count < self._limits.ratio_from_bytes:
            return
        if self.count > self._packed_size * self._limits.ratio:
            raise FileRefused(
                "size.ratio",
                f"The compressed file grows to more than {self._limits.ratio} times its size, as only a bomb does.",
            )


def refuse_too_large(size: int, limits: Limits) -> None:
    """Refuse a file with more plain bytes than the limit. Raises FileRefused."""
    if size > limits.plain_bytes:
        raise FileRefused("size.plain", f"The file is larger than {limits.plain_bytes:,} bytes when unpacked.")


def compression(path: Path) -> str:
    """Return "gzip" or "none", by content and never by name."""
    with open(path, "rb") as file:
        return "gzip" if file.read(2) == _GZIP else "none"


def open_plain(path: Path, limits: Limits) -> io.BufferedReader:
    """Open a file for reading its plain bytes."""
    return io.BufferedReader(PlainBytes(path, limits), buffer_size=1 << 18)


def refuse_other_types(head: bytes) -> None:
    """Refuse what cannot be a table of text, by its first plain bytes. Raises FileRefused, which names the type."""
    for magic, code, message in _REFUSED:
        if head.startswith(magic):
            raise FileRefused(code, message)
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        _refuse_zip(head)
    if head.startswith(_GZIP):
        raise FileRefused("type.nested", "This is a gzip file inside a gzip file. Send it packed once.")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:200].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<table")) or b"<html" in start:
        raise FileRefused("type.html", "This is an HTML page, perhaps the log-in page in place of the export.")
    if start.startswith(b"<"):
        raise FileRefused("type.xml", "This is an XML or HTML document. Send the export as CSV.")
    if start.startswith((b"{", b"[")):
        raise FileRefused("type.json", "This is JSON, which is not taken yet. Send the export as CSV.")


def _refuse_zip(head: bytes) -> None:
    if head.startswith(b"PK\x05\x06"):
        raise FileRefused("type.zip", "This is an empty zip archive.")
    if any(member in head[:4096] for member in _EXCEL_MEMBERS):
        raise FileRefused(
            "type.excel", "This is an Excel or OpenDocument workbook, not taken yet. Save the sheet as CSV."
        )
    raise FileRefused("type.zip", "This is a zip archive, which is not taken yet. Send each file as gzip or plain CSV.")
