"""Every day priced for itself, its bands starting anew, and the prices added."""

from __future__ import annotations

from dataclasses import dataclass

from rollcall.money import exact_sum
from rollcall.terms.calculations import ADDS_NOTHING, Daily, Reduced, calculation, counts_in_words
from rollcall.terms.fields import Fields
from rollcall.terms.nouns import Noun


@calculation("each_day_alone")
@dataclass(frozen=True, kw_only=True)
class EachDayAlone:
    """The quantity is the sum of the days, but the price sees one day after the other."""

    @classmethod
    def from_fields(cls, fields: Fields) -> EachDayAlone:
        """Nothing more is asked."""
        return cls()

    def to_json(self) -> dict[str, object]:
        """Return no parameters."""
        return {}

    def reduce(self, daily: Daily, days: int) -> Reduced:
        """Return the days, each of them to be priced alone."""
        alone = tuple(number for _, number in sorted(daily.items()))
        return Reduced(quantity=exact_sum(alone), words=f"{counts_in_words(daily)}, each priced alone", alone=alone)

    def words(self) -> str:
        """Say which numbers are meant."""
        return "the daily counts of the period, every day priced alone and the prices added"

    def words_of_a_missing_day(self) -> str:
        """Say what a day without a number does."""
        return ADDS_NOTHING

    def noun(self, noun: Noun) -> Noun:
        """Return the same noun: the price is of one day."""
        return noun

    @property
    def is_one_number(self) -> bool:
        """The price sees every day."""
        return False
