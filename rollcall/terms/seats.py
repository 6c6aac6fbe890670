"""Recurring seats: bought by number and day, in the terms themselves. No usage is needed to bill them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from rollcall.money import number_in_words
from rollcall.period import Period
from rollcall.terms.calculations import Calculation, day_in_words
from rollcall.terms.fields import Fields
from rollcall.terms.later_stage import OverPeriods
from rollcall.terms.nouns import SEATS, Noun
from rollcall.terms.over_periods import read_over_periods
from rollcall.terms.provisioned import AT_ONCE, PERIOD_END, RENEWAL
from rollcall.terms.quantities import read_calculation, write_calculation
from rollcall.terms.written import digest_of_quantity, with_over_periods

KIND = "seats"
BY_DAYS = "by_days"
REMOVED = (AT_ONCE, PERIOD_END, RENEWAL)

_WORDS = {
    AT_ONCE: "Seats that are given up count until the day before.",
    PERIOD_END: "Seats that are given up count until the end of the period.",
    RENEWAL: "Seats that are given up count until the end of the term.",
}


@dataclass(frozen=True, kw_only=True)
class Bought:
    """How many seats there are from a day on."""

    start: date
    seats: int


@dataclass(frozen=True, kw_only=True)
class SeatsMetric:
    """The seats that are bought, from day to day. Days before the first entry have none.

    `calculation` is None for "by_days": every seat costs the days on which it was there. Otherwise the daily numbers of
    seats are reduced to one quantity.
    """

    bought: tuple[Bought, ...]
    removed: str = RENEWAL
    calculation: Calculation | None = None
    over_periods: OverPeriods | None = None
    kind: str = KIND

    @classmethod
    def from_fields(cls, fields: Fields) -> SeatsMetric:
        """Read `{"kind": "seats", "bought": [{"from": "2026-01-01", "seats": 100}], "removed": "renewal"}`."""
        fields.choice("kind", (KIND,))
        bought = _read_bought(fields)
        falls = any(later.seats < earlier.seats for earlier, later in pairwise(bought))
        why = "seats are given up here; say until when they are billed."
        removed = fields.choice("removed", REMOVED, default=None if falls else RENEWAL, why=why)
        calculation = read_calculation(fields, besides=(BY_DAYS,))
        over_periods = read_over_periods(fields, calculation)
        if over_periods is not None and calculation is None:
            raise fields.refuse("over_periods", 'needs one number a period; say a calculation, such as "max".')
        fields.nothing_else("a metric of seats")
        return cls(bought=bought, removed=removed, calculation=calculation, over_periods=over_periods)

    def to_json(self) -> dict[str, Any]:
        """Return the metric as terms write it, with its defaults."""
        written = {
            "kind": self.kind,
            "bought": [{"from": one.start.isoformat(), "seats": one.seats} for one in self.bought],
            "removed": self.removed,
            **({"calculation": BY_DAYS} if self.calculation is None else write_calculation(self.calculation)),
        }
        return with_over_periods(written, self.over_periods)

    def digest(self) -> str:
        """Return "sha256:..." of what is bought."""
        return digest_of_quantity(self.to_json())

    @property
    def noun(self) -> Noun:
        """What the quantity is a number of."""
        return SEATS if self.calculation is None else self.calculation.noun(SEATS)

    def daily(self, *, period: Period, term: Period) -> dict[date, int]:
        """Return the number of seats of every day of a period, with those that were given up and still count."""
        from_day = {AT_ONCE: None, PERIOD_END: period.start, RENEWAL: term.start}[self.removed]
        return {day: self._on(day, day if from_day is None else from_day) for day in period.each_day()}

    def bought_on(self, day: date) -> int:
        """Return the number of seats that are bought on a day; what was given up counts no more."""
        return self._on(day, day)

    def words(self) -> str:
        """Say in sentences how many seats there are, and until when they count."""
        steps = ", ".join(f"{number_in_words(one.seats)} from {day_in_words(one.start)} on" for one in self.bought)
        said = [f"Seats are bought in advance: {steps}; whether anybody uses them plays no part."]
        if any(later.seats < earlier.seats for earlier, later in pairwise(self.bought)):
            said.append(_WORDS[self.removed])
        if self.calculation is None:
            said.append("A seat that is added inside a period costs the days that are left.")
        else:
            said.append(f"The quantity is {self.calculation.words()}.")
        if self.over_periods is not None:
            said.append(self.over_periods.words(self.noun, "period"))
        return " ".join(said)

    def _on(self, day: date, since: date) -> int:
        """Return the most seats that there were on any day from `since` to the day."""
        first = max((one for one in self.bought if one.start <= since), key=lambda one: one.start, default=None)
        later = [one.seats for one in self.bought if since < one.start <= day]
        return max([first.seats if first else 0, *later])


def _read_bought(fields: Fields) -> tuple[Bought, ...]:
    bought = []
    for number, row in enumerate(fields.listed("bought")):
        entry = Fields.of(row, f"{fields.at('bought')}[{number}]")
        bought.append(Bought(start=entry.day("from", "the first day of these seats."), seats=entry.whole("seats")))
        entry.nothing_else("seats that are bought")
        if number and bought[-2].start >= bought[-1].start:
            raise entry.refuse("from", f"must come after {bought[-2].start}; seats are listed in order of time.")
    if not bought:
        raise fields.refuse("bought", "is empty; say how many seats there are from which day on.")
    return tuple(bought)
