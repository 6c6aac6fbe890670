"""The beginning of a file as formats look at it: its table, its first JSON records or its first lines."""

from __future__ import annotations

import io
from functools import partial
from itertools import islice
from typing import Any

from rollcall.formats import generic_csv
from rollcall.formats.generic_csv import Head, Table
from rollcall.formats.mapping import column_name
from rollcall.formats.profile import JsonRecords, Look, TableRecords
from rollcall.formats.registry import PROFILES
from rollcall.intake.findings import FileRefused
from rollcall.intake.json_stream import JsonStream, NotJson, decoded, json_lines
from rollcall.intake.limits import Limits

_RECORDS = 200
_LINES = 60
_PATHS = frozenset(
    path for profile in PROFILES.values() if isinstance(profile.shape, JsonRecords) for path in profile.shape.paths
) | {(), ("*",)}


def is_json(head: Head) -> bool:
    """Return whether a text begins as JSON does."""
    return head.text.lstrip(" \t\r\n\ufeff")[:1] in ("{", "[") and not head.text.lstrip().startswith("[{]")


def look_at(head: Head) -> Look:
    """Return what formats may look at. Raises FileRefused for a text that begins as JSON and is none."""
    if is_json(head):
        return Look(filename=head.filename, records=_records(head))
    table = generic_csv.find_table(head)
    lines = tuple(islice((line.rstrip("\r\n") for line in io.StringIO(head.text)), _LINES))
    found = frozenset(
        profile.name
        for profile in PROFILES.values()
        if isinstance(profile.shape, TableRecords)
        and profile.shape.header
        and generic_csv.table_below(head, profile.shape.header) is not None
    )
    return Look(filename=head.filename, lines=lines, header=_names(table), found=found, records={})


def has_json_lines(head: Head) -> bool:
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
    """Return whether a whole JSON file is a list without elements, or a page whose list is empty."""
    if not (head.is_whole and is_json(head)):
        return False
    try:
        value = decoded(head.text)
    except NotJson:
        return False
    lists = {path[0] for path in _PATHS if len(path) > 1 and path[1] == "*"}
    return value == [] or (isinstance(value, dict) and any(value.get(name) == [] for name in lists))


def _records(head: Head) -> dict[tuple[str, ...], tuple[dict[str, Any], ...]]:
    found: dict[tuple[str, ...], tuple[dict[str, Any], ...]] = {}
    refusal: FileRefused | None = None
    by_line = has_json_lines(head)
    for path in sorted(filter(partial(_could_have, head.text), _PATHS)):
        records: list[dict[str, Any]] = []
        source, limits = io.StringIO(head.text), Limits()
        stream = json_lines(source, limits) if by_line and not path else JsonStream(source, limits).records(path)
        try:
            records.extend(record.value for record in islice(stream, _RECORDS) if isinstance(record.value, dict))
        except FileRefused as error:
            # A head that is cut ends in the middle of a value; what was read before it counts.
            refusal = refusal or error
        if records:
            found[path] = tuple(records)
    if not found and refusal is not None and head.is_whole:
        raise refusal
    return found
