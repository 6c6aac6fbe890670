"""From plain bytes to text: which encoding, never guessed, and what cannot be decoded kept visible."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator

from rollcall.intake.findings import FileRefused, Question, QuestionsOpen

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# Encodings that a person may name. UTF-16 without a byte order mark must say its order.
ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "cp1252",
    "iso-8859-1",
    "iso-8859-15",
    "cp1251",
    "shift_jis",
)
# A file with a mark says its encoding itself, so nobody is asked for these.
_MARKED = ("utf-8-sig", "utf-16")
_CHOICES = tuple(name for name in ENCODINGS if name not in _MARKED)

# What a byte that cannot be decoded becomes, so that only its own row is lost.
_BROKEN = re.compile("[\ud800-\udfff]")

# Above this share of lines that are not UTF-8 the file is in another encoding; below, single bytes are broken.
_OTHER_ENCODING_PERCENT = 10


# UTF-16 has no way of its own to keep half a character at the end of a file visible.
_KEEP_VISIBLE = "rollcall.keep-visible"


def _keep_visible(error: UnicodeError) -> tuple[str, int]:
    """Return a lone surrogate for what is no UTF-16, and where to go on."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    broken = error.object[error.start : error.end]
    unit = int.from_bytes(broken, "big" if error.encoding.endswith("be") else "little")
    return (chr(unit) if len(broken) == 2 and 0xD800 <= unit <= 0xDFFF else "\udcff"), error.end


codecs.register_error(_KEEP_VISIBLE, _keep_visible)


def encoding_of(head: bytes) -> str:
    """Return the encoding of a file by its first bytes: UTF-8, or UTF-16 by its mark.

    Raises QuestionsOpen when it is something else that only a person can know, FileRefused for padding.
    """
    for bom, name in _BOMS:
        if head.startswith(bom):
            if name == "utf-32":
                raise FileRefused(
                    "encoding.utf32", "The encoding is UTF-32, which is not taken. Save the file as UTF-8."
                )
            return name
    sample = head[:4096]
    if sample and sample.count(0) * 3 > len(sample):
        _refuse_padding(head)
        raise QuestionsOpen(_question("every second byte is NUL as in UTF-16 without its mark"))
    bad, lines, first = _undecodable_lines(head)
    if bad >= 3 and bad * 100 > lines * _OTHER_ENCODING_PERCENT:
        raise QuestionsOpen(
            _question(f"line {first} is the first that is not UTF-8, and {bad} of {lines} lines are not")
        )
    return "utf-8"


def open_text(plain: io.BufferedReader, encoding: str) -> io.TextIOWrapper:
    """Open plain bytes as text with its own line ends; bytes that cannot be decoded become lone surrogates.

    Raises FileRefused for an encoding that nobody offers, or a mark that is not there.
    """
    if encoding not in ENCODINGS:
        raise FileRefused("encoding.unknown", f"The encoding {encoding[:40]!r} is not known. Save the file as UTF-8.")
    if encoding == "utf-16" and plain.peek(2)[:2] not in (b"", codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise FileRefused("encoding.mark", "The encoding is not UTF-16 with its mark; say which order its bytes have.")
    errors = _KEEP_VISIBLE if encoding.startswith("utf-16") else "surrogateescape"
    return io.TextIOWrapper(plain, encoding=encoding, errors=errors, newline="")


def is_broken(text: str) -> bool:
    """Return whether some byte of the text could not be decoded."""
    return not text.isascii() and _BROKEN.search(text) is not None


def _question(why: str) -> Question:
    cure = "If it is none of those that can be chosen, save the file as UTF-8 and send it again"
    return Question(
        code="encoding.unknown", message=f"Which encoding is the file in? Here {why}. {cure}.", choices=_CHOICES
    )


def _refuse_padding(head: bytes) -> None:
    if head.strip(b"\x00") == b"":
        raise FileRefused("text.nul", "The file holds nothing but NUL bytes.")


def _undecodable_lines(head: bytes) -> tuple[int, int, int]:
    bad = number = first = 0
    if head.isascii():
        return 0, 0, 0
    for number, line in enumerate(_whole_lines(head), start=1):
        try:
            line.decode()
        except UnicodeDecodeError:
            bad += 1
            first = first or number
    return bad, number, first


def _whole_lines(head: bytes) -> Iterator[bytes]:
    lines = re.split(rb"\r\n|\n|\r", head)
    # The last line of the head may be cut in the middle of a character.
    yield from lines[:-1] if len(lines) > 1 else lines
