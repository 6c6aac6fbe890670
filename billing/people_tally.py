"""What the list of users behind a count says in a few numbers: who was left out why, and who stands out.

Owns: one pass over the stored list. Does not own: the list (`usage`), and any name: people are references here.
Invariant: the same list gives the same tally; counted people and those left out add up to everybody in it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from heapq import nlargest
from statistics import median_low

from ground.storage import stored_path
from rollcall.counting.answer import COUNTED, Verdict, read_verdicts
from usage.models import ActiveUserCount

BUSIEST = 5


@dataclass(frozen=True, kw_only=True)
class BusyPerson:
    """One counted person with its qualifying actions and the days on which they were."""

    user_ref: str
    instance: str
    events: int
    active_days: int


@dataclass(frozen=True, kw_only=True)
class PeopleTally:
    """The numbers of a list of users.

    `by_why` has everybody by the reason of the verdict ("counted", "below_min_days", ...). `only_on` has the counted
    people who were active on one day alone, by that civil day.
    `people` are the counted people once each, also where the terms count them on each instance.
    `middle_events` is the median of the counted people's actions; `busiest` are those with the most, the first first.
    """

    by_why: Mapping[str, int]
    people: int
    only_on: Mapping[str, int]
    middle_events: int
    busiest: tuple[BusyPerson, ...]

    @property
    def counted(self) -> int:
        return self.by_why.get(COUNTED, 0)


NOBODY = PeopleTally(by_why={}, people=0, only_on={}, middle_events=0, busiest=())


def people_tally(count: ActiveUserCount) -> PeopleTally:
    """Return the tally of a count; that of nobody where a number has no people behind it.

    Raises StoredFileDamaged, StoredFileMissing.
    """
    if not count.has_people:
        return NOBODY
    verdicts = list(read_verdicts(stored_path(count.verdicts_key, count.verdicts_sha256)))
    counted = [verdict for verdict in verdicts if verdict.counted]
    return PeopleTally(
        by_why=dict(Counter(verdict.why for verdict in verdicts)),
        people=len({verdict.user_ref for verdict in counted}),
        only_on=dict(Counter(verdict.first_at[:10] for verdict in counted if verdict.active_days == 1)),
        middle_events=median_low([verdict.events for verdict in counted]) if counted else 0,
        busiest=tuple(_busy(verdict) for verdict in nlargest(BUSIEST, counted, key=_by_events)),
    )


def _by_events(verdict: Verdict) -> tuple[int, str]:
    return verdict.events, verdict.user_ref


def _busy(verdict: Verdict) -> BusyPerson:
    return BusyPerson(
        user_ref=verdict.user_ref,
        instance=verdict.instance,
        events=verdict.events,
        active_days=verdict.active_days,
    )
