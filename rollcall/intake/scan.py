"""One look at every plain byte of a file: may the fast reader take it, and how many lines must it account for?"""

from __future__ import annotations

import codecs
import io
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Protocol

from rollcall.intake.limits import Limits
from rollcall.intake.text import open_text
from rollcall.intake.unpack import open_plain

_CHUNK = 1 << 18
_BEGINNING = 1 << 20

# The fast reader takes lines as parted by this character, which no program writes, where it reads them whole.
_NO_DELIMITER = b"\x02"


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What the bytes of a text are like. `size` is how many there are; `is_open` that the last line has no end.

    `lines` counts physical lines, the last one with or without its end, `delimiters` the character that parts columns,
    wherever it stands; both are None where nobody asked for them, because they cost more than all the rest. `is_whole`
    says that no line ends with the one character that DuckDB would cut off.
    """

    size: int
    is_open: bool
    lines: int | None
    delimiters: int | None
    is_whole: bool
    has_quotes: bool
    is_utf8: bool
    has_nul: bool
    line_end: str | None

    @property
    def is_ordinary(self) -> bool:
        """Whether both readers see the same lines in it: UTF-8, no NUL, one kind of line end."""
        return self.is_utf8 and not self.has_nul and self.is_whole and self.line_end is not None

    def is_like(self, other: Scan) -> bool:
        """Whether both are ordinary texts that are read in the same way."""
        ordinary = self.is_ordinary and other.is_ordinary
        return ordinary and (self.line_end, self.has_quotes) == (other.line_end, other.has_quotes)


def beginning(path: Path, delimiter: str) -> Scan:
    """Look at the first lines of a file that is plain; of a small one at all."""
    with open(path, "rb") as file:
        data = file.read(_BEGINNING)
        if file.read(1):
            data = data[: data.rfind(b"\n") + 1]
    return _scan(io.BytesIO(data), None, delimiter, counts=False)


def bytes_before(path: Path, line: int) -> int:
    """Return how many bytes the lines of a plain file up to and with this one have, 1 = first."""
    with open(path, "rb") as file:
        return sum(len(text) for text in islice(file, line))


def delimiters_before(path: Path, line: int, delimiter: str) -> int:
    """Return how often the delimiter stands in the lines of a plain file up to and with this one, 1 = first."""
    with open(path, "rb") as file:
        return sum(text.count(delimiter.encode()) for text in islice(file, line))


def has_spaces_beside_quotes(path: Path, delimiter: str) -> bool:
    """Return whether a space seems to stand between a quote and the edge of its field, without taking rows apart.

    DuckDB takes such spaces away, where the plain reader keeps the row apart.
    """
    edge = re.escape(delimiter.encode())
    beside = re.compile(rb'" +(?:[\r\n]|' + edge + rb"|\Z)|(?:\A|\n|" + edge + rb') +"')
    with open(path, "rb") as file:
        while piece := file.read(_CHUNK):
            piece += file.readline()
            if (b'" ' in piece or b' "' in piece) and beside.search(piece):
                return True
    return False


def delimiters_in_quotes(path: Path, line: int, delimiter: str) -> int:
    """Return how often the delimiter stands inside the quoted fields of a plain file behind this line, 1 = first.

    The quotes of the file must match; a doubled one ends a field and begins it again, which changes nothing here.
    """
    between, found, inside = delimiter.encode(), 0, False
    with open(path, "rb") as file:
        for _ in range(line):
            file.readline()
        while piece := file.read(_CHUNK):
            parts = piece.split(b'"')
            found += sum(part.count(between) for part in parts[not inside :: 2])
            inside ^= len(parts) % 2 == 0
    return found


def scan(path: Path, delimiter: str, limits: Limits, *, counts: bool) -> Scan:
    """Look at the plain bytes of a file; `counts` asks for lines and delimiters, as quotes at its beginning do.

    Raises FileRefused for a broken compression.
    """
    with open_plain(path, limits) as plain:
        return _scan(plain, None, delimiter, counts=counts)


def spool(path: Path, encoding: str, delimiter: str, limits: Limits, to: Path, *, counts: bool) -> Scan | None:
    """Write the file's text as plain UTF-8 and look at it on the way, as `scan` does; None when it is not text in that
    encoding. Raises FileRefused for a broken compression.
    """
    with open_plain(path, limits) as plain, open(to, "wb") as file:
        if encoding in ("utf-8", "utf-8-sig"):
            with _Ahead(plain) as ahead:
                return _scan(ahead, file, delimiter, counts=counts)
        text = open_text(plain, encoding)
        with open(to, "w", encoding="utf-8", newline="") as recoded:
            try:
                while part := text.read(_CHUNK):
                    recoded.write(part)
            except UnicodeError:
                return None
    return scan(to, delimiter, limits, counts=counts)


class _Readable(Protocol):
    def readinto(self, buffer: bytearray, /) -> int | None:
        """Fill the buffer and return how much of it, 0 at the end."""


class _Ahead:
    """Plain bytes of which the next piece is unpacked while the one before is looked at and written."""

    def __init__(self, plain: io.BufferedReader) -> None:
        self._plain = plain
        self._beside = ThreadPoolExecutor(max_workers=1)
        self._next = self._beside.submit(plain.read, _CHUNK)

    def __enter__(self) -> _Ahead:
        return self

    def __exit__(self, *_: object) -> None:
        self._beside.shutdown()

    def readinto(self, buffer: bytearray, /) -> int:
        """Fill the buffer, which has room for a piece. Raises FileRefused."""
        data = self._next.result()
        if data:
            self._next = self._beside.submit(self._plain.read, _CHUNK)
        buffer[: len(data)] = data
        return len(data)


def _scan(plain: _Readable, copy: BinaryIO | None, delimiter: str, *, counts: bool) -> Scan:
    between = delimiter.encode()
    decoder = codecs.getincrementaldecoder("utf-8")()
    seen = feeds = returns = pairs = delimiters = 0
    has_quotes = has_nul = has_feeds = False
    is_utf8 = is_whole = is_even = True
    last = b""
    # One buffer for all pieces: a new one for each would cost as much as looking at it.
    piece = bytearray(_CHUNK)
    while size := plain.readinto(piece):
        if size < _CHUNK:
            del piece[size:]
        if copy is not None:
            copy.write(piece)
        counts = counts or (not seen and b'"' in piece)
        seen += size
        if b"\r" in piece or last == b"\r":
            # Lines before the first return have another end; otherwise line feeds are counted from here on.
            is_even = is_even and (counts or returns > 0 or not has_feeds)
            returns += piece.count(b"\r")
            pairs += piece.count(b"\r\n") + (last == b"\r" and piece[:1] == b"\n")
        if counts or returns:
            feeds += piece.count(b"\n")
        if counts:
            delimiters += piece.count(between)
        has_feeds = has_feeds or b"\n" in piece
        has_quotes = has_quotes or b'"' in piece
        has_nul = has_nul or b"\x00" in piece
        is_whole = is_whole and not _cuts(last, piece)
        is_utf8 = is_utf8 and _decodes(decoder, piece)
        last = bytes(piece[-1:])
        if size < _CHUNK:
            piece = bytearray(_CHUNK)
    line_end = "\n" if returns == 0 else "\r\n" if is_even and returns == pairs == feeds else None
    return Scan(
        size=seen,
        is_open=last not in (b"\n", b""),
        lines=feeds + (last not in (b"\n", b"")) if counts else None,
        delimiters=delimiters if counts else None,
        is_whole=is_whole and last != _NO_DELIMITER,
        has_quotes=has_quotes,
        is_utf8=is_utf8 and _decodes(decoder, b"", final=True),
        has_nul=has_nul,
        line_end=line_end,
    )


def _cuts(last: bytes, piece: bytearray) -> bool:
    """Return whether a line ends with the character that parts nothing; `last` is the byte before the piece."""
    if last == _NO_DELIMITER and piece[:1].startswith((b"\n", b"\r")):
        return True
    return _NO_DELIMITER in piece and any(_NO_DELIMITER + end in piece for end in (b"\n", b"\r"))


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes | bytearray, *, final: bool = False) -> bool:
    if chunk.isascii() and not final and decoder.getstate()[0] == b"":
        return True
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True
