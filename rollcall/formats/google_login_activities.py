"""Google Workspace login activities: pages of the Reports API (`activity/users/all/applications/login`).

Export all pages (follow `nextPageToken`, at most 1,000 activities a page) and send them together, as several files or
in one zip. Google keeps login activities for 180 days. Times are UTC; the table that the Admin console shows is in the
zone of the browser and is not this format. One activity may hold several events: each counts by its own name. The user
is `actor.email` (`actor.profileId` where it is empty). A `login_failure` is kept as no activity (`!failed`), a
challenge or verification on the way as `!interrupted`, a warning that Google raises by itself as `!automatic`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rollcall.formats.fields import dig, lacks, text
from rollcall.formats.profile import EVENTS, Entry, JsonRecords, Part, Profile, Unusable, nobody

_SHAPE = JsonRecords(paths=(("items", "*"), ("*",), ()))
# Google writes this number where it does not know who tried to log in.
_UNKNOWN_PROFILE = "105250506097979753968"
_USER = ("actor.email", "actor.profileId")


def parts(record: Any) -> Iterator[Part]:
    """Return the events of one activity."""
    events, user = dig(record, "events"), text(record, *_USER)
    if not isinstance(events, list) or not events:
        yield Unusable("field.type", "The field events holds no list of events.", "action", str(events)[:200])
        return
    at, qualifier = text(record, "id.time"), text(record, "id.uniqueQualifier")
    for place, event in enumerate(events):
        name = text(event, "name")
        if user == _UNKNOWN_PROFILE or (not user and lacks(record, *_USER)):
            yield nobody(f"{name} of nobody that Google knows")
            continue
        event_id = f"{at} {qualifier} {place}" if qualifier else ""
        yield Entry(user=user, at=at, action=name, event_id=event_id, no_activity=_no_activity(name))


def _no_activity(name: str) -> str:
    if name.endswith("_failure"):
        return "failed"
    if name in ("login_challenge", "login_verification"):
        return "interrupted"
    return "automatic" if name.startswith(("suspicious_", "account_disabled_", "gov_attack_")) else ""


PROFILE = Profile(
    name="google_login_activities",
    title="Google Workspace login activities",
    kind=EVENTS,
    shape=_SHAPE,
    recognizes=lambda look: look.holds(_SHAPE, "id.time", "id.uniqueQualifier", "actor", "events"),
    recognized_by="the fields `id.time`, `id.uniqueQualifier`, `actor` and `events` of an activity",
    parts=parts,
    labels={"user": "actor.email", "at": "id.time", "action": "events[].name", "event_id": "id.uniqueQualifier"},
    suggested_actions=("login_success",),
    no_activity={
        "failed": "An event that ends in `_failure`.",
        "interrupted": "`login_challenge` and `login_verification`: a step on the way.",
        "automatic": "Warnings that Google raises by itself, such as `suspicious_login`.",
    },
)
