"""How formats take fields out of JSON records: by a dotted path, as the text that was written."""

from __future__ import annotations

from typing import Any


def dig(record: Any, path: str) -> Any:
    """Return the value at a dotted path, or None. A key that itself holds the dots ("user.name") is found, too."""
    if isinstance(record, dict):
        if path in record:
            return record[path]
        first, _, rest = path.partition(".")
        return dig(record.get(first), rest) if rest else None
    return None


def text(record: Any, *paths: str) -> str:
    """Return the first value at one of these paths that is a text or a number, as written; "" when there is none."""
    for path in paths:
        value = dig(record, path)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, str) and value:
            return value
    return ""


def lacks(record: Any, *paths: str) -> bool:
    """Return whether a record says nothing at all of these paths: each is absent, null or empty."""
    return all(dig(record, path) in (None, "") for path in paths)


def unfit(value: Any) -> bool:
    """Return whether a value is no single text or number where one is wanted: an object, true, a list of objects."""
    if isinstance(value, list):
        return any(not isinstance(item, str) for item in value)
    return isinstance(value, dict | bool)


def has(record: Any, *paths: str) -> bool:
    """Return whether a record has all of these paths, be it with an empty value."""
    return all(_is_there(record, path) for path in paths)


def _is_there(record: Any, path: str) -> bool:
    if not isinstance(record, dict):
        return False
    first, _, rest = path.partition(".")
    return path in record or (bool(rest) and _is_there(record.get(first), rest))
