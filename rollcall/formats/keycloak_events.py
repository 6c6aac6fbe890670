"""Keycloak user events, as the admin REST API returns them (`GET /admin/realms/{realm}/events`).

An array of events with `time` in milliseconds since 1970, so no zone is needed. The user is `userId`, which is empty
when somebody tried a name that Keycloak does not know; such rows count for no one. Failed log-ins (`..._ERROR`) and
token refreshes are no activity unless a definition names them (`LOGIN_ERROR !failed`, `REFRESH_TOKEN !automatic`).
Keycloak keeps events only while "Save events" is on, and only as long as its expiration says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rollcall.formats.fields import text
from rollcall.formats.profile import EVENTS, Entry, JsonRecords, Part, Profile, nobody

_SHAPE = JsonRecords()
_AUTOMATIC = frozenset(("REFRESH_TOKEN", "INTROSPECT_TOKEN", "CODE_TO_TOKEN", "TOKEN_EXCHANGE", "USER_INFO_REQUEST"))


def parts(record: Any) -> Iterator[Part]:
    """Return the one event of a record."""
    kind, user = text(record, "type"), text(record, "userId")
    if not user:
        yield nobody(f"{kind} of a name that is not known", text(record, "details.username"))
        return
    no_activity = "failed" if kind.endswith("_ERROR") else "automatic" if kind in _AUTOMATIC else ""
    yield Entry(user=user, at=text(record, "time"), action=kind, event_id=text(record, "id"), no_activity=no_activity)


PROFILE = Profile(
    name="keycloak_events",
    title="Keycloak user events",
    kind=EVENTS,
    shape=_SHAPE,
    recognizes=lambda look: look.holds(_SHAPE, "time", "type", "realmId", "clientId"),
    recognized_by="the fields `time`, `type`, `realmId` and `clientId` of an event",
    parts=parts,
    labels={"user": "userId", "at": "time", "action": "type", "event_id": "id"},
    time_format="epoch_ms",
    suggested_actions=("LOGIN",),
    no_activity={
        "failed": "A type that ends in `_ERROR`.",
        "automatic": "Tokens that are renewed, exchanged or looked at without the person, such as `REFRESH_TOKEN`.",
    },
)
