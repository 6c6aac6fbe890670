"""On which days the rows of a file lie, as far as they were seen: runs of days that follow each other.

Owns: the runs, from which it is proposed what a file covers and told which rows lie far from all others. Days are those
of UTC; the zone of a bill is not known here. Instants are whole microseconds since 1970-01-01T00:00Z.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from rollcall.zones import DAY, instant_of, instant_text

# What a file whose days are scattered over many years is cut down to: its widest gaps stay.
MOST_RUNS = 200


@dataclass(frozen=True, kw_only=True)
class Run:
    """Days that follow each other: the first and the last instant, and how many rows were seen between them."""

    first: int
    last: int
    rows: int

    def to_json(self) -> dict[str, Any]:
        """Return the run as {"first", "last", "rows"}, with instants as ISO 8601 in UTC."""
        return {"first": instant_text(self.first), "last": instant_text(self.last), "rows": self.rows}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Run:
        """Read a run back."""
        first, last = (instant_of(datetime.fromisoformat(document[end])) for end in ("first", "last"))
        return cls(first=first, last=last, rows=document["rows"])

    def and_(self, other: Run) -> Run:
        """Return both as one run."""
        return Run(first=min(self.first, other.first), last=max(self.last, other.last), rows=self.rows + other.rows)


def runs_of(instants: Iterable[int]) -> list[Run]:
    """Return the runs of days on which instants lie, in order."""
    days: dict[int, list[int]] = {}
    for instant in instants:
        seen = days.setdefault(instant // DAY, [instant, instant, 0])
        seen[0], seen[1] = min(seen[0], instant), max(seen[1], instant)
        seen[2] += 1
    return joined(Run(first=first, last=last, rows=rows) for first, last, rows in days.values())


def runs_of_ends(head: Iterable[int], tail: Iterable[int]) -> list[Run]:
    """Return the runs of a file of which only both ends were seen: what lies between the ends is no gap."""
    first, last = list(head), list(tail)
    unseen = [Run(first=min(ends), last=max(ends), rows=0) for ends in [(*first[-1:], *last[:1])] if len(ends) > 1]
    return joined([*runs_of(first), *runs_of(last), *unseen])


def joined(runs: Iterable[Run]) -> list[Run]:
    """Return runs in order, those that meet or follow each other as one."""
    found: list[Run] = []
    for run in sorted(runs, key=lambda one: one.first):
        if found and run.first // DAY - found[-1].last // DAY <= 1:
            found[-1] = found[-1].and_(run)
        else:
            found.append(run)
    return list(_widest_gaps(found))


def _widest_gaps(runs: list[Run]) -> Iterator[Run]:
    """Yield at most so many runs: those beside the smallest gaps become one."""
    gaps = sorted(range(1, len(runs)), key=lambda place: runs[place - 1].last - runs[place].first)
    cuts = sorted(gaps[: MOST_RUNS - 1])
    for start, end in pairwise([0, *cuts, len(runs)]):
        run = runs[start] if runs else None
        for other in runs[start + 1 : end]:
            assert run is not None
            run = run.and_(other)
        if run is not None:
            yield run
