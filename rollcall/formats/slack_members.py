"""Slack member list (Admin, "Export member list"): every member and whether the seat is billed now.

No dates are in it: it says who is billable on the day of the export, not who was active. Bots and deactivated members
are listed and not billable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rollcall.formats.profile import SNAPSHOT, ListedUser, Part, Profile, TableRecords

_COLUMNS = frozenset(("username", "status", "billing_active", "userid"))


def parts(record: Mapping[str, str]) -> Iterator[Part]:
    """Return the account of one row."""
    status = record.get("status", "").strip()
    active = record.get("billing_active", "").strip().lower() in ("1", "true")
    billable = active and status.lower() not in ("bot", "deactivated")
    yield ListedUser(user=record.get("userid", ""), billable=billable, status=status)


PROFILE = Profile(
    name="slack_members",
    title="Slack member list",
    kind=SNAPSHOT,
    shape=TableRecords(),
    recognizes=lambda look: look.header >= _COLUMNS,
    recognized_by="the columns `username`, `status`, `billing-active` and `userid`",
    parts=parts,
    labels={"user": "userid"},
)
