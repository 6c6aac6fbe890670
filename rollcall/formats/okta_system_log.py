"""Okta System Log events, as its API returns them (`GET /api/v1/logs`) or a log stream delivers them.

Export the whole period page by page (follow the link `next`; a page has 100 events unless `limit=1000` is given) and
send all pages together, as several files or in one zip. Okta keeps events for 90 days. Not the CSV of the console: it
is cut at a number of rows. Times are UTC; the user is `actor.id`, the action `eventType`. An event whose outcome is
neither SUCCESS nor ALLOW is no activity unless a definition names it: `user.session.start !failed` (FAILURE, DENY,
RATE_LIMIT, ABANDONED) or `!interrupted` (CHALLENGE, SKIPPED, DEFERRED, SCHEDULED, UNKNOWN). Service accounts appear
with the type SystemPrincipal and count until the contract leaves them out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rollcall.formats.fields import lacks, text
from rollcall.formats.profile import EVENTS, Entry, JsonRecords, Part, Profile, nobody

_SHAPE = JsonRecords()
_SUCCESS = frozenset(("", "SUCCESS", "ALLOW"))
_INTERRUPTED = frozenset(("CHALLENGE", "SKIPPED", "DEFERRED", "SCHEDULED", "UNKNOWN"))


def parts(record: Any) -> Iterator[Part]:
    """Return the one event of a record."""
    kind, outcome = text(record, "eventType"), text(record, "outcome.result").upper()
    user = text(record, "actor.id", "actor.alternateId")
    if not user and lacks(record, "actor.id", "actor.alternateId"):
        yield nobody(f"{kind} without an actor", text(record, "actor.displayName"))
        return
    no_activity = "" if outcome in _SUCCESS else "interrupted" if outcome in _INTERRUPTED else "failed"
    yield Entry(
        user=user, at=text(record, "published"), action=kind, event_id=text(record, "uuid"), no_activity=no_activity
    )


PROFILE = Profile(
    name="okta_system_log",
    title="Okta System Log",
    kind=EVENTS,
    shape=_SHAPE,
    recognizes=lambda look: look.holds(_SHAPE, "eventType", "published", "uuid", "actor.id", "outcome"),
    recognized_by="the fields `eventType`, `published`, `uuid`, `actor.id` and `outcome` of an event",
    parts=parts,
    labels={"user": "actor.id", "at": "published", "action": "eventType", "event_id": "uuid"},
    suggested_actions=("user.session.start", "user.authentication.sso"),
    no_activity={
        "failed": "The outcomes `FAILURE`, `DENY`, `RATE_LIMIT` and `ABANDONED`.",
        "interrupted": "The outcomes `CHALLENGE`, `SKIPPED`, `DEFERRED`, `SCHEDULED` and `UNKNOWN`.",
    },
)
