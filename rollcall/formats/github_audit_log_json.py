"""GitHub audit log as JSON: the export of an organisation, an enterprise or GitHub Enterprise Server, or of a stream.

Export it with the whole period chosen: without a filter it ends after 180 days, and Git events (`git.clone`,
`git.push`) come in an export of their own that reaches back 7 days. The user is `actor`, the time `created_at`
(`@timestamp` where it is missing), in milliseconds since 1970. `user.failed_login` and other actions that failed are no
activity unless a definition names them (`user.failed_login !failed`). Rows without an actor are GitHub's own and count
for no one; bots count until the contract leaves them out. An event is known by `_document_id`: the JSON and the CSV
export of the same days count once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rollcall.formats.fields import lacks, text
from rollcall.formats.profile import EVENTS, Entry, JsonRecords, Part, Profile, nobody

_SHAPE = JsonRecords()


def parts(record: Any) -> Iterator[Part]:
    """Return the one event of a record."""
    action, user = text(record, "action"), text(record, "actor")
    if not user and lacks(record, "actor"):
        yield nobody(f"{action} of no actor", text(record, "user"))
        return
    yield Entry(
        user=user,
        at=text(record, "created_at", "@timestamp"),
        action=action,
        event_id=text(record, "_document_id"),
        no_activity=no_activity(action),
    )


def no_activity(action: str) -> str:
    """Return why an action of the audit log is none of the person's activity, or ""."""
    verb = action.rpartition(".")[2]
    return "failed" if verb.startswith("failed_") or verb.endswith(("_failed", "_failure")) else ""


PROFILE = Profile(
    name="github_audit_log_json",
    title="GitHub audit log (JSON)",
    kind=EVENTS,
    shape=_SHAPE,
    recognizes=lambda look: look.holds(_SHAPE, "@timestamp", "_document_id", "action", "actor"),
    recognized_by="the fields `@timestamp`, `_document_id`, `action` and `actor` of an event",
    parts=parts,
    labels={"user": "actor", "at": "created_at", "action": "action", "event_id": "_document_id"},
    time_format="epoch_ms",
    suggested_actions=("user.login", "pull_request.create", "git.*"),
    no_activity={
        "failed": "The action `user.failed_login`, and others whose name says that they failed.",
    },
)
