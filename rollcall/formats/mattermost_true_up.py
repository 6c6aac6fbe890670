"""Mattermost true-up profile: one document a quarter with the number of active users and the licensed seats.

It names nobody, no period and no day, so no bill can be made from it alone; it is kept as a dated number of accounts
for the day that the uploader states.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rollcall.formats.fields import has, text
from rollcall.formats.profile import SNAPSHOT, Fact, JsonRecords, Part, Profile

_SHAPE = JsonRecords(paths=((), ("*",)))


def parts(record: Any) -> Iterator[Part]:
    """Return the figures of the document."""
    yield Fact("users", text(record, "active_users"))
    yield Fact("seats", text(record, "licensed_seats"))
    yield Fact("plan", text(record, "license_plan"))
    yield Fact("customer", text(record, "customer_name"))


PROFILE = Profile(
    name="mattermost_true_up",
    title="Mattermost true-up",
    kind=SNAPSHOT,
    shape=_SHAPE,
    recognizes=lambda look: has(look.first(_SHAPE), "active_users", "licensed_seats", "license_id", "server_id"),
    recognized_by="the fields `active_users`, `licensed_seats`, `license_id` and `server_id`",
    parts=parts,
    labels={},
)
