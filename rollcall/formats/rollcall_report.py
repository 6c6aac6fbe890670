"""The signed report that the instance itself writes (`rollcall report`): a text file that people can read.

The first line is `ROLLCALL REPORT 1`, the second the signed statement, and from the third on stands a table with the
columns `user`, `action`, `first_at`, `last_at`, `events` and `quantity`: one row per user, action and civil day of the
contract's zone. Nothing else leaves the house. Under the contract's own key the users are pseudonyms that only the
customer can resolve.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rollcall.formats.profile import EVENTS, Entry, Part, Profile, TableRecords

NAME = "rollcall_report"
FIRST_LINE = "ROLLCALL REPORT 1"
COLUMNS = ("user", "action", "first_at", "last_at", "events", "quantity")


def parts(record: Mapping[str, str]) -> Iterator[Part]:
    """Return what one user did by one action on one day."""
    yield Entry(
        user=record["user"],
        at=record["first_at"],
        action=record["action"],
        quantity=record["quantity"],
        events=record["events"],
        until=record["last_at"],
    )


PROFILE = Profile(
    name=NAME,
    title="Rollcall signed report",
    kind=EVENTS,
    shape=TableRecords(header=tuple((name,) for name in COLUMNS)),
    recognizes=lambda look: NAME in look.below and look.lines[:1] == (FIRST_LINE,),
    recognized_by="the first line `ROLLCALL REPORT 1` above the columns `user`, `first_at`, `last_at` and `events`",
    parts=parts,
    labels={
        "user": "user",
        "at": "first_at",
        "action": "action",
        "quantity": "quantity",
        "events": "events",
        "until": "last_at",
    },
    sums_days=True,
)
