"""JSON as records, one after the other, without holding the file: JSON lines, arrays, and arrays inside pages.

Numbers stay the text that was written (an id beyond 2^53 is not moved by floating point, a large one costs nothing);
NaN, repeated keys and values nested too deep are refused. The decoder is the standard library's, set upon one value at
a time; only one record is in memory.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TextIO

from rollcall.intake.findings import FileRefused
from rollcall.intake.limits import Limits
from rollcall.intake.records import shown

_BLANK = re.compile(r"[ \t\r\n\ufeff]*")
_B = r"[ \t\r\n\ufeff]*+"
_SINGLE = r"""(?:"(?:[^"\\\r\n]|\\.)*+"|-?[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false|null)"""
# An array of single values on one line; with other text behind it there, the brackets are not those of JSON.
_FLAT = rf"\[[ \t]*+(?:{_SINGLE}[ \t]*+(?:,[ \t]*+{_SINGLE}[ \t]*+)*+)?\][ \t]*+"
# An object begins with a key, which may stand in wrong quotes or in none where it is damaged.
_OBJECT = rf"""\{{{_B}(?:["'}}]|[\w$]++{_B}:|\Z)"""
_BEGINS = re.compile(
    rf"{_B}(?:(?:{_FLAT})++(?:[\r\n]|\Z)|(?:{_FLAT})*+"
    rf"(?:(?:\[{_B})*+{_OBJECT}|(?:\[{_B})++{_SINGLE}?+{_B}(?:[,\]]|\Z)))"
)
_CHUNK = 1 << 17
# So many values beside the records are kept.
_BESIDE = 50


class JsonRecord(NamedTuple):
    """One value: the physical line on which it begins, and the value; `broken` says why it could not be read."""

    line: int
    value: Any
    broken: str = ""


class NotJson(ValueError):
    """A text is no JSON value that is taken."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJson("it holds the same key twice")
    return found


def _constant(name: str) -> Any:
    raise NotJson(f"it holds {name}")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_float=str, parse_int=str, parse_constant=_constant, strict=True
)


def decoded(raw: str) -> Any:
    """Return the one value of a text. Raises NotJson."""
    try:
        value, end = _DECODER.raw_decode(raw, _after_blank(raw, 0))
    except RecursionError as error:
        raise NotJson("it is nested too deep") from error
    except NotJson:
        raise
    except ValueError as error:
        raise NotJson(str(error)) from error
    if _after_blank(raw, end) != len(raw):
        raise NotJson("something stands behind it")
    return value


def begins_as_json(text: str) -> bool:
    """Return whether a text begins as JSON does, be it whole or damaged, and not as another text in brackets.

    `[2026-06-01] ann logged in`, `[User],[Time]` and `{ID};user` are no JSON; `{"user": "ann"` is damaged JSON.
    """
    return _BEGINS.match(text) is not None


def _after_blank(raw: str, start: int) -> int:
    found = _BLANK.match(raw, start)
    return found.end() if found else start


class JsonStream:
    """The values of a text at a path; see `JsonRecords` for paths.

    `looks` is shown every value that stands beside the path, with its key; it may raise FileRefused.
    """

    def __init__(self, source: TextIO, limits: Limits, *, looks: Callable[[str, Any], None] | None = None) -> None:
        self._source = source
        self._looks = looks
        self._limit = limits.record_characters
        self._text = ""
        self._at = 0
        self._line = 1
        self._ended = False
        # {key: text} of single values that stand beside the records, such as a page's total.
        self.beside: dict[str, str] = {}

    def records(self, path: tuple[str, ...]) -> Iterator[JsonRecord]:
        """Yield the records at a path, of one document after the other: pages are often joined into one file.

        Raises FileRefused for a text that is not JSON as a whole, or whose documents are not all built alike.
        """
        while self._peek():
            yield from self._walk(path)

    def _walk(self, path: tuple[str, ...]) -> Iterator[JsonRecord]:
        if not path:
            line = self._line
            yield JsonRecord(line, self._value())
        elif path[0] == "*":
            yield from self._elements(path[1:])
        else:
            yield from self._members(path)

    def _elements(self, rest: tuple[str, ...]) -> Iterator[JsonRecord]:
        if self._peek() == "n" and self._value() is None:
            return
        self._expect("[")
        if self._peek() == "]":
            self._skip()
            return
        while True:
            self._peek()
            yield from self._walk(rest)
            if not self._goes_on("]"):
                return

    def _members(self, path: tuple[str, ...]) -> Iterator[JsonRecord]:
        self._expect("{")
        if self._peek() == "}":
            self._skip()
            return
        was_there = False
        while True:
            if self._peek() != '"':
                raise self._refused("A key is missing")
            key = self._value()
            self._expect(":")
            self._peek()
            if key == path[0]:
                if was_there:
                    raise self._refused(f"The JSON holds the key {shown(key[:80])} twice")
                was_there = True
                yield from self._walk(path[1:])
            else:
                value = self._value()
                if isinstance(value, str) and len(self.beside) < _BESIDE:
                    self.beside[str(key)] = value
                if self._looks is not None:
                    self._looks(str(key), value)
            if not self._goes_on("}"):
                return

    def _goes_on(self, end: str) -> bool:
        """Pass over a comma and return true, or over the end of what is walked."""
        if self._peek() == ",":
            self._skip()
            return True
        self._expect(end)
        return False

    def _peek(self) -> str:
        """Return the next character that is no blank, or "" at the end."""
        while True:
            self._move(_after_blank(self._text, self._at))
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _expect(self, wanted: str) -> None:
        found = self._peek()
        if found != wanted:
            raise self._refused("The JSON ends in the middle" if not found else f"'{wanted}' is missing")
        self._skip()

    def _skip(self) -> None:
        self._move(self._at + 1)

    def _value(self) -> Any:
        """Return the value that begins here, reading on until it is whole."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except RecursionError as error:
                raise self._refused("The JSON is nested too deep") from error
            except NotJson as error:
                raise self._refused(f"The JSON cannot be used, {error}") from error
            except ValueError as error:
                held = len(self._text) - self._at
                if held > self._limit:
                    raise self._refused(f"A JSON value is longer than {self._limit:,} characters or damaged") from error
                if not self._more():
                    raise self._refused("This is not whole JSON, it ends in the middle or is damaged") from error
                continue
            # A number at the end of what was read may go on.
            if end == len(self._text) and self._more():
                continue
            self._move(end)
            return value

    def _move(self, end: int) -> None:
        self._line += self._text.count("\n", self._at, end)
        self._at = end

    def _more(self) -> bool:
        if self._ended:
            return False
        held = len(self._text) - self._at
        chunk = self._source.read(max(_CHUNK, held))
        self._ended = not chunk
        self._text = self._text[self._at :] + chunk
        self._at = 0
        return bool(chunk)

    def _refused(self, words: str) -> FileRefused:
        return FileRefused("json.invalid", f"{words}: near line {self._line} of the JSON.")


def json_lines(source: TextIO, limits: Limits) -> Iterator[JsonRecord]:
    """Yield one record a line; a line that is no JSON is a broken record of its own, blank lines are none."""
    limit = limits.record_characters
    for line, raw in enumerate(iter(lambda: source.readline(limit + 1), ""), start=1):
        if len(raw) > limit:
            raise FileRefused("row.too_long", f"Line {line} of the JSON is longer than {limit:,} characters.")
        if not raw.strip(" \t\r\n\ufeff\x1a"):
            continue
        try:
            yield JsonRecord(line, decoded(raw))
        except NotJson as error:
            yield JsonRecord(line, None, f"This line is not JSON that can be read ({error}): not JSON.")
