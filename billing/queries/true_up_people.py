"""The people of a true-up: who is new, who is gone, who is as before, as pages and as files."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import overload

from billing.changed_users import ChangedUser, changed_people, changed_users
from billing.models import TrueUp
from usage.queries import verdict_rows

CHANGED, NEW, GONE, UNCHANGED = "changed", "new", "gone", "unchanged"
VIEWS = (CHANGED, NEW, GONE, UNCHANGED)


class PeopleOfTrueUp(Sequence[ChangedUser]):
    """The people of one view, counted from the row and read only as far as they are shown.

    It has what a paginator asks for: a length, and slices in the order new, gone, unchanged, each by name.
    """

    def __init__(self, true_up: TrueUp, view: str) -> None:
        self.true_up = true_up
        self.view = view if view in VIEWS else CHANGED

    def __len__(self) -> int:
        return self.totals[self.view]

    @overload
    def __getitem__(self, part: int) -> ChangedUser: ...

    @overload
    def __getitem__(self, part: slice) -> list[ChangedUser]: ...

    def __getitem__(self, part: int | slice) -> ChangedUser | list[ChangedUser]:
        if isinstance(part, int):
            return self[part : part + 1][0]
        return list(islice(self, part.start or 0, part.stop))

    def __iter__(self) -> Iterator[ChangedUser]:
        before, after = self.true_up.before_count, self.true_up.after_count
        if before is None or after is None or not after.has_people:
            return
        if self.view != UNCHANGED:
            for person in changed_users(before=before, after=after):
                if self.view in (CHANGED, person.change):
                    yield person
            return
        new, _ = changed_people(before=before, after=after)
        for row in verdict_rows(count=after):
            if row.counted and (row.user_ref, row.instance) not in new:
                yield ChangedUser(change=UNCHANGED, user=row)

    @property
    def totals(self) -> dict[str, int]:
        """How many people each view has; nobody where nobody stands behind the number."""
        after = self.true_up.after_count
        if after is None or not after.has_people:
            return dict.fromkeys(VIEWS, 0)
        new, gone = self.true_up.new_users, self.true_up.gone_users
        return {CHANGED: new + gone, NEW: new, GONE: gone, UNCHANGED: (after.active_users or 0) - new}
