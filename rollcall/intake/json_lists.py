"""Where the events of a JSON file of no named format are: its objects themselves, or one list inside them.

A file that holds events in more than one place is refused: whichever were read, the others would be lost silently.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from rollcall.formats import generic_json, times
from rollcall.formats.fields import has
from rollcall.formats.mapping import REQUIRED_ROLES, ColumnMapping, recognize
from rollcall.intake.findings import FileRefused
from rollcall.intake.json_stream import JsonStream
from rollcall.intake.limits import Limits
from rollcall.intake.records import shown

Path = tuple[str, ...]
Records = tuple[Mapping[str, Any], ...]

# Lists are looked for inside so many objects; so many of their records are kept.
_DEEPEST = 6
_RECORDS = 2_000


def events_at(
    text: str, path: Path | None, records: Records, mapping: ColumnMapping | None
) -> tuple[Path | None, Records]:
    """Return where the events are in the first text of a file, and the first of them.

    `path` is where its objects are, `records` the first of those; `mapping` names the fields if a person has said them.
    Raises FileRefused where several places hold events.
    """
    lists = _lists_of(text)
    fitting = [place for place in lists if has_events(lists[place], mapping)]
    if has_events(records, mapping) and (len(records) > 1 or not fitting):
        return path, records
    if len(fitting) > 1 or (fitting and has_events(records, mapping)):
        raise several(fitting if len(fitting) > 1 else [(), *fitting])
    if fitting:
        return fitting[0], lists[fitting[0]]
    timed = {place: found for place, found in lists.items() if _has_times(found)}
    # Events in objects of their own may have lists beside them; a page around a list has at most its own time.
    if not lists or (_has_times(records) and (len(records) > 1 or not timed)):
        return path, records
    candidates = timed or lists
    place = max(candidates, key=lambda one: len(generic_json.table_of(candidates[one]).header))
    return place, candidates[place]


def has_events(records: Sequence[Mapping[str, Any]], mapping: ColumnMapping | None) -> bool:
    """Return whether some of these objects have a user and a time, by name or under the names of a mapping."""
    if mapping is None:
        return not recognize(generic_json.table_of(records).header).missing
    names = [name for role in REQUIRED_ROLES if (name := mapping.columns.get(role))]
    return len(names) == len(REQUIRED_ROLES) and any(has(record, *names) for record in records)


def refuse_elsewhere(path: Path, mapping: ColumnMapping) -> Callable[[str, Any], None]:
    """Return what looks at the values that stand beside the list at a path; it raises FileRefused for events there."""

    def look(key: str, value: Any) -> None:
        for inner, record in _objects_in(value, (key,)):
            if has_events((record,), mapping):
                raise several([path, inner])

    return look


def several(places: Sequence[Path]) -> FileRefused:
    """Return the refusal of a file with events in several places."""
    named = [shown(".".join(part for part in place if part != "*")) or "its own objects" for place in places]
    words = f"The JSON holds events in {', '.join(named[:-1])} and in {named[-1]}. Send each list as a file of its own."
    return FileRefused("json.lists", words)


def _has_times(records: Records) -> bool:
    return any(
        isinstance(value, str) and times.classify(value) is not None for record in records for value in record.values()
    )


def _lists_of(text: str) -> dict[Path, Records]:
    """Return the first objects of every list of objects; a text that is cut ends within one."""
    found: dict[Path, list[Mapping[str, Any]]] = {}
    with suppress(FileRefused):
        for place, record in _Lists(io.StringIO(text), Limits()).objects():
            kept = found.setdefault(place, [])
            if len(kept) < _RECORDS:
                kept.append(record)
    return {place: tuple(kept) for place, kept in found.items()}


def _objects_in(value: Any, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield the first object of every list inside a value, with its path."""
    if isinstance(value, list):
        first = next((item for item in value if isinstance(item, dict)), None)
        if first is not None:
            yield path, first
    elif isinstance(value, dict) and len(path) <= _DEEPEST:
        for key, item in value.items():
            yield from _objects_in(item, (*path, key))


class _Lists(JsonStream):
    """The objects that stand in lists, wherever these are."""

    def objects(self) -> Iterator[tuple[Path, Mapping[str, Any]]]:
        """Yield each with the path of its list, of one document after the other. Raises FileRefused."""
        while begins := self._peek():
            if begins == "{":
                yield from self._inside(())
            else:
                self._value()

    def _inside(self, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
        self._expect("{")
        if self._peek() == "}":
            self._skip()
            return
        while True:
            if self._peek() != '"':
                raise self._refused("A key is missing")
            key = str(self._value())
            self._expect(":")
            begins = self._peek()
            if begins == "{" and len(path) < _DEEPEST:
                yield from self._inside((*path, key))
            elif begins == "[":
                yield from self._inside_list((*path, key, "*"))
            else:
                self._value()
            if not self._goes_on("}"):
                return

    def _inside_list(self, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
        self._expect("[")
        if self._peek() == "]":
            self._skip()
            return
        while True:
            self._peek()
            value = self._value()
            if isinstance(value, dict):
                yield path, value
            if not self._goes_on("]"):
                return
