"""Who is new and who is gone between two counts of the same metric."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ground.storage import stored_path
from rollcall.counting.answer import VERDICT_FIELDS, read_verdicts
from usage.models import ActiveUserCount
from usage.queries import VerdictRow, verdict_rows

Person = tuple[str, str]
QUOTE = b'"'


@dataclass(frozen=True, kw_only=True)
class ChangedUser:
    """One user whose counting changed: `change` is "new" or "gone"; `user` is the row of the count that has it."""

    change: str
    user: VerdictRow


def counted_people(count: ActiveUserCount) -> set[Person]:
    """The counted users of a count, by reference and, where a person counts per instance, by instance.

    Nobody for reported users: a number has no names.
    """
    if not count.has_people:
        return set()
    path = stored_path(count.verdicts_key, count.verdicts_sha256)
    return {(verdict.user_ref, verdict.instance) for verdict in read_verdicts(path) if verdict.counted}


def changed_people(*, before: ActiveUserCount, after: ActiveUserCount) -> tuple[set[Person], set[Person]]:
    """Return who is new and who is gone. Only the lines that differ are read closely: most of a month stays as it was.

    Lists hold one line per person, in one order, so that a line that stands in both says nothing new.
    """
    if before.has_people and after.has_people:
        paths = [stored_path(count.verdicts_key, count.verdicts_sha256) for count in (before, after)]
        lines = _differing(*paths)
        # A quoted field may hold the end of a line, so that a line is no person.
        if not any(QUOTE in line for side in lines for line in side):
            then, now = (_counted(side) for side in lines)
            return now - then, then - now
    then, now = counted_people(before), counted_people(after)
    return now - then, then - now


def _differing(then: Path, now: Path) -> tuple[list[bytes], list[bytes]]:
    """Walk two sorted lists together; return the lines of each that the other has not, or not at its place."""
    only_then: list[bytes] = []
    only_now: list[bytes] = []
    with then.open("rb") as old, now.open("rb") as new:
        one, other = next(old, b""), next(new, b"")
        while one and other:
            if one == other:
                one, other = next(old, b""), next(new, b"")
            elif one < other:
                only_then.append(one)
                one = next(old, b"")
            else:
                only_now.append(other)
                other = next(new, b"")
        if one:
            only_then += [one, *old]
        if other:
            only_now += [other, *new]
    return only_then, only_now


def _counted(lines: Iterable[bytes]) -> set[Person]:
    rows = csv.DictReader((line.decode() for line in lines), fieldnames=VERDICT_FIELDS)
    return {(row["user_ref"], row["instance"]) for row in rows if row["counted"] == "yes"}


def changed_totals(*, before: ActiveUserCount, after: ActiveUserCount) -> tuple[int, int]:
    """How many users are new and how many are gone."""
    new, gone = changed_people(before=before, after=after)
    return len(new), len(gone)


def changed_users(*, before: ActiveUserCount, after: ActiveUserCount) -> Iterator[ChangedUser]:
    """Yield who is new, then who is gone, each sorted by name, with names while they exist."""
    new, gone = changed_people(before=before, after=after)
    for change, count, people in (("new", after, new), ("gone", before, gone)):
        if people:
            for row in verdict_rows(count=count):
                if (row.user_ref, row.instance) in people:
                    yield ChangedUser(change=change, user=row)
