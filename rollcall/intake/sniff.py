"""What is this file? Recognize it by content, show it, and collect what only a person can answer."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from rollcall.formats import generic_csv, times
from rollcall.formats.generic_csv import Head, Table
from rollcall.formats.mapping import ColumnMapping, MappingRefused, recognize
from rollcall.intake.findings import FileRefused, Question, QuestionsOpen
from rollcall.intake.limits import DEFAULT_LIMITS, Limits
from rollcall.intake.records import shown
from rollcall.intake.result import OK, REJECTED, SniffResult
from rollcall.intake.text import encoding_of, open_text
from rollcall.intake.unpack import compression, open_plain, refuse_other_types, refuse_too_large
from rollcall.zones import instant_text

_PREVIEW_ROWS = 20
_SAMPLES = 5
_TAIL_BYTES = 65_536
_CHUNK = 1 << 20


def sniff(
    path: Path,
    *,
    filename: str,
    limits: Limits = DEFAULT_LIMITS,
    encoding: str | None = None,
    source_timezone: str | None = None,
) -> SniffResult:
    """Say what a file is. The file is unpacked to its end, so a bomb or a wrong checksum is refused here already.

    `encoding` and `source_timezone` are answers that a person has given. Never raises for what a file contains.
    """
    size = path.stat().st_size
    packed = compression(path)
    try:
        head, tail, plain_size = _ends(path, limits)
        text = head_of(head, plain_size, filename=filename, encoding=encoding)
        found = sniff_head(text, source_timezone, limits)
    except FileRefused as refusal:
        return SniffResult(outcome=REJECTED, code=refusal.code, message=str(refusal), compression=packed, size=size)
    except QuestionsOpen as asked:
        return SniffResult(outcome=OK, questions=asked.questions, message=str(asked), compression=packed, size=size)
    first_at, last_at = _span(found, head, tail, source_timezone)
    return replace(found, compression=packed, size=size, plain_size=plain_size, first_at=first_at, last_at=last_at)


def head_of(head: bytes, plain_size: int, *, filename: str, encoding: str | None) -> Head:
    """Decode the first bytes of a file. Raises FileRefused or QuestionsOpen."""
    if not head.strip(b" \t\r\n\x00\xef\xbb\xbf\x1a"):
        if head.strip(b" \t\r\n\xef\xbb\xbf\x1a"):
            raise FileRefused("text.nul", "The file holds nothing but NUL bytes.")
        raise FileRefused("file.empty", "The file is empty. An empty file is never taken for a month without users.")
    refuse_other_types(head)
    name = encoding or encoding_of(head)
    text = open_text(io.BufferedReader(io.BytesIO(head)), name).read()
    is_whole = len(head) >= plain_size
    if not is_whole:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    return Head(text=text, is_whole=is_whole, filename=filename, encoding=name)


def table_of(head: Head, limits: Limits) -> Table:
    """Return the table in a text. Raises FileRefused when there is none, or one that is too wide."""
    table = generic_csv.find_table(head)
    if table is None:
        raise FileRefused("table.none", "No header and no columns were found in the text; expected is a CSV file.")
    if len(table.header) > limits.columns:
        words = f"The header has {len(table.header):,} columns or more; {limits.columns:,} are taken."
        raise FileRefused("size.columns", words)
    return table


def sniff_head(head: Head, source_timezone: str | None, limits: Limits) -> SniffResult:
    """Say what the text is. Raises FileRefused when it is no table of usage."""
    table = table_of(head, limits)
    mapping = generic_csv.suggest(table, head).with_time(source_timezone=source_timezone)
    questions = list(questions_about_columns(table))
    if not questions:
        questions.extend(questions_about_times(mapping, generic_csv.times_of(mapping, table)))
    if head.is_whole and not table.records:
        questions.append(no_rows())
    return SniffResult(
        outcome=OK,
        kind=generic_csv.KIND,
        format=generic_csv.NAME,
        encoding=head.encoding,
        delimiter=table.delimiter,
        header_line=table.header_line,
        columns=tuple(_column(table, place) for place in range(min(len(table.header), 200))),
        mapping=mapping,
        preview=tuple(tuple(shown(value[:200]) for value in row[:50]) for row in table.records[:_PREVIEW_ROWS]),
        questions=tuple(questions),
        message=" ".join(question.message for question in questions),
    )


def questions_about_columns(table: Table) -> Iterable[Question]:
    known = recognize(table.header)
    line = table.header_line
    for name in known.twice:
        yield Question(
            code="column.twice", message=f"The header on line {line} has the column {name} twice; which one is meant?"
        )
    if not known.missing:
        return
    missing = " and ".join(known.missing)
    if generic_csv.looks_like_a_row(table.header):
        words = f"There is no header: line {line} is already a row. Needed is a line with the columns {missing}."
        raise FileRefused("header.missing", words)
    if len(known.missing) == 1:
        name = known.missing[0]
        if not _could_be(table, name):
            raise FileRefused("column.missing", f"The column {name} is missing from the header on line {line}.")
    yield Question(
        code="columns.unknown",
        message=f"Which column of the header on line {line} is the {missing}? None has that name.",
        choices=tuple(shown(name) for name in table.header[:100]),
    )


def _could_be(table: Table, name: str) -> bool:
    """Return whether some column of the table might be the missing one, so that a person can say so."""
    if name == "user_id":
        return len(table.header) > 1
    return any(generic_csv.looks_like_a_row(row) for row in table.records[:50])


def questions_about_times(mapping: ColumnMapping, samples: Iterable[str]) -> Iterable[Question]:
    """Yield what the times of a file leave open: their zone, their date order."""
    written = [text for text in samples if times.classify(text)]
    rule = mapping.time
    if rule.format == times.ORDERED and rule.date_order is None:
        _, contradiction = times.date_order(written)
        if contradiction:
            raise FileRefused("date_order.mixed", "Some dates have the day first, others the month first.")
        if written:
            yield Question(
                code="date_order.unknown",
                message=f"Is '{written[0]}' written with the day or the month first? No date of the file settles it.",
                choices=times.DATE_ORDERS[:2],
            )
    if rule.source_timezone is None and written and not any(map(times.names_a_zone, written)):
        yield zone_question(written[0])


def zone_question(example: str) -> Question:
    """Return the question for the zone of times that name none."""
    what = "is a day without a zone" if times.classify(example) == times.DATE else "has no zone"
    return Question(code="zone.missing", message=f"In which time zone are the times of this file? '{example}' {what}.")


def no_rows() -> Question:
    return Question(
        code="rows.none",
        message="The file has a header and no rows. Was there no usage, or did the export fail?",
        choices=("no_usage", "export_failed"),
    )


def _column(table: Table, place: int) -> dict[str, object]:
    samples: dict[str, None] = {}
    for row in table.records:
        if place < len(row) and row[place]:
            samples[shown(row[place][:200])] = None
        if len(samples) == _SAMPLES:
            break
    return {"name": shown(table.header[place][:200]), "samples": list(samples)}


def _ends(path: Path, limits: Limits) -> tuple[bytes, bytes, int]:
    """Return the first and the last plain bytes and how many there are.

    A compressed file is unpacked to its end, which tests its checksum and its growth. Raises FileRefused.
    """
    with open_plain(path, limits) as plain:
        head = plain.read(limits.head_bytes)
        refuse_other_types(head)
        if compression(path) == "none":
            return head, *_end_of_plain(path, limits)
        tail, size = head, len(head)
        while chunk := plain.read(_CHUNK):
            size += len(chunk)
            tail = (tail + chunk)[-_TAIL_BYTES:]
    return head, tail, size


def _end_of_plain(path: Path, limits: Limits) -> tuple[bytes, int]:
    size = path.stat().st_size
    refuse_too_large(size, limits)
    with open(path, "rb") as file:
        file.seek(max(0, size - _TAIL_BYTES))
        return file.read(), size


def _span(found: SniffResult, head: bytes, tail: bytes, source_timezone: str | None) -> tuple[str | None, str | None]:
    """Return the earliest and latest instant among the rows at both ends of the file."""
    mapping = found.mapping
    if mapping is None or found.encoding is None:
        return None, None
    if mapping.time.format == times.ORDERED and mapping.time.date_order is None:
        return None, None
    try:
        rule = mapping.time
        reading = times.reading_of(
            format=rule.format or times.ISO,
            date_order=rule.date_order,
            source_timezone=source_timezone or "UTC",
            timezone="UTC",
        )
        place = mapping.positions([str(column["name"]) for column in found.columns]).get("at")
    except (MappingRefused, ValueError):
        return None, None
    if place is None:
        return None, None
    read = times.reader_of(reading)
    instants = []
    for end in (head, tail):
        for line in re.split(r"[\r\n]+", end.decode(found.encoding, "replace")):
            fields = line.split(mapping.delimiter)
            try:
                instants.append(read(fields[place].strip(' "')))
            except (times.TimeRefused, IndexError):
                continue
    return (instant_text(min(instants)), instant_text(max(instants))) if instants else (None, None)
