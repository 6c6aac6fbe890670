"""The lowest number of a day that is known."""

from __future__ import annotations

from dataclasses import dataclass

from rollcall.money import number_in_words
from rollcall.terms.calculations import Daily, OfUsers, Reduced, calculation, counts_in_words, day_in_words
from rollcall.terms.fields import Fields


@calculation("min")
@dataclass(frozen=True, kw_only=True)
class Lowest(OfUsers):
    """The lowest day of the period; of several days with it the first is named."""

    @classmethod
    def from_fields(cls, fields: Fields) -> Lowest:
        """Nothing more is asked."""
        return cls()

    def to_json(self) -> dict[str, object]:
        """Return no parameters."""
        return {}

    def reduce(self, daily: Daily, days: int) -> Reduced:
        """Return the lowest number and its day."""
        least = min(daily.values())
        on = min(day for day, number in daily.items() if number == least)
        words = f"minimum of {counts_in_words(daily)}, {number_in_words(least)} on {day_in_words(on)}"
        return Reduced(quantity=least, words=words)

    def words(self) -> str:
        """Say which number is meant."""
        return "the lowest daily count of the period"
