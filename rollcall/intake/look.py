"""The beginning of a file as formats look at it: its table, its first JSON records or its first lines."""

from __future__ import annotations

import io
from itertools import islice
from typing import Any

from rollcall.formats import generic_csv
from rollcall.formats.generic_csv import Head, Table
from rollcall.formats.mapping import column_name
from rollcall.formats.profile import JsonRecords, Look
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
    return Look(filename=head.filename, lines=lines, header=_names(table), records={})


def has_json_lines(head: Head) -> bool:
    """Return whether each line of a text is a JSON value of its own."""
    first = next((line for line in io.StringIO(head.text) if line.strip(" \t\r\n\ufeff")), "")
    try:
        return isinstance(decoded(first), dict)
    except NotJson:
        return False


def _names(table: Table | None) -> frozenset[str]:
    return frozenset() if table is None else frozenset(map(column_name, table.header))


def _records(head: Head) -> dict[tuple[str, ...], tuple[dict[str, Any], ...]]:
    found: dict[tuple[str, ...], tuple[dict[str, Any], ...]] = {}
    refusal: FileRefused | None = None
    by_line = has_json_lines(head)
    for path in sorted(_PATHS):
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
