"""The beginning of a file as formats look at it: its table, its first JSON records or its first lines."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import partial
from itertools import islice
from typing import Any

from rollcall.formats import generic_csv
from rollcall.formats.generic_csv import Head, Table
from rollcall.formats.mapping import ColumnMapping, column_name, recognize
from rollcall.formats.profile import JsonRecords, Look, TableRecords
from rollcall.formats.registry import PROFILES
from rollcall.intake.findings import FileRefused
from rollcall.intake.json_lists import events_at
from rollcall.intake.json_stream import JsonStream, NotJson, begins_as_json, decoded, json_lines
from rollcall.intake.limits import Limits

_RECORDS = 2_000
_LINES = 60
_PATHS = frozenset(
    path for profile in PROFILES.values() if isinstance(profile.shape, JsonRecords) for path in profile.shape.paths
) | {(), ("*",)}


def is_json(head: Head) -> bool:
    """Return whether a text begins as JSON does."""
    return begins_as_json(head.text)


def look_at(head: Head, delimiter: str | None = None) -> Look:
    """Return what formats may look at. Raises FileRefused for a text that begins as JSON and is none.

    `delimiter` is what a person has said parts the columns of a table.
    """
    if is_json(head):
        by_line = _has_json_lines(head)
        return Look(filename=head.filename, records=_records(head, by_line=by_line), has_json_lines=by_line)
    table = generic_csv.find_table(head, delimiter)
    lines = tuple(islice((line.rstrip("\r\n") for line in io.StringIO(head.text)), _LINES))
    below = {
        profile.name: found
        for profile in PROFILES.values()
        if isinstance(profile.shape, TableRecords)
        and profile.shape.header
        and (found := generic_csv.table_below(head, profile.shape.header)) is not None
    }
    return Look(filename=head.filename, lines=lines, header=_names(table), table=table, below=below, records={})


def _has_json_lines(head: Head) -> bool:
    """Return whether each line of a text is a JSON value of its own."""
    first = next((line for line in io.StringIO(head.text) if line.strip(" \t\r\n\ufeff")), "")
    try:
        return isinstance(decoded(first), dict)
    except NotJson:
        return False


def _names(table: Table | None) -> frozenset[str]:
    return frozenset() if table is None else frozenset(map(column_name, table.header))


def _could_have(text: str, path: tuple[str, ...]) -> bool:
    """Return whether a text might hold records at a path: looked at before it is read once for each path."""
    is_array = text.lstrip(" \t\r\n\ufeff").startswith("[")
    return is_array == (path[:1] == ("*",)) and (is_array or not path or f'"{path[0]}"' in text)


def is_empty_json(head: Head) -> bool:
    """Return whether a whole JSON file is a list without elements, or a page whose list is empty.

    A page has nothing but single values beside its list, and neither a user nor a time.
    """
    if not (head.is_whole and is_json(head)):
        return False
    try:
        value = decoded(head.text)
    except NotJson:
        return False
    if not isinstance(value, dict):
        return bool(value == [])
    lists = {path[0] for path in _PATHS if len(path) > 1 and path[1] == "*" and value.get(path[0], ...) in ([], None)}
    beside = {name: item for name, item in value.items() if name not in lists}
    named = recognize(list(beside)).columns
    is_page = not (named["user"] or named["at"] or any(isinstance(item, dict | list) for item in beside.values()))
    return bool(lists) and is_page


def _records(head: Head, *, by_line: bool) -> dict[tuple[str, ...], tuple[dict[str, Any], ...]]:
    found: dict[tuple[str, ...], tuple[dict[str, Any], ...]] = {}
    refusal: FileRefused | None = None
    is_sound = False
    for path in sorted(filter(partial(_could_have, head.text), _PATHS)):
        records, error = _records_at(head, path, by_line=by_line)
        refusal = refusal or error
        if records:
            found[path] = records
            is_sound = is_sound or error is None
    if not is_sound and refusal is not None and head.is_whole:
        raise refusal
    return found


def _records_at(head: Head, path: tuple[str, ...], *, by_line: bool) -> tuple[tuple[Any, ...], FileRefused | None]:
    """Return the first records at a path, and what stopped the reading: a head that is cut ends within a value."""
    records: list[dict[str, Any]] = []
    source, limits = io.StringIO(head.text), Limits()
    stream = json_lines(source, limits) if by_line and not path else JsonStream(source, limits).records(path)
    try:
        records.extend(record.value for record in islice(stream, _RECORDS) if isinstance(record.value, dict))
    except FileRefused as error:
        return tuple(records), error
    return tuple(records), None


def with_list(
    head: Head, look: Look, mapping: ColumnMapping | None = None
) -> tuple[tuple[str, ...] | None, tuple[Mapping[str, Any], ...]]:
    """Return where the records of a JSON file of no named format are, and the first of them.

    They are one object a line, the objects of an array, or those of a list inside the objects of the file.
    Raises FileRefused where several lists hold events.
    """
    path = look.path_of(JsonRecords())
    records = look.records[path] if path is not None else ()
    return (path, records) if path == ("*",) else events_at(head.text, path, records, mapping)
