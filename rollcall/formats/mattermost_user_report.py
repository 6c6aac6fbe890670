"""Mattermost user report (System Console, "Export"): one row per account over a range of days that the admin chose.

`DaysActive` and the last log-in belong to that range and to the zone of the server, so the file proves the active users
of a month only if the range was exactly that month, and the file does not say. It is taken as a list of accounts; an
empty time means never.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rollcall.formats.profile import SNAPSHOT, ListedUser, Part, Profile, TableRecords

_COLUMNS = frozenset(("id", "username", "email", "lastlogin", "laststatusat", "daysactive"))


def parts(record: Mapping[str, str]) -> Iterator[Part]:
    """Return the account of one row."""
    days = record.get("daysactive", "").strip()
    number = int(days) if days.isascii() and days.isdigit() and len(days) < 9 else 0
    worked = (("active_in_range", 1), ("days_active", number)) if number else ()
    last = record.get("laststatusat") or record.get("lastlogin") or ""
    yield ListedUser(user=record.get("id", ""), last_at=last[:10], figures=worked)


PROFILE = Profile(
    name="mattermost_user_report",
    title="Mattermost user report",
    kind=SNAPSHOT,
    shape=TableRecords(),
    recognizes=lambda look: look.header >= _COLUMNS,
    recognized_by="the columns `Id`, `Username`, `Email`, `LastLogin`, `LastStatusAt` and `DaysActive`",
    parts=parts,
    labels={"user": "Id"},
)
