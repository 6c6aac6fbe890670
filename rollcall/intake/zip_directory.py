"""The directory of a zip archive, read without trusting it: what is in the archive, and what no honest archive holds.

Only the directory at the end names the members; every local header must agree with it, no two members may share a
byte, and nothing is ever written under a member's name.
"""

from __future__ import annotations

import re
import stat
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from rollcall.intake.findings import FileRefused
from rollcall.intake.limits import Limits
from rollcall.intake.packings import inflated

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_STORED, _DEFLATED = 0, 8
_METHODS = {9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "zstd", 95: "xz", 98: "PPMd"}
_ENCRYPTED_BITS = 0x1 | 0x40 | 0x2000
_AES_METHOD = 99
_SIZES_BEHIND_BIT = 0x8
_UTF8_BIT = 0x800
_LARGE16, _LARGE32 = 0xFFFF, 0xFFFFFFFF
_ZIP64_EXTRA = 1
_NAME_BYTES = 512
# The directory has one record for each member: its fixed fields, its name, and extra fields of a sane size.
_ENTRY_BYTES = 4_096
_PIECE = 1 << 18
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, kw_only=True)
class Member:
    """One file in an archive. `start` is where its packed bytes begin; the name is for people only."""

    name: str
    method: int
    packed_size: int
    plain_size: int
    crc: int
    header_at: int
    start: int = 0


def read_directory(path: Path, limits: Limits) -> tuple[Member, ...]:
    """Return the files of an archive by name, folders left out. Raises FileRefused, which names the member."""
    with open(path, "rb") as file:
        size = path.stat().st_size
        count, directory_at, directory_size = _end_of(file, size)
        if count > limits.members:
            raise FileRefused("zip.members", f"The zip archive holds {count:,} files; {limits.members:,} are taken.")
        if directory_size > (count + 1) * _ENTRY_BYTES:
            raise _damaged("its directory is larger than its files need")
        file.seek(directory_at)
        entries = list(_entries(file.read(directory_size), count))
        members = [_with_start(file, member, directory_at) for member in entries]
    _refuse_overlap(members)
    _refuse_twice(members)
    files = [member for member in members if not member.name.endswith("/")]
    return tuple(sorted(files, key=lambda member: member.name))


def member_pieces(file: BinaryIO, member: Member) -> Iterator[bytes]:
    """Yield a member's plain bytes; its size and checksum are tested against the directory. Raises FileRefused."""
    packed = _Slice(file, member.start, member.packed_size)
    pieces = inflated(packed) if member.method == _DEFLATED else packed.pieces()
    size = crc = 0
    for piece in pieces:
        size += len(piece)
        if size > member.plain_size:
            raise _lies(member, f"declares a size of {member.plain_size:,} bytes and holds more")
        crc = zlib.crc32(piece, crc)
        yield piece
    if size != member.plain_size:
        raise _lies(member, f"declares a size of {member.plain_size:,} bytes and holds {size:,}")
    if crc != member.crc:
        raise FileRefused("zip.checksum", f"The zip archive is damaged: the checksum of {member.name} is wrong.")


class _Slice:
    """Some bytes of a file, read in order."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file = file
        self._left = size
        file.seek(start)

    def read(self, size: int) -> bytes:
        data = self._file.read(min(size, self._left))
        self._left -= len(data)
        return data

    def pieces(self) -> Iterator[bytes]:
        while piece := self.read(_PIECE):
            yield piece


def _end_of(file: BinaryIO, size: int) -> tuple[int, int, int]:
    """Return how many members there are, where the directory begins and how large it is."""
    file.seek(max(0, size - _END.size - _LARGE16))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise FileRefused("zip.incomplete", "The zip archive is incomplete: the directory at its end is missing.")
    _, disk, first_disk, on_disk, count, directory_size, directory_at, comment = _END.unpack_from(tail, at)
    if len(tail) - at - _END.size != comment:
        raise FileRefused("zip.behind", "Something that is no zip stands behind the end of the zip archive.")
    end = size - len(tail) + at
    large = _end64(file, end)
    if large is not None:
        small = (disk, first_disk, on_disk, count, directory_size, directory_at)
        end, *told = large
        if any(value not in (there, _LARGE16, _LARGE32) for value, there in zip(small, told, strict=True)):
            raise _damaged("its end tells two sizes")
        disk, first_disk, on_disk, count, directory_size, directory_at = told
    if disk or first_disk or on_disk != count:
        raise FileRefused(
            "zip.split", "This is one piece of a zip archive that was split. Send the archive in one file."
        )
    if directory_at + directory_size != end:
        raise _damaged("its directory is not where its end says")
    return count, directory_at, directory_size


def _end64(file: BinaryIO, end: int) -> tuple[int, ...] | None:
    """Return where the end for large archives begins and what it says, in the order of the ordinary end."""
    at = end - _LOCATOR64.size
    if at < 0:
        return None
    file.seek(at)
    mark, _, end64, _ = _unpacked_from(_LOCATOR64, file)
    if mark != b"PK\x06\x07":
        return None
    if end64 > at - _END64.size:
        raise _damaged("its end for large archives is missing")
    file.seek(end64)
    mark, _, _, _, *told = _unpacked_from(_END64, file)
    if mark != b"PK\x06\x06":
        raise _damaged("its end for large archives is missing")
    return end64, *told


def _entries(directory: bytes, count: int) -> Iterator[Member]:
    at = 0
    for _ in range(count):
        if at + _ENTRY.size > len(directory):
            raise _damaged("its directory ends too early")
        mark, _, _, flags, method, _, _, crc, *rest = _ENTRY.unpack_from(directory, at)
        packed_size, plain_size, name_size, extra_size, note_size, _, _, attributes, header_at = rest
        if mark != b"PK\x01\x02":
            raise _damaged("its directory has an entry that is none")
        at += _ENTRY.size
        name = _name(directory[at : at + name_size], flags)
        extra = directory[at + name_size : at + name_size + extra_size]
        at += name_size + extra_size + note_size
        _refuse_kind(name, flags, method, attributes)
        plain_size, packed_size, header_at = _large(extra, plain_size, packed_size, header_at)
        if name.endswith("/") and plain_size:
            raise _damaged(f"the folder {name} has a size")
        yield Member(
            name=name, method=method, packed_size=packed_size, plain_size=plain_size, crc=crc, header_at=header_at
        )
    if at != len(directory):
        raise _damaged("its directory holds more than its entries")


def _name(written: bytes, flags: int) -> str:
    """Return a member's name for people. Raises FileRefused for one that is a path to elsewhere, or no text."""
    try:
        name = written.decode("utf-8" if flags & _UTF8_BIT else "cp437").replace("\\", "/")
    except UnicodeDecodeError as error:
        raise _bad_name(repr(written[:100])[2:-1], "it is no text") from error
    if not name.isprintable():
        raise _bad_name(ascii(name[:100])[1:-1], "it has control characters")
    if not name or len(written) > _NAME_BYTES:
        raise _bad_name(name[:100], f"it is empty or longer than {_NAME_BYTES} bytes")
    if name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/"):
        raise _bad_name(name[:100], "it leads out of the archive")
    return name


def _refuse_kind(name: str, flags: int, method: int, attributes: int) -> None:
    if flags & _ENCRYPTED_BITS or method == _AES_METHOD:
        raise FileRefused("zip.password", f"{name} in the zip archive is locked with a password. Send it without one.")
    kind = stat.S_IFMT(attributes >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise FileRefused("zip.kind", f"{name} in the zip archive is a link or a device, not a file.")
    if method not in (_STORED, _DEFLATED):
        how = _METHODS.get(method, f"method {method}")
        raise FileRefused("zip.method", f"{name} in the zip archive is packed with {how}; pack it in the ordinary way.")


def _large(extra: bytes, plain_size: int, packed_size: int, header_at: int) -> tuple[int, int, int]:
    """Return sizes and place; those that do not fit into 32 bits stand in the extra field, in this order."""
    values = [plain_size, packed_size, header_at]
    if _LARGE32 not in values:
        return plain_size, packed_size, header_at
    for kind, field in _fields_of(extra):
        if kind != _ZIP64_EXTRA:
            continue
        missing = [place for place, value in enumerate(values) if value == _LARGE32]
        if len(field) < 8 * len(missing):
            break
        for place, value in zip(missing, struct.unpack_from(f"<{len(missing)}Q", field), strict=True):
            values[place] = value
        return values[0], values[1], values[2]
    raise _damaged("an entry announces a large size and does not tell it")


def _fields_of(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        yield kind, extra[at + 4 : at + 4 + size]
        at += 4 + size


def _with_start(file: BinaryIO, member: Member, directory_at: int) -> Member:
    """Return the member with the place of its packed bytes, once its own header agrees with the directory."""
    if member.header_at + _LOCAL.size > directory_at:
        raise _damaged(f"{member.name} lies outside of it")
    file.seek(member.header_at)
    mark, _, flags, method, _, _, crc, packed_size, plain_size, name_size, extra_size = _unpacked_from(_LOCAL, file)
    if mark != b"PK\x03\x04" or method != member.method:
        raise _damaged(f"{member.name} is not where the directory says")
    if _name(file.read(name_size), flags) != member.name:
        raise _bad_name(member.name, "the archive gives it two names")
    if not flags & _SIZES_BEHIND_BIT and _LARGE32 not in (packed_size, plain_size):
        if (packed_size, plain_size) != (member.packed_size, member.plain_size):
            raise _lies(member, "declares two sizes")
        if crc != member.crc:
            raise FileRefused("zip.checksum", f"The zip archive is damaged: {member.name} has two checksums.")
    start = member.header_at + _LOCAL.size + name_size + extra_size
    if start + member.packed_size > directory_at:
        raise _lies(member, "is larger than the archive")
    if member.method == _STORED and member.packed_size != member.plain_size:
        raise _lies(member, "is not packed and declares two sizes")
    return replace(member, start=start)


def _refuse_overlap(members: Sequence[Member]) -> None:
    """Refuse members that share bytes: the same packed bytes read again and again are how small bombs grow large."""
    end = 0
    for member in sorted(members, key=lambda member: member.header_at):
        if member.header_at < end:
            raise FileRefused("zip.overlap", f"{member.name} overlaps another file in the zip archive, as in a bomb.")
        end = member.start + member.packed_size
    if members and min(member.header_at for member in members) != 0:
        raise _damaged("it begins with a file that its directory does not name")


def _refuse_twice(members: Sequence[Member]) -> None:
    names: set[str] = set()
    for member in members:
        if member.name in names:
            raise _bad_name(member.name, "it is there twice")
        names.add(member.name)


def _unpacked_from(fields: struct.Struct, file: BinaryIO) -> tuple[Any, ...]:
    data = file.read(fields.size)
    if len(data) < fields.size:
        raise _damaged("it ends in the middle of an entry")
    return fields.unpack(data)


def _damaged(why: str) -> FileRefused:
    return FileRefused("zip.damaged", f"The zip archive is damaged: {why}.")


def _lies(member: Member, how: str) -> FileRefused:
    return FileRefused("zip.size", f"The zip archive lies about a size: {member.name} {how}.")


def _bad_name(name: str, why: str) -> FileRefused:
    return FileRefused("zip.name", f"A file in the zip archive has a name that is not taken, '{name}': {why}.")
