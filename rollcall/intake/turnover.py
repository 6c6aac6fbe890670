"""What evidence tells by month: whether the users of one month are those of the month before. Nobody in common
means that ids changed, not people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from rollcall.intake.findings import Remark

# Fewer users may all have changed.
_USERS = 5


class Month(NamedTuple):
    """The users of a month, counted since year 0, and those of them who were there the month before."""

    month: int
    users: int
    stayed: int


def months_of_users(users: Mapping[int, Set[object]]) -> list[Month]:
    """Return the months of {month: users}, who are told apart by anything."""
    nobody: frozenset[object] = frozenset()
    return [Month(month, len(seen), len(seen & users.get(month - 1, nobody))) for month, seen in sorted(users.items())]


def turnover_remarks(months: Sequence[Month]) -> Iterator[Remark]:
    """Yield the months in which no user of the month before came back."""
    known = {month.month for month in months}
    for month in months:
        if month.month - 1 in known and month.users >= _USERS and not month.stayed:
            name = f"{month.month // 12}-{month.month % 12 + 1:02d}"
            words = (
                f"{name} has 0 of {month.users:,} users in common with the month before; ids may have been changed on "
                "the way, as by a spreadsheet that drops leading zeros."
            )
            yield Remark(code="users.all_new", message=words)
