"""Who is new and who is gone between two counts of the same metric."""

from collections.abc import Iterator
from dataclasses import dataclass

from ground.storage import stored_path
from rollcall.counting.answer import read_verdicts
from usage.models import ActiveUserCount
from usage.queries import VerdictRow, verdict_rows

Person = tuple[str, str]


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


def changed_totals(*, before: ActiveUserCount, after: ActiveUserCount) -> tuple[int, int]:
    """How many users are new and how many are gone."""
    then, now = counted_people(before), counted_people(after)
    return len(now - then), len(then - now)


def changed_users(*, before: ActiveUserCount, after: ActiveUserCount) -> Iterator[ChangedUser]:
    """Yield who is new, then who is gone, each sorted by name, with names while they exist."""
    then, now = counted_people(before), counted_people(after)
    for change, count, people in (("new", after, now - then), ("gone", before, then - now)):
        if people:
            for row in verdict_rows(count=count):
                if (row.user_ref, row.instance) in people:
                    yield ChangedUser(change=change, user=row)
