"""GitLab user permission export: one row per membership of a user in a group or project.

A user has as many rows as memberships and is one account. `Last Activity` is a date; it proves the month it lies in and
no earlier one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rollcall.formats.profile import SNAPSHOT, ListedUser, Part, Profile, TableRecords

_COLUMNS = frozenset(("username", "email", "type", "path", "access_level", "last_activity"))


def parts(record: Mapping[str, str]) -> Iterator[Part]:
    """Return the account of one row."""
    yield ListedUser(user=record.get("username", ""), last_at=record.get("last_activity", "")[:10])


PROFILE = Profile(
    name="gitlab_user_permissions",
    title="GitLab user permissions",
    kind=SNAPSHOT,
    shape=TableRecords(),
    recognizes=lambda look: look.header >= _COLUMNS,
    recognized_by="the columns `Username`, `Email`, `Type`, `Path`, `Access Level` and `Last Activity`",
    parts=parts,
    labels={"user": "Username"},
)
