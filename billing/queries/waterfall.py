"""From what is reported down to what is billable: the rows of a waterfall with the places of their bars.

Owns: the geometry, in shares of the widest level. Does not own: the steps (`billing.claim_steps`, the tally).
Invariant: each bar begins where the one before it ended, and the last level is the first plus all steps.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from billing.claim_steps import WORDS

LEFT_OUT = ("no_qualifying_action", "below_min_events", "below_min_days", "excluded")


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One row: a level (the whole bar) or a step; `kind` is level, less, more or open (nobody explained it)."""

    words: str
    users: int
    why: str
    kind: str
    x: str
    width: str
    join: str

    @property
    def is_level(self) -> bool:
        return self.kind == "level"

    @property
    def is_open(self) -> bool:
        return self.kind == "open"


@dataclass(frozen=True, kw_only=True)
class Waterfall:
    """The rows and the number that fills the width."""

    bars: tuple[Bar, ...]
    scale: int


def waterfall_of(facts: Mapping[str, Any]) -> Waterfall | None:
    """Return the waterfall of a difference: from the claim where there is one, else from everybody who was seen."""
    if "steps" in facts:
        return _drawn(_from_claim(facts["steps"]))
    people: Mapping[str, int] = facts.get("people_by_why", {})
    return _drawn(_from_people(people)) if people else None


_Row = tuple[str, str, int, str]


def _from_claim(steps: Mapping[str, Any]) -> Sequence[_Row]:
    said = " + ".join(f"{name} {users:,}" for name, users in steps["by_instance"].items())
    claimed: _Row = ("level", "Reported by the instances", steps["claimed"], said or f"claimed by {steps['rule']}")
    middle: list[_Row] = [("step", one["words"], one["users"], one["why"]) for one in steps["steps"]]
    rest: list[_Row] = [("open", "Not explained", steps["unexplained"], "")] if steps["unexplained"] else []
    return [claimed, *middle, *rest, ("level", "Active and billable users", steps["active"], "as the contract defines")]


def _from_people(people: Mapping[str, int]) -> Sequence[_Row]:
    seen = sum(people.values())
    out: list[_Row] = [("step", WORDS[code], -people[code], "") for code in LEFT_OUT if people.get(code)]
    counted: _Row = ("level", "Active and billable users", people.get("counted", 0), "as the contract defines")
    return [("level", "Seen in the reports", seen, "everybody with any action"), *out, counted]


def _drawn(rows: Sequence[_Row]) -> Waterfall:
    levels = list(_levels(rows))
    scale = max([abs(level) for level in levels] + [1])
    bars = []
    for (kind, words, users, why), before, after in zip(rows, [0, *levels], levels, strict=False):
        low, high = (0, after) if kind == "level" else (min(before, after), max(before, after))
        bars.append(
            Bar(
                words=words,
                users=users,
                why=why,
                kind=kind if kind != "step" else "less" if users < 0 else "more",
                x=_share(low, scale),
                width=_share(high - low, scale),
                join=_share(after, scale),
            )
        )
    return Waterfall(bars=tuple(bars), scale=scale)


def _levels(rows: Sequence[_Row]) -> Iterator[int]:
    level = 0
    for kind, _, users, _ in rows:
        level = users if kind == "level" else level + users
        yield level


def _share(part: int, whole: int) -> str:
    return f"{100 * max(0, part) / whole:.2f}%"
