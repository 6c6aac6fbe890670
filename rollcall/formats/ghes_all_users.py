"""GitHub Enterprise Server report `all_users.csv`: every account with its last activity.

A list of accounts on the day of the report: it shows only the last activity of each, so it proves no earlier month's
active users. Suspended accounts are listed and not billable. The first request answers while the report is being made;
download it again until it has rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rollcall.formats.profile import SNAPSHOT, ListedUser, Part, Profile, TableRecords

_COLUMNS = frozenset(("login", "suspended?", "last_active", "dormant?", "raw_login"))


def parts(record: Mapping[str, str]) -> Iterator[Part]:
    """Return the account of one row."""
    suspended = record.get("suspended?", "").strip().lower() == "true"
    status = "suspended" if suspended else "active"
    last = record.get("last_active", "")
    yield ListedUser(user=record.get("login", ""), billable=not suspended, last_at=last[:10], status=status)


PROFILE = Profile(
    name="ghes_all_users",
    title="GitHub Enterprise Server all users",
    kind=SNAPSHOT,
    shape=TableRecords(),
    recognizes=lambda look: look.header >= _COLUMNS,
    recognized_by="the columns `login`, `raw_login`, `last_active`, `suspended?` and `dormant?`",
    parts=parts,
    labels={"user": "login"},
)
