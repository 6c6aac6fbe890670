"""What a reading is asked to do: everything that decides its result, as one value that goes through JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

from rollcall.formats.mapping import ColumnMapping
from rollcall.intake.limits import Limits
from rollcall.period import UnknownZone
from rollcall.terms.identity import RULE
from rollcall.zones import instant_of, zone_table

# What a file does that repeats a part of another file of the same report.
REPLACES, ADDS = "replaces", "adds"


class RequestRefused(ValueError):
    """A reading was asked for in a way that has no meaning; the message names the key."""


@dataclass(frozen=True, kw_only=True)
class ReadRequest:
    """One reading of one or more files as one report.

    `timezone` is the zone of the bill; `source_timezone` that of times that name none. `contract_from` and
    `contract_to` (exclusive) are dates in the zone of the bill or instants; `now` is an instant; `closed` lists months
    YYYY-MM whose late rows are a question. `spans` are owned half-open spans of instants, None for all. `salt_hex` is
    the contract's salt. `mapping` None means that each file is recognized by itself, unless `format` names
    what it is. `nobody_active` is a person's word that a file without rows is no failed export: it gives evidence
    without rows; one with rows is read as ever. `repeated_files` is the word about a file that repeats a part of
    another: it REPLACES that one, or ADDS to it; without it such files are a question.
    """

    files: tuple[str, ...]
    filenames: tuple[str, ...]
    out_dir: str
    timezone: str = "UTC"
    mapping: ColumnMapping | None = None
    format: str | None = None
    source_timezone: str | None = None
    contract_from: str | None = None
    contract_to: str | None = None
    now: str | None = None
    closed: tuple[str, ...] = ()
    salt_hex: str = ""
    identity_rule: str = RULE
    instance: str = ""
    spans: tuple[tuple[str, str], ...] | None = None
    nobody_active: bool = False
    repeated_files: str | None = None
    engine: str = "auto"
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if not self.files or len(self.files) != len(self.filenames):
            raise RequestRefused("Each file needs its name: 'files' and 'filenames' must be of one length.")
        if self.engine not in ("auto", "plain", "columnar"):
            raise RequestRefused(f"'engine' must be auto, plain or columnar, not {self.engine!r}.")
        if self.repeated_files not in (None, REPLACES, ADDS):
            raise RequestRefused(f"'repeated_files' must be {REPLACES} or {ADDS}, not {self.repeated_files!r}.")
        try:
            bytes.fromhex(self.salt_hex)
        except ValueError as error:
            raise RequestRefused("'salt_hex' must be hexadecimal.") from error

    @property
    def salt(self) -> bytes:
        """The contract's salt."""
        return bytes.fromhex(self.salt_hex)

    @property
    def evidence_dir(self) -> Path:
        """The folder into which the results are written."""
        return Path(self.out_dir)

    def bounds(self) -> Bounds:
        """Return the instants that decide over a row. Raises RequestRefused."""
        try:
            zone_table(self.timezone)
        except UnknownZone as error:
            raise RequestRefused(f"'timezone': {error}") from error
        return Bounds(
            contract_from=_edge(self.contract_from, self.timezone, "contract_from"),
            contract_to=_edge(self.contract_to, self.timezone, "contract_to"),
            now=_edge(self.now, self.timezone, "now"),
            spans=_spans(self.spans),
            closed=tuple(_month_span(month, self.timezone) for month in self.closed),
        )

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> ReadRequest:
        """Read a request back. Raises RequestRefused, LimitRefused or MappingRefused."""
        known = {request_field.name for request_field in fields(cls)}
        for key in document:
            if key not in known:
                raise RequestRefused(f"'{key}' is not a key of a reading.")
        values = dict(document)
        mapping, spans = values.get("mapping"), values.get("spans")
        values["mapping"] = None if mapping is None else ColumnMapping.from_json(mapping)
        values["spans"] = None if spans is None else tuple((start, end) for start, end in spans)
        values["limits"] = Limits.from_json(values.get("limits", {}))
        for key in ("files", "filenames", "closed"):
            values[key] = tuple(values.get(key, ()))
        return cls(**values)

    def to_json(self) -> dict[str, Any]:
        """Return the request as JSON."""
        plain = {request_field.name: getattr(self, request_field.name) for request_field in fields(self)}
        return plain | {
            "files": list(self.files),
            "filenames": list(self.filenames),
            "closed": list(self.closed),
            "mapping": None if self.mapping is None else self.mapping.to_json(),
            "spans": None if self.spans is None else [list(span) for span in self.spans],
            "limits": self.limits.to_json(),
        }


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """The instants (microseconds since 1970, UTC) that decide over a row; None where there is no bound.

    `closed` holds (month, start, end) for every closed month.
    """

    contract_from: int | None = None
    contract_to: int | None = None
    now: int | None = None
    spans: tuple[tuple[int, int], ...] | None = None
    closed: tuple[tuple[str, int, int], ...] = ()

    def owns(self, instant: int) -> bool:
        """Return whether an instant lies in an owned span."""
        return self.spans is None or any(start <= instant < end for start, end in self.spans)


def _edge(text: str | None, timezone: str, key: str) -> int | None:
    if text is None:
        return None
    try:
        if len(text) == len("2026-06-01"):
            return zone_table(timezone).start_of_day(date.fromisoformat(text))
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise RequestRefused(f"'{key}' must be a date or an instant, not {text!r}.") from error
    if moment.tzinfo is None:
        raise RequestRefused(f"'{key}' must name its zone, such as 2026-07-01T00:00:00Z, not {text!r}.")
    return instant_of(moment)


def _spans(spans: Sequence[tuple[str, str]] | None) -> tuple[tuple[int, int], ...] | None:
    if spans is None:
        return None
    instants = []
    for start, end in spans:
        first, last = _edge(start, "UTC", "spans"), _edge(end, "UTC", "spans")
        if first is None or last is None or first >= last:
            raise RequestRefused(f"An owned span must end after its start, not {start} to {end}.")
        instants.append((first, last))
    return tuple(sorted(instants))


def _month_span(month: str, timezone: str) -> tuple[str, int, int]:
    table = zone_table(timezone)
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise RequestRefused(f"'closed' lists months such as 2026-05, not {month!r}.") from error
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return month, table.start_of_day(first), table.start_of_day(following)
