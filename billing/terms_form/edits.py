"""The buttons of the form that change its shape: a row or a named object more, or one less."""

import copy
import re
from collections.abc import Mapping
from typing import Any

_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_NUMBERED = re.compile(r"(.*?)-?\d*")


def edit(*, document: Mapping[str, Any], command: str) -> dict[str, Any]:
    """Return the document after a button: "add:charges.seats.price.tiers", "add:charges", "remove:metrics.active".

    Rows and names that are not there change nothing: the page may have been sent twice.
    """
    verb, _, path = command.partition(":")
    edited = copy.deepcopy(dict(document))
    steps = [int(row) if row else name for row, name in _STEP.findall(path)]
    if verb == "add" and steps:
        _add(edited, steps)
    elif verb == "remove" and steps:
        _remove(edited, steps)
    return edited


def _add(document: dict[str, Any], steps: list[int | str]) -> None:
    around, last = _walk(document, steps[:-1]), steps[-1]
    if not isinstance(around, dict):
        return
    found = around.get(last)
    if isinstance(found, list):
        _add_row(found)
    elif isinstance(found, dict):
        elsewhere = document.get(str(last))
        known = [name for name in elsewhere if name not in found] if isinstance(elsewhere, dict) else []
        if known:
            # A phase changes what the terms have: the first of these that it does not name yet.
            found[known[0]] = {}
        else:
            model: Any = next(iter(found.values()), {})
            found[_free_name(found, str(last))] = copy.deepcopy(model)
    else:
        around[str(last)] = [{}]


def _add_row(rows: list[Any]) -> None:
    """Put a row before the last one where that one is open-ended, so that the end stays the end."""
    is_open = bool(rows) and isinstance(rows[-1], dict) and None in rows[-1].values()
    rows.insert(len(rows) - 1 if is_open else len(rows), {})


def _free_name(taken: Mapping[str, Any], plural: str) -> str:
    known = next(iter(taken), plural.rstrip("s") or "one")
    stem = match[1] if (match := _NUMBERED.fullmatch(known)) else known
    number = 2
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"


def _remove(document: dict[str, Any], steps: list[int | str]) -> None:
    around, last = _walk(document, steps[:-1]), steps[-1]
    if isinstance(around, list) and isinstance(last, int) and last < len(around):
        del around[last]
    elif isinstance(around, dict):
        around.pop(str(last), None)


def _walk(found: Any, steps: list[int | str]) -> Any:
    for step in steps:
        if isinstance(found, list):
            found = found[step] if isinstance(step, int) and step < len(found) else None
        else:
            found = found.get(step) if isinstance(found, dict) else None
    return found
