"""The strict reader of the archive itself: only what the writer writes, so that every program sees the same members.

A zip can say one thing in its directory and another beside its data, hide bytes between members, name one member twice
or unpack to a thousand times its size. None of it is read: it is refused, in words.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from rollcall.evidence.write import MANIFEST, NAMES, SALT, packing

MOST_MEMBERS = 20_000
LARGEST_MEMBER = (1 << 31) - 1
LARGEST_TOTAL = 1 << 34
LARGEST_DOCUMENT = 64 << 20
LONGEST_LINE = 4 << 20
# Evidence repeats itself, but no honest text gets this much shorter.
MOST_SHRUNK, SMALL = 250, 1 << 20

UNSIGNED = (SALT, NAMES)
KNOWN_NAMES = re.compile(
    r"README\.txt|MANIFEST\.json|INVOICE\.(?:json|xml)|REPORTS\.json|recount\.py|names\.csv|SALT\.txt"
    r"|evidence/[0-9a-f]{16}\.csv"
    r"|counts/[0-9a-f]{16}(?:-[1-9]\d{0,3})?/(?:COUNT\.json|RESOLUTION\.json|verdicts\.csv)"
    r"|rated/\d{2,4}-[a-z][a-z0-9_-]*/(?:TERMS|VERSIONS|USAGE|RATING|RATED)\.json",
    re.ASCII,
)
_REQUIRED = ("README.txt", MANIFEST, "INVOICE.json", "REPORTS.json", "recount.py")
_BLOCK = 1 << 20
# Headers as the format has them, and the first day that it knows, on which every member is dated.
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s2B5H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_FIRST_DAY = 33


class BundleRefused(ValueError):
    """The file is not a bundle, or not one that can be read safely; the message says where and why."""


class Archive:
    """An open bundle whose directory was checked; its members are read by name."""

    def __init__(self, path: Path) -> None:
        """Open a bundle. Raises BundleRefused for anything that the writer would not write, OSError for no file."""
        self._file = path.open("rb")
        try:
            self._zip = zipfile.ZipFile(self._file)
            _check_directory(self._zip, self._file, path.stat().st_size)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error) as error:
            self._file.close()
            if isinstance(error, BundleRefused):
                raise
            raise BundleRefused(f"This is not a bundle, or it is damaged: {error}.") from error
        self._entries = {entry.filename: entry for entry in self._zip.infolist()}
        self.sizes = {name: entry.file_size for name, entry in self._entries.items()}

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()
        self._file.close()

    @property
    def names(self) -> tuple[str, ...]:
        """The members in the order of the archive."""
        return tuple(self.sizes)

    def blocks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a member in blocks, never more than it said. Raises BundleRefused for damage."""
        entry, crc, size = self._entries[name], 0, 0
        try:
            for block in self._unpacked(entry):
                crc, size = zlib.crc32(block, crc), size + len(block)
                if size > entry.file_size:
                    raise BundleRefused(f"{name} unpacks to more than the {entry.file_size:,} bytes that it states.")
                yield block
        except zlib.error as error:
            raise BundleRefused(f"{name} is damaged: {error}.") from error
        if (crc, size) != (entry.CRC, entry.file_size):
            raise BundleRefused(f"{name} is damaged: what was packed is not what unpacks.")

    def _unpacked(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        left, place = entry.compress_size, entry.header_offset + _LOCAL.size + len(entry.filename)
        unpack = zlib.decompressobj(-zlib.MAX_WBITS) if entry.compress_type == zipfile.ZIP_DEFLATED else None
        while left:
            packed = _at(self._file, place, min(left, _BLOCK))
            if not packed:
                raise BundleRefused(f"{entry.filename} breaks off.")
            left, place = left - len(packed), place + len(packed)
            if unpack is None:
                yield packed
                continue
            while packed:
                yield unpack.decompress(packed, _BLOCK)
                packed = unpack.unconsumed_tail
        if unpack is not None and (not unpack.eof or unpack.unused_data):
            raise BundleRefused(f"{entry.filename} does not end where it says.")

    def lines(self, name: str) -> Iterator[bytes]:
        """Yield the lines of a member as bytes, each with its line feed. Raises BundleRefused for damage."""
        rest = b""
        for block in self.blocks(name):
            *whole, rest = (rest + block).split(b"\n")
            if len(rest) > LONGEST_LINE:
                raise BundleRefused(f"{name} has a line of more than {LONGEST_LINE:,} bytes.")
            for line in whole:
                yield line + b"\n"
        if rest:
            yield rest

    def read(self, name: str) -> bytes:
        """Return the bytes of a small member. Raises BundleRefused for damage and for one that is too large."""
        if self.sizes[name] > LARGEST_DOCUMENT:
            raise BundleRefused(f"{name} has {self.sizes[name]:,} bytes; at most {LARGEST_DOCUMENT:,} are read.")
        return b"".join(self.blocks(name))

    def sha256(self, name: str) -> str:
        """Return the SHA-256 of a member, as hex digits. Raises BundleRefused for damage."""
        digest = hashlib.sha256()
        for block in self.blocks(name):
            digest.update(block)
        return digest.hexdigest()


def _check_directory(archive: zipfile.ZipFile, file: IO[bytes], size: int) -> None:
    entries = archive.infolist()
    if len(entries) > MOST_MEMBERS:
        raise BundleRefused(f"The archive has {len(entries):,} members; a bundle has at most {MOST_MEMBERS:,}.")
    seen: set[str] = set()
    for entry in entries:
        if entry.filename in seen:
            raise BundleRefused(f"The archive has two members called {entry.filename}; only one can be meant.")
        seen.add(entry.filename)
        if not KNOWN_NAMES.fullmatch(entry.filename) or entry.orig_filename != entry.filename:
            raise BundleRefused(f"{entry.filename!r} is no member of a bundle.")
        _check_entry(entry)
    total = sum(entry.file_size for entry in entries)
    if total > LARGEST_TOTAL:
        raise BundleRefused(f"The archive unpacks to {total:,} bytes; at most {LARGEST_TOTAL:,} are read.")
    lacking = [name for name in _REQUIRED if name not in seen]
    if lacking:
        raise BundleRefused(f"The archive has no {lacking[0]}.")
    names = [entry.filename for entry in entries if entry.filename not in UNSIGNED]
    added = [entry.filename for entry in entries if entry.filename in UNSIGNED]
    if [*names, *added] != [entry.filename for entry in entries] or names != sorted(names) or added != sorted(added):
        raise BundleRefused("The members do not stand in the order of a bundle.")
    _check_places(archive, file, size)


def _check_entry(entry: zipfile.ZipInfo) -> None:
    """Refuse what unpacks to far more than it is, or to more than anybody wants to read."""
    name = entry.filename
    if entry.file_size > LARGEST_MEMBER:
        raise BundleRefused(f"{name} would unpack to {entry.file_size:,} bytes; at most {LARGEST_MEMBER:,} are read.")
    if entry.file_size > MOST_SHRUNK * max(entry.compress_size, SMALL // MOST_SHRUNK):
        raise BundleRefused(
            f"{name} would unpack from {entry.compress_size:,} to {entry.file_size:,} bytes, more than "
            f"{MOST_SHRUNK} times as much; no evidence does that."
        )


def _check_places(archive: zipfile.ZipFile, file: IO[bytes], size: int) -> None:
    """Refuse bytes that belong to no member, and every header that is not just what the writer writes for it."""
    place, directory = 0, b""
    for entry in archive.infolist():
        method = packing(entry.file_size)
        facts = (entry.CRC, entry.compress_size, entry.file_size, len(entry.filename))
        shared = (20, 0, method, 0, _FIRST_DAY, *facts, 0)
        local = _LOCAL.pack(b"PK\3\4", *shared) + entry.filename.encode()
        if entry.header_offset != place or _at(file, place, len(local)) != local:
            raise BundleRefused(f"What stands beside {entry.filename} is not what the directory says of it.")
        directory += _CENTRAL.pack(b"PK\1\2", 20, 3, *shared, 0, 0, 0, 0o644 << 16, place) + entry.filename.encode()
        place += len(local) + entry.compress_size
    entries = len(archive.infolist())
    directory += _END.pack(b"PK\5\6", 0, 0, entries, entries, len(directory), place, 0)
    if place + len(directory) != size or _at(file, place, len(directory)) != directory:
        raise BundleRefused("The directory of the archive is not as that of a bundle, or there are bytes beside it.")


def _at(file: IO[bytes], place: int, length: int) -> bytes:
    file.seek(place)
    return file.read(length)
