"""The highest quantity of the term so far: once reached, it stays until the renewal."""

from __future__ import annotations

from dataclasses import dataclass

from rollcall.money import number_in_words
from rollcall.terms.calculations import Reduced
from rollcall.terms.fields import Fields
from rollcall.terms.later_stage import Counted, OverPeriods, over_periods
from rollcall.terms.nouns import Noun


@over_periods("high_water_mark")
@dataclass(frozen=True, kw_only=True)
class HighWaterMark(OverPeriods):
    """Every period is billed the highest quantity of the term up to its end."""

    @classmethod
    def from_fields(cls, fields: Fields) -> HighWaterMark:
        """Nothing more is asked."""
        return cls()

    def to_json(self) -> dict[str, object]:
        """Return no parameters."""
        return {}

    def looks_at(self, number: int) -> int:
        """All periods of the term before."""
        return number

    def apply(self, counted: Counted, noun: Noun) -> Reduced:
        """Return the highest quantity, and the first period that had it."""
        highest = max(quantity for _, quantity in counted)
        own = counted[-1][1]
        if own == highest:
            return Reduced(quantity=highest, words="the highest of the term so far")
        reached = next(span for span, quantity in counted if quantity == highest)
        words = f"the highest of the term stays: {noun.of(highest)} in {reached.words()}, {number_in_words(own)} now"
        return Reduced(quantity=highest, words=words)

    def words(self, noun: Noun, cycle: str) -> str:
        """Say the rule."""
        return f"Each {cycle} is billed the highest number of {noun.many} that any {cycle} of the term had so far."
