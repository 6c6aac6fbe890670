"""Atlassian `export-users.csv` of an organisation: every account and when it was last seen in each product.

The columns `Last seen in <product> - <site>` differ from customer to customer; the latest of them is taken. Dates are
English (`3 Jul 2026`) or say that the product was never used. A list proves no earlier month's active users. Accounts
that are not active are listed and not billable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from rollcall.formats.profile import SNAPSHOT, ListedUser, Part, Profile, TableRecords

_COLUMNS = frozenset(("user_id", "user_name", "email", "user_status"))
_SEEN = ("last_seen_in_", "last_active_date")
_DATE = re.compile(r"([0-9]{1,2}) ([A-Z][a-z]{2}) ([0-9]{4})")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def parts(record: Mapping[str, str]) -> Iterator[Part]:
    """Return the account of one row."""
    seen = [_day(value) for name, value in record.items() if name.startswith(_SEEN)]
    status = record.get("user_status", "").strip()
    user = record.get("user_id", "")
    yield ListedUser(user=user, billable=status.lower() == "active", last_at=max(seen, default=""), status=status)


def _day(written: str) -> str:
    """Return a date as YYYY-MM-DD, or "" for never."""
    found = _DATE.fullmatch(written.strip())
    if not found or found[2] not in _MONTHS:
        return ""
    return f"{found[3]}-{_MONTHS.index(found[2]) + 1:02d}-{int(found[1]):02d}"


PROFILE = Profile(
    name="atlassian_export_users",
    title="Atlassian export of users",
    kind=SNAPSHOT,
    shape=TableRecords(),
    recognizes=lambda look: look.header >= _COLUMNS and any(name.startswith(_SEEN) for name in look.header),
    recognized_by="the columns `User id`, `User name`, `email`, `User status` and at least one `Last seen in`",
    parts=parts,
    labels={"user": "User id"},
)
