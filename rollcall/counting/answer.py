"""The answer of a count: the figure, the daily series, and a verdict for every user of the period.

Both counters give this shape; it holds no arithmetic. The list of verdicts has one canonical text, a CSV with the
header line of `VERDICT_FIELDS`, sorted by bytes, so that two counters, or two years, can be compared by one digest.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from rollcall.period import Period

COUNTED = "counted"


class Verdict(NamedTuple):
    """Whether one user counts, and why.

    `first_at` and `last_at` are minutes of the bill's zone ("2026-06-01T08:15") of the first and last qualifying
    action, empty when there was none; `active_days` and `events` are of qualifying actions. `instance` is empty unless
    the definition counts a person once per instance.
    """

    user_ref: str
    counted: bool
    why: str
    first_at: str
    last_at: str
    active_days: int
    events: int
    instance: str = ""


VERDICT_FIELDS: tuple[str, ...] = Verdict._fields
HEADER = (",".join(VERDICT_FIELDS) + "\n").encode()


class Verdicts:
    """The verdicts of a count in their canonical order, made when they are asked for.

    `make` gives the canonical text in pieces that end at a line's end, without the header, as often as it is called.
    """

    def __init__(self, make: Callable[[], Iterable[bytes]]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[Verdict]:
        for piece in self._make():
            yield from _parse(piece.decode())

    def held(self) -> Verdicts:
        """Return the same verdicts, made now and held in memory, so that nothing has to be read again."""
        pieces = list(self._make())
        return Verdicts(lambda: pieces)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the canonical CSV, header included, as "sha256:..."."""
        digest = hashlib.sha256(HEADER)
        for piece in self._make():
            digest.update(piece)
        return f"sha256:{digest.hexdigest()}"

    def write(self, path: Path) -> str:
        """Write the canonical CSV and return its digest, which is the SHA-256 of the file."""
        digest = hashlib.sha256(HEADER)
        with path.open("wb") as file:
            file.write(HEADER)
            for piece in self._make():
                file.write(piece)
                digest.update(piece)
        self.__dict__["digest"] = f"sha256:{digest.hexdigest()}"
        return self.digest


@dataclass(frozen=True, kw_only=True)
class CountResult:
    """How many users were active.

    `daily_active_users` gives for each civil day the people (or, per instance, the pairs of person and instance) with
    at least one qualifying action on that day, excluded people left out. The thresholds `min_events` and `min_days`
    belong to the whole period and do not act on it. A day on which nobody qualified is absent: whether it was quiet or
    was never reported is not for a counter to say. `by_verdict` gives for each verdict that was given how many have it.
    """

    period: Period
    definition_digest: str
    active_users: int
    daily_active_users: dict[date, int]
    verdicts: Verdicts
    by_verdict: dict[str, int] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """The digest of everything the count says: definition, period, figure, daily series and verdicts."""
        lines = [
            f"definition {self.definition_digest}",
            f"period {self.period.start} {self.period.end}",
            f"active_users {self.active_users}",
            *(f"day {day} {users}" for day, users in sorted(self.daily_active_users.items())),
            f"verdicts {self.verdicts.digest}",
        ]
        text = "\n".join(lines)
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@dataclass(frozen=True, kw_only=True)
class AddedUp:
    """What the active users of a period did, added up.

    `by_user` is a histogram: one person's quantity and how many people had it, sorted. `without_quantity` is the number
    of qualifying events that state no quantity; they add nothing.
    """

    quantity: Decimal
    by_user: tuple[tuple[Decimal, int], ...]
    without_quantity: int


def read_verdicts(path: Path) -> Iterator[Verdict]:
    """Yield the verdicts of a canonical CSV that `Verdicts.write` wrote."""
    with path.open(encoding="utf-8", newline="") as file:
        file.readline()
        yield from map(_verdict, csv.reader(file))


def _parse(text: str) -> Iterator[Verdict]:
    return map(_verdict, csv.reader(io.StringIO(text, newline="")))


def _verdict(fields: list[str]) -> Verdict:
    user_ref, counted, why, first_at, last_at, active_days, events, instance = fields
    return Verdict(user_ref, counted == "yes", why, first_at, last_at, int(active_days), int(events), instance)
