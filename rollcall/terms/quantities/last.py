"""The number of the last day that is known."""

from __future__ import annotations

from dataclasses import dataclass

from rollcall.money import number_in_words
from rollcall.terms.calculations import Daily, OfUsers, Reduced, calculation, counts_in_words, day_in_words
from rollcall.terms.fields import Fields


@calculation("last")
@dataclass(frozen=True, kw_only=True)
class Last(OfUsers):
    """What the period ended with."""

    @classmethod
    def from_fields(cls, fields: Fields) -> Last:
        """Nothing more is asked."""
        return cls()

    def to_json(self) -> dict[str, object]:
        """Return no parameters."""
        return {}

    def reduce(self, daily: Daily, days: int) -> Reduced:
        """Return the last number and its day."""
        on = max(daily)
        words = f"last of {counts_in_words(daily)}, {number_in_words(daily[on])} on {day_in_words(on)}"
        return Reduced(quantity=daily[on], words=words)

    def words(self) -> str:
        """Say which number is meant."""
        return "the last daily count of the period"
