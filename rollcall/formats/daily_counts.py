"""Any CSV of daily numbers: a column `date` (`day`) and a column of users, nothing else that could be a person.

The columns `active_users`, `users`, `count`, `user_count` and `billable_users` are recognized. A day that is missing is
no zero, a day that is there twice is a question. Nobody is named in it: no active users can be counted from it, but it
can be billed where the contract bills reported counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rollcall.formats.profile import COUNTS, UTC, DayCount, Look, Part, Profile, TableRecords

_DAYS = ("date", "day")
_USERS = ("active_users", "users", "count", "user_count", "billable_users", "monthly_active_users", "seats")


def parts(record: Mapping[str, str]) -> Iterator[Part]:
    """Return the number of one day."""
    yield DayCount(at=_first(record, _DAYS), users=_first(record, _USERS))


def recognizes(look: Look) -> bool:
    """Return whether the table has a day, a number of users and nothing more than one further column."""
    if len(look.header) > 3 or any("user" in name for name in look.header - frozenset(_USERS)):
        return False
    return any(name in look.header for name in _DAYS) and any(name in look.header for name in _USERS)


def _first(record: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((record[name] for name in names if name in record), "")


PROFILE = Profile(
    name="daily_counts",
    title="Daily numbers of users",
    kind=COUNTS,
    shape=TableRecords(),
    recognizes=recognizes,
    recognized_by="a column of days and one of numbers of users, with at most one more beside them",
    parts=parts,
    labels={"at": "date", "quantity": "users"},
    zone=UTC,
)
