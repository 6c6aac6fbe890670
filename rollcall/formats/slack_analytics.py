"""Slack member analytics (`admin.analytics.getFile`, type `member`; Enterprise only): one gzip file a day.

Send the files of all days together, as several files or in one zip. Each line is one member on one day of UTC, so the
days cannot be cut anew for a bill in another zone. Members who did nothing that day are listed, too: they are kept as
`idle !idle` and never count; the others have the action `is_active`. The user is `user_id`. A day that is missing is
named. Slack keeps 13 months and does not correct files once they are made, so its dashboard may show other numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rollcall.formats.fields import dig, lacks, text
from rollcall.formats.profile import PER_USER_AND_DAY, UTC, Entry, JsonRecords, Part, Profile, Unusable, nobody

_SHAPE = JsonRecords()


def parts(record: Any) -> Iterator[Part]:
    """Return what one member did on one day."""
    user, day, is_active = text(record, "user_id"), text(record, "date"), dig(record, "is_active")
    if not user and lacks(record, "user_id"):
        yield nobody("a day of no member", text(record, "email_address"))
    elif not isinstance(is_active, bool):
        yield Unusable("field.type", "The field is_active must be true or false.", "action", str(is_active)[:200])
    else:
        event_id = f"{day} {user}"
        if is_active:
            yield Entry(user=user, at=day, action="is_active", event_id=event_id)
        else:
            yield Entry(user=user, at=day, action="idle", event_id=event_id, no_activity="idle")


PROFILE = Profile(
    name="slack_analytics",
    title="Slack member analytics",
    kind=PER_USER_AND_DAY,
    shape=_SHAPE,
    recognizes=lambda look: look.holds(_SHAPE, "date", "user_id", "is_active", "is_billable_seat"),
    recognized_by="the fields `date`, `user_id`, `is_active` and `is_billable_seat` of a member's day",
    parts=parts,
    labels={"user": "user_id", "at": "date", "action": "is_active", "event_id": "user_id"},
    time_format="date",
    zone=UTC,
    lists_every_day=True,
    suggested_actions=("is_active",),
    no_activity={
        "idle": "A member who did nothing on that day.",
    },
)
