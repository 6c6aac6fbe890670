"""Coder usage events as its servers send them: heartbeats with a number of seats, no user by name.

A heartbeat (`hb_...`) states a count for its hour or day in UTC; of several on one day the largest is the day's. Other
events of the same file are named and left out. It can be billed where the contract bills reported counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rollcall.formats.fields import has, text
from rollcall.formats.profile import COUNTS, LARGEST, UTC, DayCount, JsonRecords, Part, Profile, Unusable

_SHAPE = JsonRecords(paths=(("events", "*"), (), ("*",)))
_HEARTBEAT = "hb_"


def parts(record: Any) -> Iterator[Part]:
    """Return the number of one heartbeat."""
    kind = text(record, "event_type")
    if not kind.startswith(_HEARTBEAT):
        yield Unusable("count.no_heartbeat", f"The event {kind[:80]!r} states no number of users.", "", kind)
        return
    yield DayCount(at=text(record, "created_at"), users=text(record, "event_data.count"))


PROFILE = Profile(
    name="coder_usage_events",
    title="Coder usage events",
    kind=COUNTS,
    shape=_SHAPE,
    recognizes=lambda look: has(look.first(_SHAPE), "id", "event_type", "event_data", "created_at"),
    recognized_by="the fields `event_type`, `event_data` and `created_at` of an event",
    parts=parts,
    labels={"at": "created_at", "quantity": "event_data.count"},
    zone=UTC,
    several_a_day=LARGEST,
)
