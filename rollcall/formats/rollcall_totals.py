"""The signed report of an instance whose contract discloses totals alone (`rollcall report`): people can read it.

The first line is `ROLLCALL REPORT 1`, the second the signed statement, and from the third on stands a table with the
columns `day` and `users_with_activity`: one row per civil day of the contract's zone. The rows behind the numbers stay
with the customer. Nobody is named in it: no active users can be counted from it, but it can be billed where the
contract bills reported counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rollcall.formats.profile import COUNTS, UTC, DayCount, Part, Profile, TableRecords
from rollcall.formats.rollcall_report import FIRST_LINE

NAME = "rollcall_totals"
COLUMNS = ("day", "users_with_activity")


def parts(record: Mapping[str, str]) -> Iterator[Part]:
    """Return the number of one day."""
    yield DayCount(at=record["day"], users=record["users_with_activity"])


PROFILE = Profile(
    name=NAME,
    title="Rollcall signed report of totals",
    kind=COUNTS,
    shape=TableRecords(header=tuple((name,) for name in COLUMNS)),
    recognizes=lambda look: NAME in look.below and look.lines[:1] == (FIRST_LINE,),
    recognized_by="the first line `ROLLCALL REPORT 1` above the columns `day` and `users_with_activity`",
    parts=parts,
    labels={"at": "day", "quantity": "users_with_activity"},
    zone=UTC,
)
