"""Any CSV of events: a header line, then one row per event, with at least a user and a time.

Commas, semicolons, tabs and bars are found by themselves, as are lines before the header. The columns `user_id`
(`user`), `occurred_at` (`timestamp`, `time`), `action` (`event`), `event_id` (`id`), `quantity` and `instance_id` are
recognized in any order and case; any other column can be mapped by a person. Where a column such as `status` or
`outcome` is there, a person says which of its values mean success. A column such as `type` is never taken for the
action by its name: a person says whether it is.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from rollcall.formats import times
from rollcall.formats.mapping import (
    DELIMITERS,
    REQUIRED_ROLES,
    USER_COUNT_NAMES,
    ColumnMapping,
    TimeRule,
    column_name,
    looks_like_an_outcome,
    outcome_value,
    recognize,
)

NAME = "csv"
KIND = "events"

# The head is bounded, so its fields are.
csv.field_size_limit(2**31 - 1)

# A line with its end, which may be missing at the end of the text.
_LINE = re.compile(r"[^\r\n]+(?:\r\n|\r|\n)?|\r\n|\r|\n")

# A header is looked for in so many records; the shape of the table is judged by so many.
_HEADER_RECORDS = 40
_SHAPE_RECORDS = 200
_SAMPLE_ROWS = 2_000
_SUGGESTED_COLUMNS = 200
# A column with more values than this holds something else than outcomes.
_OUTCOMES = 20
_OUTCOME_CHARACTERS = 80

# Words by which a column of users or actions is suggested, for a person to confirm.
_HINTS = {
    "user": (
        "user",
        "login",
        "email",
        "mail",
        "account",
        "actor",
        "member",
        "utilisateur",
        "benutzer",
        "usuario",
        "person",
    ),
    "action": ("action", "event", "activity", "operation", "aktion"),
}
# Columns with these words may hold the action, but as often what kind of account it was or how the action ended.
_UNSURE_ACTION_HINTS = ("type", "status", "statut")


@dataclass(frozen=True, kw_only=True)
class Head:
    """The first text of a file, cut at the end of a line unless it is the whole file."""

    text: str
    is_whole: bool
    filename: str
    encoding: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """The shape of a table: where its header stands, and the records of the head behind it."""

    delimiter: str
    header_line: int
    header: tuple[str, ...]
    records: tuple[tuple[str, ...], ...]


def find_table(head: Head, delimiter: str | None = None) -> Table | None:
    """Return the table in the head, or None when no line looks like a header or a row of one.

    `delimiter` is what a person has said parts the columns; without it the text decides.
    """
    delimiters = DELIMITERS if delimiter is None else (delimiter,)
    first_line, _, rest = head.text.partition("\n")
    marked = first_line.strip().lower().removeprefix("sep=") if first_line.lower().startswith("sep=") else ""
    if len(marked) == 1 or first_line.strip("\r").lower() == "sep=\t":
        said = (delimiter or marked or "\t",)
        return _by_names(rest, said, 1) or _by_shape(rest, said, 1)
    return _by_names(head.text, delimiters, 0) or _by_shape(head.text, delimiters, 0)


def table_below(head: Head, header: Sequence[Sequence[str]]) -> Table | None:
    """Return the table whose header has one name of each group, however many lines stand before it, or None."""
    for delimiter in DELIMITERS:
        for line, record in _records(head.text, delimiter, _HEADER_RECORDS):
            names = set(map(column_name, record))
            if all(names.intersection(group) for group in header):
                return _table(head.text, line, delimiter, 0)
    return None


def table_at(head: Head, delimiter: str, header_line: int) -> Table | None:
    """Return the table whose delimiter and header line are known, or None when the head ends before it."""
    for line, record in _records(head.text, delimiter, None):
        if line == header_line:
            behind = (tuple(fields) for number, fields in _records(head.text, delimiter, _SAMPLE_ROWS) if number > line)
            return Table(delimiter=delimiter, header_line=line, header=tuple(record), records=tuple(behind))
        if line > header_line:
            return None
    return None


def suggest(table: Table, head: Head) -> ColumnMapping:
    """Return the mapping that the names of the header say, completed by hints for a person to confirm."""
    columns = dict(recognize(table.header).columns)
    taken = {name for name in columns.values() if name}
    free = [name for name in table.header if name and name not in taken][:_SUGGESTED_COLUMNS]
    if columns["at"] is None:
        columns["at"] = next((name for name in free if _looks_like_times(table, name)), None)
    for role, hints in _HINTS.items():
        if columns[role] is None:
            named = (name for name in free if name != columns["at"] and _is_named_as(role, name, hints))
            columns[role] = next(named, None)
            free = [name for name in free if name != columns[role]]
    columns["outcome"] = next((name for name in free if _looks_like_outcomes(table, name)), None)
    mapping = ColumnMapping(
        format=NAME,
        encoding=head.encoding,
        delimiter=table.delimiter,
        header_line=table.header_line,
        columns=columns,
        constants={"action": None},
    )
    return with_time_rule(mapping, table)


def unsure_actions(mapping: ColumnMapping, table: Table) -> tuple[str, ...]:
    """Return the filled columns that might hold the action by their names, where none is known to."""
    if mapping.columns.get("action") is not None:
        return ()
    taken = {column_name(name) for name in mapping.columns.values() if name}
    return tuple(
        name
        for name in table.header[:_SUGGESTED_COLUMNS]
        if column_name(name) not in taken
        and any(hint in name.lower() for hint in _UNSURE_ACTION_HINTS)
        and any(column(table, name))
    )


def with_time_rule(mapping: ColumnMapping, table: Table) -> ColumnMapping:
    """Return the mapping with the time format that most samples show, where it names none."""
    samples = times_of(mapping, table)
    kinds = Counter(kind for kind in map(times.classify, samples) if kind)
    found = mapping.time.format or (kinds.most_common(1)[0][0] if kinds else times.ISO)
    order = mapping.time.date_order
    if found == times.ORDERED and order is None:
        order, _ = times.date_order(samples)
    rule = TimeRule(format=found, date_order=order, source_timezone=mapping.time.source_timezone)
    return mapping.with_time(format=rule.format, date_order=rule.date_order)


def times_of(mapping: ColumnMapping, table: Table) -> list[str]:
    """Return the times of the rows in the head, as they are written."""
    return [text for text in column(table, mapping.columns.get("at")) if text]


def outcomes(column: Iterable[str]) -> tuple[str, ...]:
    """Return the different values of a column in their order; none of one with more or longer ones than outcomes."""
    found: dict[str, str] = {}
    for value in column:
        if value:
            found.setdefault(outcome_value(value), value)
        if len(found) > _OUTCOMES or len(value) > _OUTCOME_CHARACTERS:
            return ()
    return tuple(found.values())


def column(table: Table, name: str | None) -> list[str]:
    """Return the values of a column in the head."""
    if name is None:
        return []
    names = [column_name(header) for header in table.header]
    if column_name(name) not in names:
        return []
    return column_at(table, names.index(column_name(name)))


def column_at(table: Table, place: int) -> list[str]:
    """Return the values of the column at a place in the head."""
    return [record[place].strip() for record in table.records if len(record) == len(table.header)]


def columns_of(table: Table, looks: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the filled columns of the head in which every value looks like this."""
    found = []
    for place, name in enumerate(table.header[:_SUGGESTED_COLUMNS]):
        values = list(filter(None, column_at(table, place)))
        if values and all(map(looks, values)):
            found.append(name)
    return tuple(found)


def looks_like_a_row(fields: Sequence[str]) -> bool:
    """Return whether what stands where a header should be is a row of values."""
    return any(times.classify(field.strip()) for field in fields)


def _by_names(text: str, delimiters: Sequence[str], lines_before: int) -> Table | None:
    found: list[tuple[int, int, str]] = []
    for delimiter in delimiters:
        for line, record in _records(text, delimiter, _HEADER_RECORDS):
            known = recognize(record)
            if all(known.columns[role] for role in REQUIRED_ROLES):
                found.append((line, -len(record), delimiter))
                break
    return _table(text, *min(found)[::2], lines_before) if found else None


def _by_shape(text: str, delimiters: Sequence[str], lines_before: int) -> Table | None:
    best: tuple[float, int, int, str] | None = None
    for delimiter in delimiters:
        records = [
            (line, record) for line, record in _records(text, delimiter, _SHAPE_RECORDS) if not _is_comment(record)
        ]
        widths = Counter(len(record) for _, record in records if len(record) > 1)
        if not widths:
            continue
        width, count = widths.most_common(1)[0]
        line = next(line for line, record in records if len(record) == width)
        score = (count / len(records), width, line, delimiter)
        best = max(best, score) if best else score
    return _table(text, best[2], best[3], lines_before) if best else None


def _table(text: str, header_line: int, delimiter: str, lines_before: int) -> Table:
    records = list(_records(text, delimiter, _SAMPLE_ROWS))
    header = next(record for line, record in records if line == header_line)
    return Table(
        delimiter=delimiter,
        header_line=header_line + lines_before,
        header=tuple(header),
        records=tuple(tuple(record) for line, record in records if line > header_line),
    )


def _records(text: str, delimiter: str, at_most: int | None) -> Iterator[tuple[int, list[str]]]:
    """Yield (physical line, fields) without judging; the strict reading comes later."""
    reader = csv.reader(_lines(text), delimiter=delimiter)
    line = 1
    for record in reader:
        if record:
            yield line, record
            at_most = None if at_most is None else at_most - 1
        line = reader.line_num + 1
        if at_most == 0:
            return


def _lines(text: str) -> Iterator[str]:
    """Yield the lines of a text with their ends, as a text file opened with newline="" does, as far as anybody asks."""
    return (line[0] for line in _LINE.finditer(text))


def _is_comment(record: Sequence[str]) -> bool:
    return bool(record) and record[0].startswith("#")


def _is_named_as(role: str, name: str, hints: Sequence[str]) -> bool:
    """Return whether a column's name holds one of the words for a role, and is not known to be that of another."""
    is_other = looks_like_an_outcome(name) if role == "action" else column_name(name) in USER_COUNT_NAMES
    return not is_other and any(hint in name.lower() for hint in hints)


def _looks_like_outcomes(table: Table, name: str) -> bool:
    return looks_like_an_outcome(name) and bool(outcomes(column(table, name)))


def _looks_like_times(table: Table, name: str) -> bool:
    values = [value for value in column(table, name) if value][:50]
    return bool(values) and sum(times.classify(value) is not None for value in values) * 10 >= len(values) * 9
