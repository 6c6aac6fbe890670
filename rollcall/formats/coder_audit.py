"""Coder audit log: pages of its API (`GET /api/v2/audit?limit=100&offset=...`), newest first.

Export all pages and send them together, as several files or in one zip; an event that moved to the next page while you
exported is there twice and counts once, by its `id`. Times are UTC. The user is `user.id`; a log-in of a name that
Coder does not know has none and counts for no one. A request that failed has the same action as one that succeeded and
`status_code` 400 or more: it is kept as no activity (`login !failed`). Audit logs need a Premium licence and are kept
until you delete them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rollcall.formats.fields import lacks, text
from rollcall.formats.profile import EVENTS, Entry, JsonRecords, Part, Profile, Unusable, nobody

_SHAPE = JsonRecords(paths=(("audit_logs", "*"), ("*",), ()))
_FIRST_FAILURE = 400


def parts(record: Any) -> Iterator[Part]:
    """Return the one event of a record."""
    action, user, status = text(record, "action"), text(record, "user.id"), text(record, "status_code")
    if not user and lacks(record, "user.id"):
        yield nobody(f"{action} of no known user", text(record, "ip"))
        return
    if not (status.isascii() and status.isdecimal() and len(status) <= 3):
        words = "The field status_code must say whether the request succeeded, with a number such as 201."
        yield Unusable("outcome.invalid", words, "action", status[:200])
        return
    yield Entry(
        user=user,
        at=text(record, "time"),
        action=action,
        event_id=text(record, "id"),
        no_activity="failed" if int(status) >= _FIRST_FAILURE else "",
    )


PROFILE = Profile(
    name="coder_audit",
    title="Coder audit log",
    kind=EVENTS,
    shape=_SHAPE,
    recognizes=lambda look: look.holds(
        _SHAPE, "id", "time", "action", "status_code", "resource_type", "resource_id", "user"
    ),
    recognized_by="the fields `action`, `status_code`, `resource_type`, `resource_id` and `user` of an event",
    parts=parts,
    labels={"user": "user.id", "at": "time", "action": "action", "event_id": "id"},
    suggested_actions=("login", "start"),
    no_activity={
        "failed": "A request with `status_code` 400 or more.",
    },
)
