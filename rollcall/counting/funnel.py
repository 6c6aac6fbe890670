"""From rows to people: how many rows, and how many people, each rule of a count takes away.

Every row of the evidence is in exactly one of `outside`, `not_qualifying` and `qualifying`; every person who is there
in a window has exactly one verdict. So the steps add up, and nobody has to believe a figure that does not.

`funnel_of_rows` is the definition, written to be obviously right; `columnar.funnel` is its fast twin, and a property
test holds both equal. Neither reads the list of verdicts: its numbers come from the count itself (`by_verdict`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from rollcall.counting import rules
from rollcall.period import Period
from rollcall.rows import EvidenceRow
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import NO_RESOLUTION, Resolution

# Of the actions that do not count, so many are named, those with the most rows first.
ACTIONS_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class Funnel:
    """How many rows and people fall at each step of one count.

    `outside` are rows of days that no window looks at, `not_qualifying` rows inside whose action the definition does
    not name, `qualifying` the rows that can count. `other_actions` names the first of those not qualifying, with rows.
    `ids_by_instance` are the ids seen in a window, by instance; of these `same_person` are further ids of a person whom
    the customer names by several on one instance, and `on_several` are people who are there on one more instance and
    count once.
    """

    outside: int
    not_qualifying: int
    qualifying: int
    other_actions: tuple[tuple[str, int], ...]
    ids_by_instance: Mapping[str, int]
    same_person: int
    on_several: int

    @property
    def rows(self) -> int:
        """All rows of the evidence."""
        return self.outside + self.not_qualifying + self.qualifying

    @property
    def people(self) -> int:
        """Those who have a verdict: people, or people on an instance where the terms count each on its own."""
        return sum(self.ids_by_instance.values()) - self.same_person - self.on_several

    def to_json(self) -> dict[str, Any]:
        """Return the steps as JSON."""
        return {
            "outside": self.outside,
            "not_qualifying": self.not_qualifying,
            "qualifying": self.qualifying,
            "other_actions": [list(one) for one in self.other_actions],
            "ids_by_instance": dict(self.ids_by_instance),
            "same_person": self.same_person,
            "on_several": self.on_several,
        }


def named_first(rows_by_action: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Return the actions with the most rows, by name where they have as many."""
    return tuple(sorted(rows_by_action.items(), key=lambda one: (-one[1], one[0]))[:ACTIONS_NAMED])


def funnel_of_rows(
    *,
    rows: Iterable[EvidenceRow],
    definition: ActivityDefinition,
    period: Period,
    resolution: Resolution = NO_RESOLUTION,
    since: date | None = None,
) -> Funnel:
    """Return how many rows and people fall at each step, by looking at every row."""
    windows = definition.windows(period, since)
    outside = qualifying = 0
    others: Counter[str] = Counter()
    ids: set[tuple[str, str]] = set()
    people: set[tuple[str, str]] = set()
    for row in rows:
        if not all(rule.plain(row, definition, windows) for rule in rules.SCOPE):
            outside += row.events
            continue
        ids.add((row.instance, row.user_ref))
        people.add((row.instance, resolution.person(row.user_ref)))
        if all(rule.plain(row, definition) for rule in rules.ROW):
            qualifying += row.events
        else:
            others[row.action] += row.events
    units = len(people) if definition.per_instance else len({person for _, person in people})
    return Funnel(
        outside=outside,
        not_qualifying=sum(others.values()),
        qualifying=qualifying,
        other_actions=named_first(others),
        ids_by_instance=dict(sorted(Counter(instance for instance, _ in ids).items())),
        same_person=len(ids) - len(people),
        on_several=len(people) - units,
    )
