"""The highest number of a day."""

from __future__ import annotations

from dataclasses import dataclass

from rollcall.money import number_in_words
from rollcall.terms.calculations import Daily, OfUsers, Reduced, calculation, counts_in_words, day_in_words
from rollcall.terms.fields import Fields


@calculation("max")
@dataclass(frozen=True, kw_only=True)
class Highest(OfUsers):
    """The peak of the period; of several days with it the first is named."""

    @classmethod
    def from_fields(cls, fields: Fields) -> Highest:
        """Nothing more is asked."""
        return cls()

    def to_json(self) -> dict[str, object]:
        """Return no parameters."""
        return {}

    def reduce(self, daily: Daily, days: int) -> Reduced:
        """Return the peak and its day."""
        peak = max(daily.values())
        on = min(day for day, number in daily.items() if number == peak)
        words = f"maximum of {counts_in_words(daily)}, {number_in_words(peak)} on {day_in_words(on)}"
        return Reduced(quantity=peak, words=words)

    def words(self) -> str:
        """Say which number is meant."""
        return "the highest daily count of the period"
