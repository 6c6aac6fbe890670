"""Nextcloud audit log (`audit.log` of the app "Auditing / Logging", admin_audit), one JSON object a line.

The user is `user`; `--` stands for nobody (a failed log-in, the server itself) and such rows count for no one. Messages
are sentences, so the action is their class: `login` (Login successful), `logout`, `failed` (a failed log-in or an
attempt; no activity unless a definition names `failed !failed`) and `action` (anything else that the person did, such
as opening a file). On a server whose messages are translated, log-ins are `action`, too. Times are written in the
format and zone of config.php (`logdateformat`, `logtimezone`): where they name no zone you are asked for it, and where
days and months can be confused, for their order. Entries of other apps in a shared log are no activity (`action !log`).
A request has one `reqId` for all its entries, so it is no event id; equal rows are kept and reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rollcall.formats.fields import lacks, text
from rollcall.formats.profile import ASKED, EVENTS, Entry, JsonRecords, Part, Profile, nobody

_SHAPE = JsonRecords()
_APP = "admin_audit"
_CLASSES = (
    ("Login successful", "login"),
    ("Login failed", "failed"),
    ("Login attempt", "failed"),
    ("Logout", "logout"),
)
# PHP's "F d, Y H:i:s", the format that the manual gives as its example.
_WORDED = re.compile(r"([A-Z][a-z]+) ([0-9]{1,2}), ([0-9]{4}) ([0-9]{1,2}:[0-9]{2}:[0-9]{2}.*)")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def parts(record: Any) -> Iterator[Part]:
    """Return the one entry of a record."""
    message, user = text(record, "message"), text(record, "user")
    kind = next((name for start, name in _CLASSES if message.startswith(start)), "action")
    if user == "--" or (not user and lacks(record, "user")):
        yield nobody(message[:80])
        return
    no_activity = "log" if text(record, "app") != _APP else "failed" if kind == "failed" else ""
    yield Entry(user=user, at=_at(text(record, "time")), action=kind, no_activity=no_activity)


def _at(written: str) -> str:
    """Return a time with its month as a number, where it is written as an English word."""
    found = _WORDED.fullmatch(written)
    if not found or found[1] not in _MONTHS:
        return written
    return f"{found[3]}-{_MONTHS.index(found[1]) + 1:02d}-{int(found[2]):02d} {found[4]}"


PROFILE = Profile(
    name="nextcloud_audit",
    title="Nextcloud audit log",
    kind=EVENTS,
    shape=_SHAPE,
    recognizes=lambda look: look.holds(_SHAPE, "reqId", "remoteAddr", "time", "user", "app", "message"),
    recognized_by="the fields `reqId`, `remoteAddr`, `time`, `user`, `app` and `message` of an entry",
    parts=parts,
    labels={"user": "user", "at": "time", "action": "message"},
    time_format="",
    zone=ASKED,
    suggested_actions=("login", "action"),
    no_activity={
        "failed": "A failed log-in of a name that is known, or an attempt.",
        "log": "Entries of other apps in a shared log.",
    },
)
