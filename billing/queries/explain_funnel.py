"""From rows to users in steps: what each one leaves, what it takes away or adds, and why.

The numbers of rows and people were counted once, when the count was made; nothing is counted here. The steps add up:
`Funnel.rows` ends with the rows that can count, `Funnel.people` with the users that are billed, where that is known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ground.presentation.format import count_of, number
from rollcall.counting.answer import COUNTED
from rollcall.terms.activity import ActivityDefinition
from usage.models import ActiveUserCount
from usage.queries.agreed import Agreed, instance_names
from usage.queries.evidence import events_in

# The verdicts in the order in which they take people away.
REFUSALS = ("excluded", "no_qualifying_action", "below_min_events", "below_min_days")
STEP_WORDS = {
    "excluded": "Left out by the contract",
    "no_qualifying_action": "Did nothing that counts",
    "below_min_events": "Too few actions",
    "below_min_days": "Active on too few days",
}


@dataclass(frozen=True, kw_only=True)
class FunnelStep:
    """One line: a level that is left, or what a step takes away (or adds, below zero taken).

    `count` is the number of the line and `left` what is left after it. `why_code` is the verdict of those it takes, to
    find them in the list; `report` leads to the rows that were kept apart, where one file has them all.
    """

    code: str
    words: str
    count: int
    left: int
    takes: bool = True
    adds: bool = False
    why: str = ""
    why_code: str = ""
    report: str = ""

    @property
    def before(self) -> int:
        """What there was before a step added to it."""
        return self.left - self.count


@dataclass(frozen=True, kw_only=True)
class Funnel:
    """The steps of the rows, then those of the people; either may be empty."""

    rows: tuple[FunnelStep, ...] = ()
    people: tuple[FunnelStep, ...] = ()

    @property
    def most_rows(self) -> int:
        """The end of the scale of the rows."""
        return max((max(step.left, step.count) for step in self.rows), default=0)

    @property
    def most_people(self) -> int:
        """The end of the scale of the people."""
        return max((max(step.left, step.count) for step in self.people), default=0)


@dataclass(frozen=True, kw_only=True)
class Billed:
    """How the users that can be billed become those that are: by an estimate for missing days, a floor or a cap."""

    users: int
    estimated: int = 0
    floor_users: int | None = None
    where: str = ""


class _Steps:
    """Steps in the making: each line is put under the one before it."""

    def __init__(self) -> None:
        self.lines: list[FunnelStep] = []
        self.left = 0

    def level(self, code: str, words: str, count: int | None = None, why: str = "") -> None:
        self.left = self.left if count is None else count
        self.lines.append(FunnelStep(code=code, words=words, count=self.left, left=self.left, takes=False, why=why))

    def take(self, code: str, words: str, count: int, why: str = "", *, why_code: str = "", report: str = "") -> None:
        self.left -= count
        self.lines.append(
            FunnelStep(code=code, words=words, count=count, left=self.left, why=why, why_code=why_code, report=report)
        )

    def add(self, code: str, words: str, count: int, why: str = "") -> None:
        self.left += count
        self.lines.append(FunnelStep(code=code, words=words, count=count, left=self.left, adds=True, why=why))


def funnel_of(*, count: ActiveUserCount, agreed: Agreed | None, billed: Billed | None) -> Funnel:
    """Return the steps of a count of people; of any other count only what leads from its number to the bill."""
    definition = agreed.definition if agreed is not None else None
    rows, people = _Steps(), _Steps()
    if count.funnel:
        _rows(rows, count, definition)
        _people(people, count, definition)
    elif count.is_reported:
        people.level("reported", "Reported users", count.users, "as the instances state them, day by day")
    if people.lines and billed is not None:
        _billed(people, billed)
    return Funnel(rows=tuple(rows.lines), people=tuple(people.lines))


def _rows(steps: _Steps, count: ActiveUserCount, definition: ActivityDefinition | None) -> None:
    fell, files = count.funnel, count.evidence
    read, quarantined, duplicate, not_owned = (
        sum(entry.get(f"rows_{name}") or 0 for entry in files)
        for name in ("read", "quarantined", "duplicate", "not_owned")
    )
    steps.level("read", "Rows read", read, f"{count_of(len(files), 'file')} of {_instances(files)}")
    with_bad = [entry["report"] for entry in files if entry["rows_quarantined"]]
    why = "line, column and reason of each" if quarantined else "every row could be read"
    steps.take("quarantined", "Quarantined", quarantined, why, report=with_bad[0] if len(with_bad) == 1 else "")
    steps.take("duplicate", "Duplicate", duplicate, "the same event again, counted once" if duplicate else "")
    steps.take("not_owned", "Replaced by another report", not_owned, _not_owned(not_owned))
    several = sum(events_in(entry) - entry["rows_accepted"] for entry in files)
    if several:
        steps.add("several", "Further activities of these rows", several, "a signed row is a user, an action and a day")
    steps.take("outside", "Outside the window", fell["outside"], f"other days than those of the window, {count.zone}")
    steps.take("not_qualifying", "Not an action that counts", fell["not_qualifying"], _others(fell))
    counts = ", ".join(definition.actions) if definition is not None and definition.actions != ("*",) else ""
    steps.level("qualifying", f"{'Activities' if several else 'Rows'} that can count", why=counts or "any action")


def _people(steps: _Steps, count: ActiveUserCount, definition: ActivityDefinition | None) -> None:
    fell: Mapping[str, Any] = count.funnel
    by_instance, names = fell["ids_by_instance"], instance_names(contract_id=count.contract_id)
    said = " + ".join(f"{names.get(name, name) or 'no instance'} {number(ids)}" for name, ids in by_instance.items())
    together = "added up" if len(by_instance) > 1 else "by their ids"
    steps.level("ids", f"People on each instance, {together}", sum(by_instance.values()), said)
    if fell["same_person"]:
        steps.take("same_person", "Further ids of one person", fell["same_person"], "named as one by the customer")
    if definition is not None and definition.per_instance:
        steps.level("people", "People, each instance on its own", why="the contract counts each instance alone")
    else:
        several = fell["on_several"]
        steps.take("on_several", "On several instances, counted once", several, "" if several else "nobody")
        steps.level("people", "People")
    for code in REFUSALS:
        users = fell["verdicts"].get(code, 0)
        if users or _can_refuse(code, definition):
            steps.take(code, STEP_WORDS[code], users, _why(code, definition), why_code=code)
    steps.level("active", "Active users", fell["verdicts"].get(COUNTED, 0), "whom the definition counts")
    steps.level("billable", "Billable users", why="nobody is left out after the count")


def _billed(steps: _Steps, billed: Billed) -> None:
    """Lead from the users that can be billed to those that are."""
    if billed.estimated:
        steps.add("estimated", "Estimated for missing days", billed.estimated, "trued up when the days arrive")
    more, floor = billed.users - steps.left, billed.floor_users
    if more < 0:
        steps.take("cap", "Held to the cap", -more, "the contract bills no more")
    elif more or floor is not None:
        above = f"{number(steps.left)} is {'above' if not more else 'below'} the floor of {number(floor or 0)}"
        steps.add("floor", "Lifted to the floor", more, above if floor is not None else "")
    steps.level("billed", "Billed users", why=billed.where)


def _instances(files: Sequence[Mapping[str, Any]]) -> str:
    names = sorted({str(entry["instance"]) for entry in files})
    return names[0] if len(names) == 1 else count_of(len(names), "instance")


def _not_owned(rows: int) -> str:
    return "another report describes these days, and its rows stand in their place" if rows else ""


def _others(fell: Mapping[str, Any]) -> str:
    named = [f"{action or 'no action'} {number(rows)}" for action, rows in fell["other_actions"]]
    more = fell["not_qualifying"] - sum(rows for _, rows in fell["other_actions"])
    return ", ".join([*named, *([f"others {number(more)}"] if more else [])])


def _can_refuse(code: str, definition: ActivityDefinition | None) -> bool:
    """Whether a step stands in the list although it took nobody: where the contract asks for it."""
    if definition is None:
        return False
    return {
        "excluded": bool(definition.excluded_users),
        "no_qualifying_action": True,
        "below_min_events": definition.min_events > 1,
        "below_min_days": definition.min_days > 1,
    }[code]


def _why(code: str, definition: ActivityDefinition | None) -> str:
    if definition is None:
        return ""
    return {
        "excluded": f"named {', '.join(definition.excluded_users)}" if definition.excluded_users else "",
        "no_qualifying_action": "seen, but with no action that the contract names",
        "below_min_events": f"{count_of(definition.min_events, 'action')} are agreed",
        "below_min_days": f"{count_of(definition.min_days, 'day')} are agreed",
    }[code]
