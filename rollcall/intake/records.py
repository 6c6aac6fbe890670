"""From text to records: CSV by RFC 4180, strictly, with the physical line on which each record begins.

The tokenizer is the standard library's, fed line by line so that the line numbers are exact and no line, field or
record can grow beyond its limit. What is wrong with the shape of a record is a fault of that record; a quote that
swallows other rows refuses the file, because then nobody knows what the rows are.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple, TextIO

from rollcall.intake.findings import FileRefused
from rollcall.intake.limits import Limits
from rollcall.intake.text import is_broken

_NUL_BLOCK = "\0" * 16
_END_OF_DOS_FILE = ["\x1a"]

# The tokenizer's own limit is a global of the process; the limits here act first, at every line.
csv.field_size_limit(2**31 - 1)


class Fault(NamedTuple):
    """What is wrong with a record or a field, for a finding."""

    code: str
    message: str
    place: int | None = None
    value: str = ""


class Record(NamedTuple):
    """One record: the physical line on which it begins, its fields, and the fault of its shape if it has one."""

    line: int
    fields: list[str]
    fault: Fault | None


_NO_RECORD = Fault("", "")


class Lines:
    """The physical lines of a text, counted; keeps those of the record that is being read."""

    def __init__(self, text: TextIO, limits: Limits) -> None:
        self._text = text
        self._limits = limits
        self.pending: list[str] = []
        self.number = 0
        self.overlong = False

    def __iter__(self) -> Iterator[str]:
        limit = self._limits.line_characters
        pending = self.pending
        for line in iter(partial(self._text.readline, limit + 1), ""):
            if len(line) > limit and line[-1] not in "\r\n":
                self._drop_rest(line)
                pending.append(line[:_KEPT])
                self.overlong = True
                yield "\n"
                continue
            pending.append(line)
            if len(pending) > 1:
                self._refuse_endless_record()
            yield line

    def skip(self, count: int) -> None:
        """Pass over so many physical lines."""
        for line in islice(iter(self), count):
            del line
        self.forget()

    def forget(self) -> None:
        """Count the lines of the record that was read, and forget them."""
        self.number += len(self.pending)
        self.pending.clear()

    def _drop_rest(self, line: str) -> None:
        quotes = line.count('"')
        while True:
            more = self._text.readline(self._limits.line_characters)
            quotes += more.count('"')
            if not more or more[-1] in "\r\n":
                break
        if quotes % 2 or self.pending:
            raise FileRefused("row.quote", f"A quote opened near line {self.number + 1} makes that line endless.")

    def _refuse_endless_record(self) -> None:
        lines, characters = self._limits.record_lines, self._limits.line_characters
        if len(self.pending) > lines or sum(map(len, self.pending)) > characters:
            first = self.number + 1
            raise FileRefused("row.quote", f"A quote opened on line {first} is not closed for more than {lines} lines.")


# So much of an endless line is kept, to show it and to guess its columns.
_KEPT = 1000


def next_lines(raw: str, delimiter: str) -> Iterator[list[str]]:
    """Yield the fields of every line of a record but its first, as if each began a record."""
    for line in re.split(r"\r\n|\r|\n", raw)[1:]:
        yield line.replace('"', "").split(delimiter)


def shown(raw: str) -> str:
    """Return text in which bytes that could not be decoded are visible as U+FFFD; for messages only."""
    return raw.encode("utf-8", "replace").decode()


def _well_quoted(delimiter: str) -> re.Pattern[str]:
    gap = re.escape(delimiter)
    field = rf'(?:"(?:[^"]|"")*+"|[^"{gap}\r\n]*+)'
    return re.compile(rf"{field}(?:{gap}{field})*+(?:\r\n|\r|\n)?")


class RecordReader:
    """The records of one CSV text behind its header.

    `width` is the number of columns; `swallows` says whether a line found inside a quoted field is itself a row.
    """

    def __init__(
        self,
        text: TextIO,
        *,
        delimiter: str,
        width: int,
        skip: int,
        limits: Limits,
        swallows: Callable[[list[str]], bool] = lambda fields: False,
    ) -> None:
        self._text = text
        self._delimiter = delimiter
        self._width = width
        self._limits = limits
        self._swallows = swallows
        self._well_quoted = _well_quoted(delimiter)
        self.lines = Lines(text, limits)
        self.lines.skip(skip)

    def __iter__(self) -> Iterator[Record]:
        """Yield every record; blank lines are none. Raises FileRefused."""
        lines, pending, width = self.lines, self.lines.pending, self._width
        field_limit = self._limits.field_characters
        reader = csv.reader(iter(lines), delimiter=self._delimiter, strict=True)
        while True:
            try:
                for fields in reader:
                    first, raw = lines.number + 1, pending[0]
                    fault = None
                    if len(pending) > 1 or lines.overlong:
                        fault = self._fault_of_many_lines(fields, first)
                    elif not fields:
                        lines.forget()
                        continue
                    elif (
                        len(fields) != width or not raw.isascii() or "\0" in raw or '"' in raw or len(raw) > field_limit
                    ):
                        fault = self._fault_of_one_line(fields, raw, first)
                        if fault is _NO_RECORD:
                            lines.forget()
                            continue
                    lines.forget()
                    yield Record(first, fields, fault)
                return
            except csv.Error as error:
                first, raw = lines.number + 1, pending[0]
                if len(pending) > 1 or "unexpected end" in str(error):
                    raise FileRefused("row.quote", f"A quote opened on line {first} is not closed properly.") from error
                lines.forget()
                yield Record(first, [raw], Fault("row.quote", "A quote stands where CSV allows none.", None, raw))

    def _fault_of_one_line(self, fields: list[str], raw: str, first: int) -> Fault | None:
        if _NUL_BLOCK in raw:
            raise FileRefused(
                "text.nul", f"Line {first} holds a block of NUL bytes: the file was cut short when written."
            )
        if fields == _END_OF_DOS_FILE and not self._text.readline(1):
            return _NO_RECORD
        if is_broken(raw):
            return Fault(
                "text.not_utf8", "The row is not valid UTF-8 (or not in the encoding named).", None, shown(raw)
            )
        if '"' in raw and not self._well_quoted.fullmatch(raw):
            return Fault("row.quote", "A quote stands inside a field that is not quoted.", None, raw)
        return self._fault_of_fields(fields)

    def _fault_of_many_lines(self, fields: list[str], first: int) -> Fault | None:
        raw = "".join(self.lines.pending)
        if self.lines.overlong:
            self.lines.overlong = False
            columns = raw.count(self._delimiter) + 1
            limit = self._limits.line_characters
            words = f"The line is too long: more than {limit:,} characters, in {columns} columns or more."
            return Fault("row.too_long", words, None, raw)
        if any(self._swallows(line) for line in next_lines(raw, self._delimiter)):
            raise FileRefused("row.quote", f"A quote opened on line {first} swallows the rows that follow it.")
        return self._fault_of_one_line(fields, raw, first)

    def _fault_of_fields(self, fields: list[str]) -> Fault | None:
        if len(fields) != self._width:
            columns = "1 column" if len(fields) == 1 else f"{len(fields)} columns"
            words = f"The row has {columns}, the header has {self._width}."
            return Fault("row.columns", words, None, self._delimiter.join(fields[:50]))
        for place, field in enumerate(fields):
            if "\0" in field:
                return Fault("text.nul", "The field holds a NUL character.", place, field)
            if len(field) > self._limits.field_characters:
                words = f"The field is too long: {len(field):,} characters."
                return Fault("field.too_long", words, place, field)
        return None
