"""What a named export format says about itself: how it is recognized, and what one of its records means.

A format is one file of this folder with a `PROFILE`. It sees records (a JSON object, the cells of a table by their
column names, or a line of text), never bytes, and returns what was written in them as text: the rules of times, ids and
limits are the same for every format and lie in `rollcall.intake`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rollcall.formats.fields import has
from rollcall.formats.generic_csv import Table

# The kinds of upload, as they are named on screen; only the first can support any definition.
EVENTS = "events"
PER_USER_AND_DAY = "per_user_and_day"
COUNTS = "counts"
SNAPSHOT = "snapshot"
KINDS = (EVENTS, PER_USER_AND_DAY, COUNTS, SNAPSHOT)

# Who says in which zone a time without one is: nobody has to (every time names its zone or is an epoch), the format
# itself, or a person.
WRITTEN = "written"
UTC = "UTC"
ASKED = "asked"


# What a day's number is when a file of counts has several for it: a question, or the largest of them.
ASK = "ask"
LARGEST = "largest"


class Entry(NamedTuple):
    """One activity as the file writes it; intake reads the texts strictly.

    `no_activity` is one lower-case word that says why the row is no activity ("failed", "automatic", "idle"), or "".
    A row that stands for several activities of one user on one day of the bill says how many `events` they are and with
    `until` when the last one was; `at` is then the first, and `quantity` that of all together.
    """

    user: str
    at: str
    action: str
    event_id: str = ""
    quantity: str = ""
    instance: str = ""
    no_activity: str = ""
    events: str = ""
    until: str = ""


class DayCount(NamedTuple):
    """One number of users that the product reports for the day of `at`, both as written."""

    at: str
    users: str


class ListedUser(NamedTuple):
    """One account of a user or seat list: whether it is billable there, and its last activity if the list has one.

    `figures` are whole numbers that the list states of the account, such as ("accounts", 2); they are added up by name.
    """

    user: str
    billable: bool = True
    last_at: str = ""
    status: str = ""
    figures: tuple[tuple[str, int], ...] = ()


class Unusable(NamedTuple):
    """A record that cannot be used: a finding's code and its words, and the role (`user`, `at`, ...) concerned."""

    code: str
    message: str
    role: str = ""
    value: str = ""


class Refusal(NamedTuple):
    """Why a whole file cannot be counted: a code for programs, and words for the person who sent it."""

    code: str
    message: str


class Fact(NamedTuple):
    """A figure that the file states about itself, such as the seats it claims; shown, never counted."""

    name: str
    value: str


Part = Entry | DayCount | ListedUser | Unusable | Fact


@dataclass(frozen=True)
class JsonRecords:
    """JSON objects at one of these paths; a path's steps are keys, or "*" for the elements of an array.

    `facts` are {key beside the list: name of the fact}, such as the total that a page states.

    The empty path stands for one object after the other (JSON lines), ("*",) for an array of objects.
    """

    paths: tuple[tuple[str, ...], ...] = ((), ("*",))
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TableRecords:
    """A table with a header: a record is {column name: cell}, the names as `mapping.column_name` writes them.

    `header` is for a table that stands below other lines: its header has one name of each group. `reads_preamble` turns
    the records before the header into facts about the file.
    """

    header: tuple[tuple[str, ...], ...] = ()

    reads_preamble: Callable[[Sequence[Sequence[str]]], Iterable[Part]] | None = None


@dataclass(frozen=True)
class LineRecords:
    """One record a line; `start()` returns the reader line -> record or None (a line that is none) for one file."""

    start: Callable[[], Callable[[str], Any]]


Shape = JsonRecords | TableRecords | LineRecords


@dataclass(frozen=True, kw_only=True)
class Look:
    """The beginning of a file, as formats look at it to recognize it.

    `header` is the set of the column names of `table`, the table in the text, or empty. `below` are the tables whose
    header a format names itself, by the name of the format. `records` maps a JSON path to the first records there,
    `has_json_lines` says that each line is a JSON value of its own, `lines` are the first lines of text.
    """

    filename: str
    lines: tuple[str, ...] = ()
    header: frozenset[str] = frozenset()
    table: Table | None = None
    below: Mapping[str, Table] = field(default_factory=dict)
    records: Mapping[tuple[str, ...], tuple[Mapping[str, Any], ...]]
    has_json_lines: bool = False

    def first(self, shape: JsonRecords) -> Mapping[str, Any] | None:
        """Return the first record at one of the paths of a shape."""
        return next((self.records[path][0] for path in shape.paths if self.records.get(path)), None)

    def at(self, shape: JsonRecords) -> tuple[Mapping[str, Any], ...]:
        """Return the first records at one of the paths of a shape."""
        path = self.path_of(shape)
        return () if path is None else self.records[path]

    def holds(self, shape: JsonRecords, *fields: str) -> bool:
        """Return whether one of these records has all of these fields, be it with empty values.

        One is enough, because many exporters leave out what a record has no value for.
        """
        return any(has(record, *fields) for record in self.at(shape))

    def path_of(self, shape: JsonRecords) -> tuple[str, ...] | None:
        """Return the path of a shape at which this file has records."""
        return next((path for path in shape.paths if self.records.get(path)), None)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One named export format.

    For the people who export, `recognized_by` says what `recognizes` looks for and `no_activity` which rows get which
    mark, {"failed": "..."}; both have the names of the file in backticks.
    `labels` name the fields as the file does, for findings and for the screen: {"user": "actor.id", "at": "published"}.
    `parts` returns what one record says. `time_format` is one of `times.FORMATS`, or "" where the exporter can be told
    how to write times, so that the file shows it; `zone` is WRITTEN, UTC or ASKED.
    `repeats_equal_rows` says that the shipper delivers rows again, so that an equal row is a repeat of the first.
    `lists_every_day` says that the export has rows for every day, also those on which nobody did anything, so that a
    day without rows is a file that is missing. `sums_days` says that every row states `events` and `until`.
    `several_a_day` is ASK or LARGEST. `suggested_actions` are what a
    contract usually counts. `companion` recognizes a file that comes along with such an export and holds no activity;
    it is named and left out. `refuses` says of a file that no format recognizes why it cannot be counted although it is
    such an export, as a log that does not record the user.
    """

    name: str
    title: str
    kind: str
    shape: Shape
    recognizes: Callable[[Look], bool]
    recognized_by: str
    parts: Callable[[Any], Iterable[Part]]
    labels: Mapping[str, str]
    time_format: str = "iso8601"
    zone: str = WRITTEN
    repeats_equal_rows: bool = False
    lists_every_day: bool = False
    sums_days: bool = False
    several_a_day: str = ASK
    suggested_actions: tuple[str, ...] = ("*",)
    companion: Callable[[Look], bool] | None = None
    refuses: Callable[[Look], Refusal | None] | None = None
    no_activity: Mapping[str, str] = field(default_factory=dict)


# The code of a row behind which no known user stands.
NOBODY = "user.nobody"


def nobody(why: str, value: str = "") -> Unusable:
    """Return what stands for a row behind which no known user stands; it counts for no one and is no fault."""
    return Unusable(NOBODY, f"Nobody stands behind this row: {why}. It counts for no one.", "user", value)
