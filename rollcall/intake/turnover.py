"""What stored evidence tells by month: whether the users of one month are those of the month before. Nobody in common
means that ids changed, not people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rollcall.intake.engine import duckdb
from rollcall.intake.findings import Remark
from rollcall.intake.limits import Limits

# Fewer users may all have changed.
_USERS = 5

_QUERY = """
WITH seen AS (SELECT DISTINCT year(day) * 12 + month(day) - 1 AS month, user_ref FROM read_parquet(?))
SELECT later.month, count(*), count(earlier.user_ref)
FROM seen AS later LEFT JOIN seen AS earlier ON earlier.user_ref = later.user_ref AND earlier.month = later.month - 1
GROUP BY ALL ORDER BY ALL
"""


class Month(NamedTuple):
    """The users of a month, counted since year 0, and those of them who were there the month before."""

    month: int
    users: int
    stayed: int


def months_of_evidence(path: Path, limits: Limits) -> list[Month]:
    """Return the months of evidence that was written as Parquet."""
    assert duckdb is not None
    with duckdb.connect(
        config={"threads": limits.threads, "memory_limit": f"{limits.duckdb_memory_megabytes}MB"}
    ) as database:
        return [Month(*row) for row in database.execute(_QUERY, [str(path)]).fetchall()]


def months_of_users(users: Mapping[int, set[str]]) -> list[Month]:
    """Return the months of {month: users}."""
    nobody: set[str] = set()
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
