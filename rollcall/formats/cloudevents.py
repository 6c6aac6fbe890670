"""CloudEvents 1.0 in JSON: a batch (an array), or one event a line.

The user is `subject`, or else the field `user`, `user_id` or `user.id` inside `data`; the action is `type`. An event is
known by `source` and `id` together, so two sources may use the same ids, and an event that was delivered twice counts
once. `time` is RFC 3339 with any offset; the standard lets a producer leave it out, such events are listed and do not
count. A type with the part `failed`, `failure`, `error`, `denied` or `rejected` (`com.example.login.failed.v1`) is no
activity unless a definition names it with its mark (`*.failed.v1 !failed`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rollcall.formats.fields import lacks, text
from rollcall.formats.profile import EVENTS, Entry, JsonRecords, Part, Profile, nobody

_SHAPE = JsonRecords(paths=(("*",), ()))
_USER = ("subject", "data.user", "data.user_id", "data.userId", "data.user.id")
_FAILURES = frozenset(("failed", "failure", "error", "denied", "rejected"))


def parts(record: Any) -> Iterator[Part]:
    """Return the one event of a record."""
    kind, user = text(record, "type"), text(record, *_USER)
    if not user and lacks(record, *_USER):
        yield nobody(f"{kind} without a subject", text(record, "source"))
        return
    source, number = text(record, "source"), text(record, "id")
    yield Entry(
        user=user,
        at=text(record, "time"),
        action=kind,
        # A source is a URI reference, which holds no blank.
        event_id=f"{source} {number}" if source and number else "",
        no_activity="failed" if _FAILURES.intersection(kind.lower().split(".")) else "",
    )


PROFILE = Profile(
    name="cloudevents",
    title="CloudEvents",
    kind=EVENTS,
    shape=_SHAPE,
    recognizes=lambda look: look.holds(_SHAPE, "specversion", "id", "source", "type"),
    recognized_by="the fields `specversion`, `id`, `source` and `type` of an event",
    parts=parts,
    labels={"user": "subject", "at": "time", "action": "type", "event_id": "id"},
    no_activity={
        "failed": "A type with the part `failed`, `failure`, `error`, `denied` or `rejected`.",
    },
)
