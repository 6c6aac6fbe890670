"""OpenTelemetry logs as OTLP/JSON: one export, or one batch a line as the file exporter of the collector writes.

The user is the attribute `user.id` of a log record (`enduser.id`, `user.name` or `user.email` where it is missing), the
action the attribute `event.name` (`eventName` of the record where it is missing). The time is `timeUnixNano`, or
`observedTimeUnixNano` where that is absent or 0: nanoseconds since 1970, as a text or a bare number, read without
rounding. Records without a user count for no one. Records named `failed` or with the attribute `event.outcome` =
`failure` are no activity unless a definition names them (`failed !failed`). Collectors send a batch again when an
answer is late: a record with the same user, nanosecond and name as another is its repeat and counts once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rollcall.formats.fields import dig, lacks, text
from rollcall.formats.profile import EVENTS, Entry, JsonRecords, Part, Profile, nobody

_SHAPE = JsonRecords(paths=(("resourceLogs", "*", "scopeLogs", "*", "logRecords", "*"),))
_USER = ("user.id", "enduser.id", "user.name", "user.email")
_FAILURES = frozenset(("failed", "failure", "error"))


def parts(record: Any) -> Iterator[Part]:
    """Return the one event of a log record."""
    attributes = _attributes(record)
    name = text(attributes, "event.name") or text(record, "eventName") or "log"
    user = text(attributes, *_USER)
    if not user and lacks(attributes, *_USER):
        yield nobody(f"{name} without the attribute user.id")
        return
    failed = name in _FAILURES or text(attributes, "event.outcome") in _FAILURES
    yield Entry(user=user, at=_at(record), action=name, no_activity="failed" if failed else "")


def _at(record: Any) -> str:
    at = text(record, "timeUnixNano")
    return at if at not in ("", "0") else text(record, "observedTimeUnixNano")


def _attributes(record: Any) -> dict[str, Any]:
    """Return the attributes by name, each with its text; of two with one name the last counts, as OTLP has it."""
    found = dig(record, "attributes")
    return {
        text(item, "key"): next(filter(None, (text(item, f"value.{kind}") for kind in _KINDS)), dig(item, "value"))
        for item in (found if isinstance(found, list) else ())
    }


_KINDS = ("stringValue", "intValue")

PROFILE = Profile(
    name="otlp_logs",
    title="OpenTelemetry logs (OTLP/JSON)",
    kind=EVENTS,
    shape=_SHAPE,
    recognizes=lambda look: look.first(_SHAPE) is not None,
    recognized_by="log records in `resourceLogs`, `scopeLogs`, `logRecords`",
    parts=parts,
    labels={"user": "attribute user.id", "at": "timeUnixNano", "action": "attribute event.name"},
    time_format="epoch_ns",
    repeats_equal_rows=True,
    suggested_actions=("login",),
    no_activity={
        "failed": "A record named `failed`, `failure` or `error`, or with that as its attribute `event.outcome`.",
    },
)
