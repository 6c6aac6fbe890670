"""Grafana usage insights (Grafana Enterprise and Cloud): one JSON object a line, as its log or Loki holds them.

One record each time somebody opens a dashboard (`dashboard-view`) or a dashboard asks a data source (`data-request`);
in older versions, queries in Explore leave none. Times are UTC. The user is `userId`; views without a log-in and
requests with an API token have `userId` 0 and count for no one. Records have no id, so equal rows are kept and
reported. From Loki, export the lines as they were logged (`logcli query -o raw`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rollcall.formats.fields import lacks, text
from rollcall.formats.profile import EVENTS, Entry, JsonRecords, Part, Profile, nobody

_SHAPE = JsonRecords()


def parts(record: Any) -> Iterator[Part]:
    """Return the one event of a record."""
    name, user = text(record, "eventName"), text(record, "userId")
    if user == "0" or (not user and lacks(record, "userId")):
        yield nobody(f"{name} without a log-in", text(record, "username"))
        return
    yield Entry(user=user, at=text(record, "timestamp"), action=name)


PROFILE = Profile(
    name="grafana_usage_insights",
    title="Grafana usage insights",
    kind=EVENTS,
    shape=_SHAPE,
    recognizes=lambda look: look.holds(_SHAPE, "eventName", "timestamp", "userId", "orgId"),
    recognized_by="the fields `eventName`, `timestamp`, `userId` and `orgId` of a record",
    parts=parts,
    labels={"user": "userId", "at": "timestamp", "action": "eventName"},
    suggested_actions=("dashboard-view", "data-request"),
)
