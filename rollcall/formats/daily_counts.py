"""Any CSV of daily numbers: a column `date` (`day`) and a column of users, nothing that could be a person or a part.

The columns `active_users`, `users`, `count`, `user_count`, `billable_users`, `monthly_active_users` and `seats` are
recognized. Beside them only empty columns may stand: in a table by email, region or product a number is not that of all
users, and such numbers cannot be added up, since one person may be in several. A day that is missing is no zero, a day
that is there twice is a question. Nobody is named in it: no active users can be counted from it, but it can be billed
where the contract bills reported counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rollcall.formats.generic_csv import Table, column_at
from rollcall.formats.mapping import USER_COUNT_NAMES, column_name
from rollcall.formats.profile import COUNTS, UTC, DayCount, Look, Part, Profile, TableRecords

_DAYS = ("date", "day")


def parts(record: Mapping[str, str]) -> Iterator[Part]:
    """Return the number of one day."""
    yield DayCount(at=_first(record, _DAYS), users=_first(record, USER_COUNT_NAMES))


def recognizes(look: Look) -> bool:
    """Return whether the table has days, numbers of users and nothing that these numbers could be parts by."""
    return look.table is not None and has_day_counts(look.table) and not columns_beside(look.table)


def has_day_counts(table: Table) -> bool:
    """Return whether a table has a column of days and one of numbers of users, whatever stands beside them."""
    names = set(map(column_name, table.header))
    return not names.isdisjoint(_DAYS) and not names.isdisjoint(USER_COUNT_NAMES)


def columns_beside(table: Table) -> tuple[str, ...]:
    """Return the columns that hold more than a day and a number of users: a person, a part, or one of them again."""
    names = [column_name(name) for name in table.header]
    return tuple(
        name
        for place, name in enumerate(table.header)
        if (names[place] not in (*_DAYS, *USER_COUNT_NAMES) or names[place] in names[:place])
        and any(column_at(table, place))
    )


def _first(record: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((record[name] for name in names if name in record), "")


PROFILE = Profile(
    name="daily_counts",
    title="Daily numbers of users",
    kind=COUNTS,
    shape=TableRecords(),
    recognizes=recognizes,
    recognized_by="a column of days and one of numbers of users, with nothing beside them but empty columns",
    parts=parts,
    labels={"at": "date", "quantity": "users"},
    zone=UTC,
)
