"""What sniffing and reading answer: values that go through JSON between a child process and its parent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

from rollcall.formats.mapping import ColumnMapping
from rollcall.intake.findings import Finding, Question, Remark

OK, ACCEPTED, QUARANTINED, REJECTED, NEEDS_ANSWER = "ok", "accepted", "quarantined", "rejected", "needs_answer"


class ResultRefused(ValueError):
    """An answer from a child process does not have the shape of an answer."""


@dataclass(frozen=True, kw_only=True)
class SniffResult:
    """What a file is, before it is read. `outcome` is ok or rejected; an ok file may still have questions.

    `columns` are {"name", "samples", "values"}: a few samples, and the different values of a column with few of them.
    `preview` are the first rows as text; `first_at` and `last_at` are instants (ISO, UTC) seen at the beginning and the
    end of the file, and `seen` the runs of days between them on which rows were seen ({"first", "last", "rows"}), to
    propose the span that it covers.
    """

    outcome: str
    kind: str | None = None
    format: str | None = None
    compression: str = "none"
    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    columns: tuple[Mapping[str, Any], ...] = ()
    mapping: ColumnMapping | None = None
    preview: tuple[tuple[str, ...], ...] = ()
    questions: tuple[Question, ...] = ()
    code: str | None = None
    message: str = ""
    first_at: str | None = None
    last_at: str | None = None
    seen: tuple[Mapping[str, Any], ...] = ()
    size: int = 0
    plain_size: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the result as JSON."""
        return _plain(self) | {"preview": [list(row) for row in self.preview]}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> SniffResult:
        """Read a result back, strictly. Raises ResultRefused."""
        values = _known(cls, document)
        values["mapping"] = None if values["mapping"] is None else ColumnMapping.from_json(values["mapping"])
        values["questions"] = tuple(map(Question.from_json, values["questions"]))
        values["preview"] = tuple(map(tuple, values["preview"]))
        values["columns"] = tuple(values["columns"])
        values["seen"] = tuple(values["seen"])
        return cls(**values)


@dataclass(frozen=True, kw_only=True)
class RowCounts:
    """read = accepted + quarantined + duplicate + not_owned."""

    read: int = 0
    accepted: int = 0
    quarantined: int = 0
    duplicate: int = 0
    not_owned: int = 0

    def to_json(self) -> dict[str, int]:
        """Return the counts by name."""
        return {count.name: getattr(self, count.name) for count in fields(self)}


@dataclass(frozen=True, kw_only=True)
class ReportedCount:
    """The number of users that a file of kind "counts" states for one day, YYYY-MM-DD, and where it stands."""

    day: str
    users: int
    line: int = 0
    file: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the count as JSON."""
        return _plain(self)

    @classmethod
    def from_json(cls, document: object) -> ReportedCount:
        """Read a count back. Raises ResultRefused for a day that is none and a number below zero."""
        values = _known(cls, document)
        _whole(values["users"], "users")
        _whole(values["line"], "line")
        if not isinstance(values["file"], str):
            raise ResultRefused("The file of a reported count must be a text.")
        return cls(**values | {"day": _day(values["day"])})


@dataclass(frozen=True, kw_only=True)
class UserList:
    """What a file of kind "snapshot" says: accounts that exist, on the day the file names, YYYY-MM-DD, if it does.

    `billable` is the part that the exporter calls billable or licensed, `seats` what was bought; None: it does not say.
    `latest` is the last day, YYYY-MM-DD, on which an account of it was active: the list cannot be older than that.
    `figures` are further sums that the list states, by name ("accounts", "status: Bot", "last active: 2026-06").
    """

    users: int
    on: str | None = None
    billable: int | None = None
    seats: int | None = None
    latest: str | None = None
    figures: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the list's numbers as JSON."""
        return _plain(self)

    @classmethod
    def from_json(cls, document: object) -> UserList:
        """Read a list's numbers back. Raises ResultRefused."""
        values = _known(cls, document)
        _whole(values["users"], "users")
        for name in ("billable", "seats"):
            if values[name] is not None:
                _whole(values[name], name)
        if not isinstance(values["figures"], Mapping):
            raise ResultRefused("The figures of a list of accounts must be an object.")
        for name, number in values["figures"].items():
            _whole(number, name)
        for name in ("on", "latest"):
            if values[name] is not None:
                values[name] = _day(values[name])
        return cls(**values)


@dataclass(frozen=True, kw_only=True)
class ReadResult:
    """What a reading found. The files it names lie in the request's `out_dir`.

    `outcome` is accepted, quarantined (good rows count), rejected or needs_answer; only the first two have evidence.
    `days` are the civil days with activity, `rows_by_day` {day: activities of accepted rows} and `actions` {action:
    [activities, users]}, all in the zone of the bill; a row is one activity but where it says of how many it is.
    A file of kind "counts" has `reported` and one of kind "snapshot" has `user_list` in place of evidence.
    """

    outcome: str
    kind: str | None = None
    format: str | None = None
    rows: RowCounts = field(default_factory=RowCounts)
    users: int = 0
    first_at: str | None = None
    last_at: str | None = None
    days: tuple[str, ...] = ()
    rows_by_day: Mapping[str, int] = field(default_factory=dict)
    actions: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    finding_counts: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    remarks: tuple[Remark, ...] = ()
    questions: tuple[Question, ...] = ()
    code: str | None = None
    message: str = ""
    digest: str | None = None
    evidence_rows: int = 0
    evidence_file: str | None = None
    names_file: str | None = None
    findings_file: str | None = None
    engine: str = ""
    reported: tuple[ReportedCount, ...] = ()
    user_list: UserList | None = None

    @property
    def events(self) -> int:
        """The activities of the accepted rows."""
        return sum(self.rows_by_day.values())

    def to_json(self) -> dict[str, Any]:
        """Return the result as JSON."""
        return _plain(self) | {
            "days": list(self.days),
            "actions": {action: list(counts) for action, counts in self.actions.items()},
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> ReadResult:
        """Read a result back, strictly. Raises ResultRefused."""
        values = _known(cls, document)
        values["rows"] = RowCounts(**_known(RowCounts, values["rows"]))
        values["findings"] = tuple(map(Finding.from_json, values["findings"]))
        values["remarks"] = tuple(Remark(**remark) for remark in values["remarks"])
        values["questions"] = tuple(map(Question.from_json, values["questions"]))
        values["days"] = tuple(values["days"])
        values["reported"] = tuple(map(ReportedCount.from_json, values["reported"]))
        values["user_list"] = None if values["user_list"] is None else UserList.from_json(values["user_list"])
        values["actions"] = {action: (rows, users) for action, (rows, users) in values["actions"].items()}
        return cls(**values)

    def write(self, folder: Path) -> None:
        """Write result.json into a folder."""
        (folder / "result.json").write_text(json.dumps(self.to_json()), encoding="utf-8")


def _plain(result: Any) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for item in fields(result):
        value = getattr(result, item.name)
        if isinstance(value, tuple):
            value = [entry.to_json() if hasattr(entry, "to_json") else entry for entry in value]
        elif hasattr(value, "to_json"):
            value = value.to_json()
        document[item.name] = value
    return document


def _whole(value: object, name: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ResultRefused(f"{name!r} must be a whole number of at least 0, not {value!r}.")


def _day(value: object) -> str:
    try:
        if isinstance(value, str) and date.fromisoformat(value).isoformat() == value:
            return value
    except ValueError:
        pass
    raise ResultRefused(f"A day must be written as in 2026-06-30, not {value!r}.")


def _known(shape: type, document: object) -> dict[str, Any]:
    if not isinstance(document, Mapping):
        raise ResultRefused("An answer must be a JSON object.")
    names = {item.name for item in fields(shape)}
    if set(document) != names:
        raise ResultRefused(f"An answer has other keys than expected: {sorted(set(document) ^ names)}.")
    return dict(document)
