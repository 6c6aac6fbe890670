"""Text armor: an envelope between two lines that say what it is, in base64 lines of 64, so that mail leaves it whole.

One envelope has one armor. The reader takes that text and nothing around it; the only other spelling is the same text
with every line ended as Windows ends lines, because mail programs do that to a whole file.
"""

from __future__ import annotations

import base64
import binascii

KINDS = ("LICENSE", "ACTIVATION", "RECEIPT", "REVOCATIONS")
LINE = 64
# The largest envelope is one of 1 MiB; base64 and the line ends add less than the half of it.
MOST_CHARACTERS = 1_500_000


class ArmorRefused(ValueError):
    """The text is not one armored envelope of the asked kind; the message says what is wrong with it."""


def armored(kind: str, envelope: bytes) -> str:
    """Return the text of an envelope. `kind` is one of KINDS; the text ends with a line end."""
    _refuse_unknown(kind)
    text = base64.b64encode(envelope).decode()
    lines = [text[start : start + LINE] for start in range(0, len(text), LINE)]
    return "\n".join([_first_line(kind), *lines, _last_line(kind)]) + "\n"


def unarmored(kind: str, text: str) -> bytes:
    """Return the envelope of an armored text of this kind. Raises ArmorRefused for any other text."""
    _refuse_unknown(kind)
    if len(text) > MOST_CHARACTERS:
        raise ArmorRefused(f"The text is longer than the {MOST_CHARACTERS:,} characters that a signed file may have.")
    if "\r" in text and text.count("\r\n") == text.count("\r") == text.count("\n"):
        text = text.replace("\r\n", "\n")
    lines = text.split("\n")
    if len(lines) < 3 or lines[0] != _first_line(kind) or lines[-2:] != [_last_line(kind), ""]:
        raise ArmorRefused(_wrong_kind(kind, lines[0]))
    try:
        body = "".join(lines[1:-2])
        envelope = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ArmorRefused("The lines between the first and the last are not base64; get the file again.") from error
    has_its_lines = {len(line) for line in lines[1:-3]} <= {LINE} and 0 < len(lines[-3]) <= LINE
    if not envelope or not has_its_lines or base64.b64encode(envelope).decode() != body:
        raise ArmorRefused(f"The text is not written in lines of {LINE} characters of base64; get the file again.")
    return envelope


def pasted(text: str) -> str:
    """Return what a person pasted or uploaded without the blank lines around it, as `unarmored` reads it."""
    return "\n".join(text.strip().splitlines()) + "\n"


def _first_line(kind: str) -> str:
    return f"-----BEGIN ROLLCALL {kind}-----"


def _last_line(kind: str) -> str:
    return f"-----END ROLLCALL {kind}-----"


def _refuse_unknown(kind: str) -> None:
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is not a kind of armor; there are {', '.join(KINDS)}.")


def _wrong_kind(kind: str, first: str) -> str:
    for other in KINDS:
        if other != kind and first.rstrip("\r") == _first_line(other):
            return f"This is a file of the kind {other}; needed is one of the kind {kind}."
    return f"The text must begin with the line '{_first_line(kind)}' and end with '{_last_line(kind)}', nothing around."
