"""Which column of a file means what: MAP.json of SHAPES.md, and the column names that are recognized without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rollcall.formats.times import DATE_ORDERS, FORMATS
from rollcall.terms.identity import trim

ROLES = ("user", "at", "action", "event_id", "quantity", "instance", "outcome")
REQUIRED_ROLES = ("user", "at")

# In any order and case; of several names for one role the first that a file has is taken.
RECOGNIZED_NAMES: dict[str, tuple[str, ...]] = {
    "user": ("user_id", "user"),
    "at": ("occurred_at", "timestamp", "time"),
    "action": ("action", "event"),
    "event_id": ("event_id", "id"),
    "quantity": ("quantity",),
    "instance": ("instance_id", "instance"),
}

# Columns that look as if they said whether the action succeeded. None is taken by itself: which of its values mean
# success is a person's word.
OUTCOME_NAMES = ("outcome", "result", "status", "success", "succeeded")

# Columns that hold numbers of users, whatever their names have in common with those of users.
USER_COUNT_NAMES = (
    "active_users",
    "users",
    "count",
    "user_count",
    "billable_users",
    "monthly_active_users",
    "seats",
)

DELIMITERS = (",", ";", "\t", "|")


KEYS = ("format", "encoding", "delimiter", "header_line", "sheet", "columns", "constants", "time", "outcome")


class MappingRefused(ValueError):
    """The column mapping cannot be used; the message names the key and what is wrong with it."""


@dataclass(frozen=True, kw_only=True)
class TimeRule:
    """How the file writes its times. None means: found from the file itself."""

    format: str | None = None
    date_order: str | None = None
    source_timezone: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the `time` object of SHAPES.md."""
        return {"format": self.format, "date_order": self.date_order, "source_timezone": self.source_timezone}


@dataclass(frozen=True, kw_only=True)
class ColumnMapping:
    """One file's columns by role. `header_line` is the physical line of the header, 1 = first; in a workbook its row.

    `sheet` names the sheet of a workbook with several tables.

    `success` are the values of the outcome column that mean success, in any case and without blanks around them; a row
    with another value is kept as no activity.
    """

    format: str = "csv"
    encoding: str = "utf-8"
    delimiter: str = ","
    header_line: int = 1
    sheet: str | None = None
    columns: Mapping[str, str | None] = field(default_factory=dict)
    constants: Mapping[str, str | None] = field(default_factory=dict)
    time: TimeRule = field(default_factory=TimeRule)
    success: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> ColumnMapping:
        """Read MAP.json. Raises MappingRefused, which names an unknown or unusable key."""
        _known(document, KEYS, "")
        header_line = document.get("header_line", 1)
        if isinstance(header_line, bool) or not isinstance(header_line, int) or header_line < 1:
            raise MappingRefused(f"'header_line' must be a line number, 1 is the first, not {header_line!r}.")
        delimiter = _text(document.get("delimiter", ","), "delimiter")
        if len(delimiter) != 1 or delimiter in '"\r\n':
            raise MappingRefused(f"'delimiter' must be one character, not {delimiter!r}.")
        return cls(
            format=_text(document.get("format", "csv"), "format"),
            encoding=_text(document.get("encoding", "utf-8"), "encoding"),
            delimiter=delimiter,
            header_line=header_line,
            sheet=None if document.get("sheet") is None else _text(document["sheet"], "sheet"),
            columns=_by_role(document.get("columns", {}), "columns", ROLES),
            constants=_by_role(document.get("constants", {}), "constants", ("action", "instance")),
            time=_time_rule(document.get("time", {})),
            success=_success(document.get("outcome", {})),
        )

    def to_json(self) -> dict[str, Any]:
        """Return MAP.json with every key written out."""
        return {
            "format": self.format,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "header_line": self.header_line,
            "sheet": self.sheet,
            "columns": {role: self.columns.get(role) for role in ROLES},
            "constants": {"action": None} | dict(self.constants),
            "time": self.time.to_json(),
            "outcome": {"success": list(self.success)},
        }

    def with_time(self, **changes: str | None) -> ColumnMapping:
        """Return the mapping with some of its time rule replaced."""
        return replace(self, time=replace(self.time, **changes))

    def succeeded(self, value: str) -> bool:
        """Return whether a value of the outcome column means success."""
        return outcome_value(value) in map(outcome_value, self.success)

    def positions(self, header: Sequence[str]) -> dict[str, int]:
        """Return {role: index in the header}. Raises MappingRefused for a column that is absent or there twice."""
        found: dict[str, int] = {}
        for role, name in self.columns.items():
            if name is None:
                continue
            places = [place for place, column in enumerate(header) if column_name(column) == column_name(name)]
            if not places:
                raise MappingRefused(f"The file has no column '{name}', which the mapping takes for the {role}.")
            if len(places) > 1:
                raise MappingRefused(f"The column '{name}' is there twice, so it is not known which one is meant.")
            found[role] = places[0]
        return found


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """What the names of a header say by themselves."""

    columns: Mapping[str, str | None]
    missing: tuple[str, ...]
    twice: tuple[str, ...]


def column_name(raw: str) -> str:
    """Return a column name without its case, its blanks around it and the kind of blank or dash inside it."""
    return "_".join(trim(raw).lower().replace("-", " ").replace("_", " ").split())


def outcome_value(raw: str) -> str:
    """Return a value of an outcome column as values are compared: without blanks around it, in any case."""
    return trim(raw).casefold()


def looks_like_an_outcome(column: str) -> bool:
    """Return whether a column's name says that it might hold outcomes: `Status`, `login_result`, `event.outcome`."""
    return column_name(column).replace(".", "_").rpartition("_")[2] in OUTCOME_NAMES


def recognize(header: Sequence[str]) -> Recognition:
    """Return the roles that the column names of a header stand for."""
    names = [column_name(column) for column in header]
    columns: dict[str, str | None] = dict.fromkeys(ROLES)
    twice: list[str] = []
    for role, known in RECOGNIZED_NAMES.items():
        name = next((name for name in known if name in names), None)
        if name is None:
            continue
        columns[role] = trim(header[names.index(name)])
        if names.count(name) > 1:
            twice.append(name)
    missing = tuple(RECOGNIZED_NAMES[role][0] for role in REQUIRED_ROLES if columns[role] is None)
    return Recognition(columns=columns, missing=missing, twice=tuple(twice))


def _known(document: object, keys: tuple[str, ...], prefix: str) -> None:
    if not isinstance(document, Mapping):
        raise MappingRefused(f"'{prefix or 'the mapping'}' must be an object.")
    for key in document:
        if key not in keys:
            raise MappingRefused(f"'{prefix}{key}' is not a key of a column mapping; known: {', '.join(keys)}.")


def _text(value: object, key: str) -> str:
    if not isinstance(value, str) or not value:
        raise MappingRefused(f"'{key}' must be a text, not {value!r}.")
    return value


def _by_role(value: object, key: str, roles: tuple[str, ...]) -> dict[str, str | None]:
    _known(value, roles, f"{key}.")
    assert isinstance(value, Mapping)
    return {role: None if name is None else _text(name, f"{key}.{role}") for role, name in value.items()}


def _time_rule(value: object) -> TimeRule:
    _known(value, ("format", "date_order", "source_timezone"), "time.")
    assert isinstance(value, Mapping)
    rule = {key: None if text is None else _text(text, f"time.{key}") for key, text in value.items()}
    for key, choices in (("format", FORMATS), ("date_order", DATE_ORDERS)):
        if rule.get(key) is not None and rule[key] not in choices:
            raise MappingRefused(f"'time.{key}' must be one of {', '.join(choices)}, not {rule[key]!r}.")
    return TimeRule(**rule)


def _success(value: object) -> tuple[str, ...]:
    _known(value, ("success",), "outcome.")
    assert isinstance(value, Mapping)
    values = value.get("success", [])
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise MappingRefused(f"'outcome.success' must be a list of values, not {values!r}.")
    if not all(isinstance(text, str) for text in values):
        raise MappingRefused("'outcome.success' must be a list of texts.")
    return tuple(values)
