"""JSON as people sign it: a key that stands twice, or a number that is none, is refused instead of being guessed."""

from __future__ import annotations

import json
from typing import Any


class NotStrictJson(ValueError):
    """The text is not JSON, or JSON with two meanings."""


def read_json(text: str) -> Any:
    """Return the value of a JSON text. Raises NotStrictJson, with the line where the text breaks off."""
    try:
        return json.loads(text, object_pairs_hook=_each_key_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise NotStrictJson(f"This is not JSON: line {error.lineno}, column {error.colno}: {error.msg}.") from error
    except RecursionError as error:
        raise NotStrictJson("This JSON is nested too deeply to be read.") from error


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise NotStrictJson(f"The key '{key}' stands twice in one object; only one of them can be meant.")
        found[key] = value
    return found


def _no_constant(name: str) -> Any:
    raise NotStrictJson(f"{name} is not a number.")
