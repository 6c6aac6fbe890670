"""Compressions: told by their first bytes, undone in small pieces, with a clear word for every kind of damage.

A decoder never hands out more than one piece at a time, however much a few packed bytes may hold, and the memory that
a file may ask for its dictionary or window is limited. Several compressed streams behind one another are one file.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Protocol

from rollcall.intake.findings import FileRefused

_zstd: ModuleType | None
try:
    from backports import zstd as _zstd_reader
except ImportError:
    _zstd = None
else:
    _zstd = _zstd_reader

# The same checks in a third of the time; without it the standard library's serves.
_inflate: ModuleType
try:
    from isal import isal_zlib as _fast_inflate
except ImportError:
    _inflate = zlib
else:
    _inflate = _fast_inflate

NONE = "none"
GZIP = "gzip"
BZIP2 = "bzip2"
XZ = "xz"
ZSTD = "zstd"

_DAMAGES: tuple[type[Exception], ...] = (
    zlib.error,
    _inflate.error,
    lzma.LZMAError,
    OSError,
    EOFError,
    ValueError,
    MemoryError,
)
if _zstd is not None:
    _DAMAGES += (_zstd.ZstdError,)

# Formats whose streams may be padded with NUL bytes, and how many bytes tell every format.
_PADDED = (GZIP, XZ)
_MAGIC_BYTES = 10

_UNDEFINED_FLAGS = 0xE0

_PIECE = 1 << 16
_PLAIN_PIECE = 1 << 18
# What a decoder needs besides the dictionary that the file asks for.
_OVERHEAD = 2_000_000


class Readable(Protocol):
    """Packed bytes, read in order."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, empty at the end."""


class Decoder(Protocol):
    """One compressed stream, as the decompressors of bz2, lzma and zstd have it."""

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""

    @property
    def needs_input(self) -> bool:
        """Whether more packed bytes are needed before plain bytes come."""

    @property
    def unused_data(self) -> bytes:
        """The packed bytes behind the end of the stream."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Return at most `max_length` plain bytes."""


def packing_of(head: bytes) -> str:
    """Return the compression that a file's first bytes show, "none" without one."""
    if head.startswith(b"\x1f\x8b"):
        return GZIP
    if head[:3] == b"BZh" and head[4:10] in (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90"):
        return BZIP2
    if head.startswith(b"\xfd7zXZ\x00"):
        return XZ
    # A frame that says nothing and is to be skipped may stand first.
    if head.startswith(b"\x28\xb5\x2f\xfd") or (head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F):
        return ZSTD
    return NONE


def unpacked(packed: Readable, packing: str, window_bytes: int) -> Iterator[bytes]:
    """Yield the plain bytes of a compressed file, piece by piece. Raises FileRefused for damage of any kind."""
    fresh = _decoders(packing, window_bytes)
    decoder = fresh()
    data = b""
    while True:
        if not data and decoder.needs_input and not (data := packed.read(_PIECE)):
            raise FileRefused(f"{packing}.incomplete", f"The {packing} file is incomplete: it ends in the middle.")
        yield _plain_piece(decoder, data, packing)
        data = b""
        if decoder.eof:
            data = _next_stream(decoder.unused_data, packed, packing)
            if not data:
                return
            decoder = fresh()


def inflated(packed: Readable) -> Iterator[bytes]:
    """Yield the plain bytes of one raw deflate stream, as a zip archive holds it. Raises FileRefused."""
    decoder = _Inflate(-zlib.MAX_WBITS)
    while not decoder.eof:
        data = packed.read(_PIECE) if decoder.needs_input else b""
        if decoder.needs_input and not data:
            raise FileRefused("zip.incomplete", "The zip archive is incomplete: a file in it ends in the middle.")
        yield _plain_piece(decoder, data, "zip")
    if decoder.unused_data or packed.read(1):
        raise FileRefused("zip.size", "The zip archive lies about a size: packed data stands behind the end of a file.")


class _Inflate:
    """A deflate or gzip stream with the manners of the other decompressors."""

    def __init__(self, window_bits: int) -> None:
        self._inner = _inflate.decompressobj(window_bits)
        self._header = b"" if window_bits > zlib.MAX_WBITS else None
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return bool(self._inner.eof)

    @property
    def unused_data(self) -> bytes:
        unused: bytes = self._inner.unused_data
        return unused

    def decompress(self, data: bytes, max_length: int) -> bytes:
        self._check_flags(data)
        plain: bytes = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        self.needs_input = not self._inner.unconsumed_tail and len(plain) < max_length
        return plain

    def _check_flags(self, data: bytes) -> None:
        """Refuse a gzip header with a flag that nobody has defined, which not every library looks at."""
        if self._header is None:
            return
        self._header = (self._header + data)[:4]
        if len(self._header) == 4:
            if self._header[3] & _UNDEFINED_FLAGS:
                raise ValueError("unknown header flags set")
            self._header = None


def _decoders(packing: str, window_bytes: int) -> Callable[[], Decoder]:
    """Return how to make a decoder for the next stream. Raises FileRefused where the computer has none."""
    if packing == GZIP:
        return lambda: _Inflate(16 + zlib.MAX_WBITS)
    if packing == BZIP2:
        return bz2.BZ2Decompressor
    if packing == XZ:
        return lambda: lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=window_bytes + _OVERHEAD)
    return _zstd_decoders(window_bytes)


def _zstd_decoders(window_bytes: int) -> Callable[[], Decoder]:
    reader = _zstd
    if reader is None:
        raise FileRefused("type.zstd", "This file is compressed with zstd, for which this computer has no reader.")
    options = {reader.DecompressionParameter.window_log_max: window_bytes.bit_length() - 1}
    return lambda: reader.ZstdDecompressor(options=options)


def _plain_piece(decoder: Decoder, data: bytes, packing: str) -> bytes:
    kind = "zip archive" if packing == "zip" else f"{packing} file"
    try:
        return decoder.decompress(data, _PLAIN_PIECE)
    except _DAMAGES as error:
        # liblzma and zstd say in words that a dictionary or a window is larger than allowed.
        if "memory" in str(error).lower():
            words = f"The {kind} asks for more memory than an upload may use. Pack it with ordinary settings."
            raise FileRefused("size.window", words) from error
        raise FileRefused(f"{packing}.checksum", f"The {kind} is damaged, its data or checksum is wrong.") from error


def _next_stream(data: bytes, packed: Readable, packing: str) -> bytes:
    """Return the beginning of the stream behind one that has ended, empty at the end of the file."""
    while True:
        if packing in _PADDED:
            data = data.lstrip(b"\x00")
        if len(data) >= _MAGIC_BYTES or not (more := packed.read(_PIECE)):
            break
        data += more
    if data and packing_of(data) != packing:
        words = f"Something that is not {packing} stands behind the {packing} data."
        raise FileRefused(f"{packing}.behind", words)
    return data
