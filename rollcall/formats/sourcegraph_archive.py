"""Sourcegraph usage archive (Site admin, Usage statistics, Download): a zip with two CSV files.

`UsersUsageCounts.csv` has a row per user and UTC day with the counts of searches and of code navigation; a day with a
count above zero is activity (`row`), one without is none (`row !idle`). `UsersDates.csv` holds no activity and is left
out. The archive always covers the last 90 days, so archives overlap: each day counts once. Days are days of UTC and
cannot be billed in another zone. User ids are small numbers of one instance; the same number on another instance is
somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from rollcall.formats.profile import PER_USER_AND_DAY, UTC, Entry, Look, Part, Profile, TableRecords, Unusable

_COUNTS = ("search_count", "code_intel_count")
_HEADER = frozenset(("date", "user_id", *_COUNTS))
_COMPANION = frozenset(("user_id", "created_at", "deleted_at"))
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
# RFC 3339, and the way in which older versions wrote it.
_MIDNIGHT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T00:00:00(?:\.0+)?Z| 00:00:00(?:\.0+)? \+0000 UTC)?")


def parts(record: Mapping[str, str]) -> Iterator[Part]:
    """Return what one user did on one day."""
    for name in _COUNTS:
        if not _NUMBER.fullmatch(record[name]):
            words = f"{name} is not a whole number from 0."
            yield Unusable("quantity.invalid", words, "", record[name])
            return
    midnight = _MIDNIGHT.fullmatch(record["date"])
    at, user = midnight[1] if midnight else record["date"], record["user_id"]
    idle = not any(int(record[name]) for name in _COUNTS)
    yield Entry(user=user, at=at, action="row", event_id=f"{at} {user}", no_activity="idle" if idle else "")


def is_companion(look: Look) -> bool:
    """Return whether this is the list of users that lies in the archive beside the counts."""
    return look.header == _COMPANION


PROFILE = Profile(
    name="sourcegraph_archive",
    title="Sourcegraph usage archive",
    kind=PER_USER_AND_DAY,
    shape=TableRecords(),
    recognizes=lambda look: look.header >= _HEADER,
    recognized_by="the columns `date`, `user_id`, `search_count` and `code_intel_count`",
    parts=parts,
    labels={"user": "user_id", "at": "date", "action": "search_count, code_intel_count"},
    time_format="date",
    zone=UTC,
    suggested_actions=("row",),
    companion=is_companion,
    no_activity={
        "idle": "A day on which both counts are zero.",
    },
)
