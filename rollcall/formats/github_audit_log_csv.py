"""GitHub audit log as CSV, of an organization or an enterprise (Settings, Audit log, Export).

The user is `actor`; rows without one are GitHub's own and count for no one. Times are milliseconds since 1970 in
`created_at`, so no zone is needed. `_document_id` is the event's id: the CSV and the JSON of the same days count once.
`user.failed_login` is no activity. Git events (clone, push) are only in a separate export.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rollcall.formats.profile import EVENTS, Entry, Part, Profile, TableRecords, nobody

_HEADER = frozenset(("action", "actor", "created_at", "document_id"))
_FAILED = "user.failed_login"


def parts(record: Mapping[str, str]) -> Iterator[Part]:
    """Return the one event of a row."""
    action, user = record["action"], record["actor"].strip()
    if not user:
        yield nobody(f"{action} without an actor")
        return
    no_activity = "failed" if action == _FAILED else ""
    at, event_id = record["created_at"], record["document_id"].strip()
    yield Entry(user=user, at=at, action=action, event_id=event_id, no_activity=no_activity)


PROFILE = Profile(
    name="github_audit_log_csv",
    title="GitHub audit log (CSV)",
    kind=EVENTS,
    shape=TableRecords(),
    recognizes=lambda look: look.header >= _HEADER,
    recognized_by="the columns `action`, `actor`, `created_at` and `_document_id`",
    parts=parts,
    labels={"user": "actor", "at": "created_at", "action": "action", "event_id": "_document_id"},
    time_format="epoch_ms",
    suggested_actions=("user.login", "pull_request.create"),
    no_activity={
        "failed": "The action `user.failed_login`.",
    },
)
