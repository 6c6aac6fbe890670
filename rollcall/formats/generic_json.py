"""Any JSON of events: an array of objects, or one object a line, each with at least a user and a time.

Fields are named by their path (`actor.id`); `user_id` (`user`), `occurred_at` (`timestamp`, `time`), `action`
(`event`), `event_id` (`id`), `quantity` and `instance_id` are recognized at the top, any other field can be mapped by a
person. Numbers are read as they are written, so ids of any length stay whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rollcall.formats.fields import dig
from rollcall.formats.generic_csv import Table

NAME = "json"
KIND = "events"
# So many fields are offered; records with more have the others left out of the choice, never out of the file.
_MOST_FIELDS = 500


def table_of(records: Iterable[Mapping[str, Any]], *, more: Sequence[str] = ()) -> Table:
    """Return the first records as a table whose columns are the paths of their fields, and `more` of them."""
    kept = list(records)
    header = (*tuple({name: None for record in kept for name in _paths(record)})[:_MOST_FIELDS], *more)
    rows = tuple(tuple(cells(record, header)) for record in kept)
    return Table(delimiter=",", header_line=1, header=header, records=rows)


def cells(record: Mapping[str, Any], header: Sequence[str]) -> list[str]:
    """Return the fields of a record by their paths, as text; what is absent or no single value is empty."""
    return [_text(dig(record, name)) for name in header]


def _paths(record: Mapping[str, Any], prefix: str = "") -> Iterable[str]:
    for key, value in record.items():
        if isinstance(value, Mapping):
            yield from _paths(value, f"{prefix}{key}.")
        elif not isinstance(value, list):
            yield f"{prefix}{key}"


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return ""
