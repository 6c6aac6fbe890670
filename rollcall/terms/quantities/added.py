"""All numbers of the days added: user-days."""

from __future__ import annotations

from dataclasses import dataclass

from rollcall.money import exact_sum
from rollcall.terms.calculations import ADDS_NOTHING, Daily, Reduced, calculation, counts_in_words
from rollcall.terms.fields import Fields
from rollcall.terms.nouns import Noun


@calculation("sum")
@dataclass(frozen=True, kw_only=True)
class Added:
    """The sum of the days that are known: somebody who is there on ten days is ten."""

    @classmethod
    def from_fields(cls, fields: Fields) -> Added:
        """Nothing more is asked."""
        return cls()

    def to_json(self) -> dict[str, object]:
        """Return no parameters."""
        return {}

    def reduce(self, daily: Daily, days: int) -> Reduced:
        """Return the sum."""
        return Reduced(quantity=exact_sum(daily.values()), words=f"sum of {counts_in_words(daily)}")

    def words(self) -> str:
        """Say which number is meant."""
        return "the sum of the daily counts of the period"

    def words_of_a_missing_day(self) -> str:
        """Say what a day without a number does."""
        return ADDS_NOTHING

    def noun(self, noun: Noun) -> Noun:
        """Return a noun of user-days: "active user day"."""
        return Noun(
            one=f"{noun.one} day",
            many=f"{noun.one} days",
            short_one=f"{noun.short_one} day",
            short_many=f"{noun.short_one} days",
        )

    @property
    def is_one_number(self) -> bool:
        """The price sees the sum alone."""
        return True
