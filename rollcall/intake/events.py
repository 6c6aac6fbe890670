"""Events as an instance sends them over the network: a batch is read strictly, and each event gets its own answer.

A batch is one CloudEvent, an array of them, or one a line. What is good is told from what will never be good and from
what may be good later; the rest of the batch is taken whatever one event is. The answers depend on the bytes and on the
instant of receipt alone, so a batch that is sent again is answered alike.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from rollcall.formats.cloudevents import PROFILE
from rollcall.formats.profile import Entry
from rollcall.intake.json_stream import NotJson, decoded

SINGLE, BATCH, LINES = "single", "batch", "lines"
FORMS = {
    "application/cloudevents+json": SINGLE,
    "application/cloudevents-batch+json": BATCH,
    "application/x-ndjson": LINES,
}
MOST_EVENTS = 10_000
MOST_BYTES = 8 * 1024 * 1024
# A text of an event, in characters: ids and users are short everywhere.
LONGEST = 1024

ACCEPTED, REJECTED, RETRY = "accepted", "rejected", "retry"
_NEEDED = ("id", "source", "type")


class BatchRefused(ValueError):
    """The batch as a whole cannot be read, so nothing of it is kept."""


@dataclass(frozen=True)
class Answer:
    """What becomes of one event. `status` is accepted, rejected (for good) or retry (rejected for now)."""

    index: int
    id: str
    status: str
    code: str = ""
    message: str = ""


@dataclass(frozen=True)
class Event:
    """One good event, as it is counted: who did what when, known by source and id."""

    at: datetime
    line: str

    @property
    def utc_day(self) -> date:
        return self.at.date()


@dataclass(frozen=True)
class Batch:
    """The answers of a batch in its order, and its good events."""

    answers: tuple[Answer, ...]
    events: tuple[Event, ...]


def read_batch(raw: bytes, form: str, *, now: datetime) -> Batch:
    """Read a batch that came in at `now`. Raises BatchRefused with the reason for all of it."""
    answers: list[Answer] = []
    events: list[Event] = []
    known: dict[str, str] = {}
    for index, record in enumerate(_records(raw, form)):
        if index >= MOST_EVENTS:
            raise BatchRefused(f"A batch has {MOST_EVENTS:,} events at most. Send it in parts.")
        answer, event = _one(index, record, now)
        if event is not None:
            name = _name(record)
            if known.setdefault(name, event.line) != event.line:
                answer = Answer(index, answer.id, REJECTED, "id.conflict", "Another event of this batch has this id.")
            else:
                events.append(event)
        answers.append(answer)
    return Batch(tuple(answers), tuple(events))


def _records(raw: bytes, form: str) -> Iterator[Any]:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BatchRefused(f"The batch is not UTF-8: byte {error.start}.") from error
    try:
        if form == LINES:
            for line in text.split("\n"):
                if line.strip():
                    yield _line(line)
            return
        value = decoded(text)
    except NotJson as error:
        raise BatchRefused(f"The batch is not JSON as it should be: {error}.") from error
    if form == BATCH:
        if not isinstance(value, list):
            raise BatchRefused("A batch of CloudEvents is an array of events.")
        yield from value
        return
    if not isinstance(value, dict):
        raise BatchRefused("One CloudEvent is an object.")
    yield value


def _line(line: str) -> Any:
    try:
        return decoded(line)
    except NotJson:
        return None


def _one(index: int, record: Any, now: datetime) -> tuple[Answer, Event | None]:
    def refused(code: str, message: str, status: str = REJECTED) -> tuple[Answer, None]:
        return Answer(index, _shown_id(record), status, code, message), None

    if not isinstance(record, dict):
        return refused("event.invalid", "This is no JSON object.")
    if record.get("specversion") != "1.0":
        return refused("specversion.unknown", 'An event says "specversion": "1.0".')
    for field in _NEEDED:
        value = record.get(field)
        if not isinstance(value, str) or not value.strip() or len(value) > LONGEST or not value.isprintable():
            return refused(f"{field}.invalid", f"The field {field} is a text of 1 to {LONGEST:,} characters.")
    entry = next(iter(PROFILE.parts(record)), None)
    if not isinstance(entry, Entry) or not entry.user.strip():
        return refused("user.missing", "Nobody stands behind this event: it has no subject.")
    if len(entry.user) > LONGEST or not entry.user.isprintable():
        return refused("user.invalid", f"A user is a text of 1 to {LONGEST:,} characters.")
    at = _instant(entry.at)
    if at is None:
        return refused("time.invalid", "The field time is an instant with its zone, as in 2026-06-01T09:30:00Z.")
    if at > now:
        return refused("time.ahead", "This has not happened yet by our clock. Send it again later.", RETRY)
    line = json.dumps(
        {
            "specversion": "1.0",
            "id": record["id"],
            "source": record["source"],
            "type": entry.action,
            "subject": entry.user,
            "time": f"{at:%Y-%m-%dT%H:%M:%S.%f}Z",
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return Answer(index, record["id"], ACCEPTED), Event(at=at, line=line)


def _name(record: Any) -> str:
    return f"{record['source']} {record['id']}"


def _shown_id(record: Any) -> str:
    """Return the id that the sender gave, as far as there is one that can be given back."""
    found = record.get("id") if isinstance(record, dict) else None
    return found[:LONGEST] if isinstance(found, str) and found.isprintable() else ""


def _instant(text: str) -> datetime | None:
    """Return an RFC 3339 instant in UTC, None for anything else."""
    if len(text) > 40 or "T" not in text.upper():
        return None
    try:
        found = datetime.fromisoformat(text.upper())
        return found.astimezone(UTC) if found.tzinfo is not None and found.year > 1970 else None
    except (ValueError, OverflowError):
        return None
