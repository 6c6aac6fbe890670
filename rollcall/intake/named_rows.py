"""Records of named formats and of JSON as rows of text, so that one set of checks serves every format."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TextIO

from rollcall.formats import generic_json, times
from rollcall.formats.fields import dig, unfit
from rollcall.formats.generic_csv import Table
from rollcall.formats.mapping import RECOGNIZED_NAMES, column_name
from rollcall.formats.profile import Entry, Fact, JsonRecords, LineRecords, Part, Profile, Unusable
from rollcall.intake.findings import SHOWN_CHARACTERS, FileRefused
from rollcall.intake.given_back import is_given_back, restored
from rollcall.intake.json_stream import JsonRecord, JsonStream, json_lines
from rollcall.intake.limits import Limits
from rollcall.intake.records import Fault, Record, RecordReader, shown
from rollcall.intake.sheets import Sheet
from rollcall.intake.text import is_broken
from rollcall.terms.activity import is_marked, marked

# The columns of a row of a named format, in this order.
FIELDS = ("user", "at", "action", "event_id", "quantity", "instance", "events", "until")

Raw = tuple[int, Any, Fault | None]


def entry_rows(profile: Profile, raw: Iterator[Raw], limits: Limits) -> Iterator[Record]:
    """Yield one row per activity: its texts in the order of FIELDS, the action marked where it is no activity."""
    for line, part in parts_of(profile, raw):
        if isinstance(part, Fault):
            yield Record(line, _around(part), part)
        elif isinstance(part, Entry):
            yield _row(line, part, profile, limits)
        elif isinstance(part, Unusable):
            place = FIELDS.index(part.role) if part.role in FIELDS else None
            fault = Fault(part.code, part.message, place, part.value)
            yield Record(line, _around(fault), fault)


def parts_of(profile: Profile, raw: Iterator[Raw]) -> Iterator[tuple[int, Part | Fault]]:
    """Yield what each record of a named format says, with its line."""
    for line, value, fault in raw:
        if fault is not None:
            yield line, fault._replace(place=None)
            continue
        if isinstance(value, Fact):
            yield line, value
            continue
        wrong = _of_wrong_type(profile, value) if isinstance(profile.shape, JsonRecords) else None
        for part in profile.parts(value) if wrong is None else (wrong,):
            yield line, part


def _of_wrong_type(profile: Profile, record: Any) -> Unusable | None:
    """Return what to say of a JSON record in which a field that counts holds something else than a text or number."""
    for role, path in profile.labels.items():
        value = dig(record, path)
        if unfit(value) and not (role == "action" and isinstance(value, bool)):
            words = f"The field {path} holds something else than a text or a number."
            return Unusable("field.type", words, role, str(value)[:SHOWN_CHARACTERS])
    return None


def _row(line: int, entry: Entry, profile: Profile, limits: Limits) -> Record:
    action, written = entry.action, [getattr(entry, name) for name in FIELDS]
    fault = fault_of_texts(written, limits)
    if fault is not None:
        return Record(line, written, fault)
    if not action:
        fault = Fault("action.empty", "There is no action in this row.", FIELDS.index("action"))
    elif is_marked(action):
        fault = Fault("action.marker", f"The action '{action[:80]}' holds ' !', which no action may.", 2, action)
    elif entry.no_activity:
        action = marked(action, entry.no_activity)
    fields = [*written[:2], action, *written[3:]]
    if profile.repeats_equal_rows and not entry.event_id:
        fields[3] = hashlib.sha256("\x1f".join(fields).encode("utf-8", "surrogatepass")).hexdigest()
    return Record(line, fields, fault)


def fault_of_texts(fields: Sequence[str], limits: Limits) -> Fault | None:
    """Return what is wrong with the texts of a row before anybody looks at what they mean, or None."""
    for place, field in enumerate(fields):
        if len(field) > limits.field_characters:
            return Fault("field.too_long", f"The field is too long: {len(field):,} characters.", place, field)
        if "\0" in field:
            return Fault("text.nul", "The field holds a NUL character.", place, field)
        if is_broken(field):
            return Fault("text.not_utf8", "The field holds half a character, which is not valid Unicode.", place, field)
    return None


def _around(fault: Fault) -> list[str]:
    fields = [""] * len(FIELDS)
    if fault.place is not None:
        fields[fault.place] = fault.value
    return fields


def raw_json(
    text: TextIO,
    path: tuple[str, ...],
    *,
    by_line: bool,
    limits: Limits,
    facts: Mapping[str, str] | None = None,
    looks: Callable[[str, Any], None] | None = None,
) -> Iterator[Raw]:
    """Yield the objects at a path; what is no object is a fault of its own. Raises FileRefused.

    `facts` are {key beside the records: name}; they follow the records. `looks` is shown what stands beside the path.
    """
    if by_line and not path:
        for record in json_lines(text, limits):
            yield record.line, record.value, _json_fault(record)
        return
    stream = JsonStream(text, limits, looks=looks)
    for record in stream.records(path):
        yield record.line, record.value, _json_fault(record)
    for key, name in (facts or {}).items():
        if key in stream.beside:
            yield 0, Fact(name, stream.beside[key]), None


def _json_fault(record: JsonRecord) -> Fault | None:
    if record.broken:
        return Fault("json.invalid", record.broken)
    if not isinstance(record.value, dict):
        return Fault("json.no_object", "This is not a JSON object with fields.", None, shown(str(record.value)[:200]))
    return None


def raw_lines(text: TextIO, shape: LineRecords, limits: Limits) -> Iterator[Raw]:
    """Yield one record a line, as the format's reader understands it; lines that are none are passed over."""
    read = shape.start()
    limit = limits.line_characters
    for number, line in enumerate(iter(lambda: text.readline(limit + 1), ""), start=1):
        if len(line) > limit:
            raise FileRefused("row.too_long", f"Line {number} is longer than {limit:,} characters.")
        line = line.rstrip("\r\n")
        if not line.strip(" \t\x1a"):
            continue
        if is_broken(line):
            yield (
                number,
                None,
                Fault(
                    "text.not_utf8", "The line is not valid UTF-8 (or not in the encoding named).", None, shown(line)
                ),
            )
            continue
        record = read(line)
        if isinstance(record, Unusable):
            yield number, None, Fault(record.code, record.message, None, record.value)
        elif record is not None:
            yield number, record, None


def raw_table(text: TextIO | Sheet, table: Table, *, at: str, limits: Limits) -> Iterator[Raw]:
    """Yield the rows of a table as {column name: cell}; of two columns of one name the first counts."""
    names = [column_name(name) for name in table.header]
    width = len(names)
    place = names.index(column_name(at)) if column_name(at) in names else None

    def swallows(fields: Sequence[str]) -> bool:
        return place is not None and len(fields) == width and times.classify(fields[place].strip()) is not None

    records: Iterable[Record]
    if isinstance(text, Sheet):
        records = text.records(skip=table.header_line, width=width)
    else:
        records = RecordReader(
            text, delimiter=table.delimiter, width=width, skip=table.header_line, limits=limits, swallows=swallows
        )
    backwards = tuple(reversed(names))
    for record in restored(records) if is_given_back(table.header) else records:
        yield record.line, dict(zip(backwards, reversed(record.fields), strict=False)), record.fault


def json_rows(
    raw: Iterator[Raw], header: Sequence[str], limits: Limits, columns: Mapping[str, str | None]
) -> Iterator[Record]:
    """Yield the records of any JSON as rows under a header of paths; `columns` are {role: path}.

    Raises FileRefused for a field with the name of a role that the first records, and so the header, did not have.
    """
    late = _late_names(header, columns)
    for line, value, fault in raw:
        if late and fault is None:
            _refuse_late(line, value, late)
        fault = fault or _not_single(value, header, columns)
        if fault is not None:
            yield Record(line, [""] * len(header), fault)
        else:
            fields = generic_json.cells(value, header)
            yield Record(line, fields, fault_of_texts(fields, limits))


def _late_names(header: Sequence[str], columns: Mapping[str, str | None]) -> dict[str, str]:
    """Return {name: role} of the names that would have been recognized for the roles that have no column."""
    seen = set(map(column_name, header))
    free = (role for role in RECOGNIZED_NAMES if columns.get(role) is None)
    return {name: role for role in free for name in RECOGNIZED_NAMES[role] if name not in seen}


def _refuse_late(line: int, record: Mapping[str, Any], late: Mapping[str, str]) -> None:
    for key in record:
        role = late.get(column_name(key))
        if role is not None:
            words = f"The record on line {line} has the field {shown(key)}, which none of the first records has."
            cure = f"Name it as the {role} in the mapping, or let a record that has it stand among the first."
            raise FileRefused("json.late_field", f"{words} {cure}")


def _not_single(record: Any, header: Sequence[str], columns: Mapping[str, str | None]) -> Fault | None:
    """Return what is wrong with a record in which a field that counts is no text or number; outcomes may be true."""
    for role, path in columns.items():
        value = None if path is None or role == "outcome" else dig(record, path)
        if isinstance(value, dict | list) or (isinstance(value, bool) and role != "action"):
            words = f"The field {path} holds something else than a text or a number."
            return Fault("field.type", words, header.index(path), shown(str(value)[:SHOWN_CHARACTERS]))
    return None


def raw_of(
    profile: Profile, text: Any, *, path: tuple[str, ...], by_line: bool, table: Table | None, limits: Limits
) -> Iterator[Raw]:
    """Yield the records of a named format from its text."""
    if isinstance(profile.shape, JsonRecords):
        return raw_json(text, path, by_line=by_line, limits=limits, facts=profile.shape.facts)
    if isinstance(profile.shape, LineRecords):
        return raw_lines(text, profile.shape, limits)
    assert table is not None
    return raw_table(text, table, at=profile.labels.get("at", ""), limits=limits)
