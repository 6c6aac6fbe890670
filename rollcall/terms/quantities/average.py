"""The average of the days: over those that are known, or over all of the period."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from rollcall.money import number_in_words
from rollcall.terms.calculations import (
    ADDS_NOTHING,
    LEFT_OUT,
    MOST_DECIMALS,
    ROUNDED,
    ROUNDINGS,
    Daily,
    OfUsers,
    Reduced,
    calculation,
    counts_in_words,
    fraction_in_words,
    rounded,
    total_of,
)
from rollcall.terms.fields import Fields

PEAK = "max"
AVERAGES = ("days_reported", "days_of_period")

_WORDS = {
    "days_reported": "the average of the daily counts over the days that were reported",
    "days_of_period": "the sum of the daily counts divided by all days of the period",
}


@calculation("average")
@dataclass(frozen=True, kw_only=True)
class Average(OfUsers):
    """The sum divided by the days reported, or by all days of the period, rounded as the terms say.

    With `decimals` above 0 parts of a user are billed: the average over all days is then a price per user and day.
    `tier_by` "max" lets the highest day choose the tier of the price, and the average the quantity.
    """

    average_over: str
    rounding: str
    decimals: int = 0
    tier_by: str | None = None

    @classmethod
    def from_fields(cls, fields: Fields) -> Average:
        """Read `"average_over": "days_of_period", "rounding": "half_up"` and perhaps `"decimals": 6`."""
        why = "an average is billed only when the contract says by how many days the sum is divided."
        average_over = fields.choice("average_over", AVERAGES, why=why)
        why = "say how an average is rounded, and with decimals whether parts of one are billed."
        rounding = fields.choice("rounding", tuple(ROUNDINGS), why=why)
        decimals = fields.whole("decimals", default=0)
        if decimals > MOST_DECIMALS:
            raise fields.refuse("decimals", f"a quantity has at most {MOST_DECIMALS} decimals, not {decimals}.")
        tier_by = fields.choice("tier_by", (PEAK,)) if fields.has("tier_by") else None
        return cls(average_over=average_over, rounding=rounding, decimals=decimals, tier_by=tier_by)

    def to_json(self) -> dict[str, object]:
        """Return the parameters; decimals only where there are any."""
        written: dict[str, object] = {"average_over": self.average_over, "rounding": self.rounding}
        if self.decimals:
            written["decimals"] = self.decimals
        return {**written, "tier_by": self.tier_by} if self.tier_by else written

    def reduce(self, daily: Daily, days: int) -> Reduced:
        """Return the rounded average, the division in words."""
        total, divisor = total_of(daily), len(daily) if self.average_over == "days_reported" else days
        average = Fraction(total, divisor)
        quantity = rounded(average, self.rounding, self.decimals)
        over = "the days reported" if self.average_over == "days_reported" else "all days of the period"
        division = f"{fraction_in_words(total)} ÷ {divisor} = {fraction_in_words(average)}"
        words = f"average of {counts_in_words(daily)} over {over}, {division}"
        if Fraction(quantity) != average:
            words = f"{words}, rounded to {number_in_words(quantity)}"
        if self.tier_by is None:
            return Reduced(quantity=quantity, words=words)
        peak = max(daily.values())
        words = f"{words}; the price is that of the highest day, {number_in_words(peak)}"
        return Reduced(quantity=quantity, words=words, tier_at=peak)

    @property
    def is_one_number(self) -> bool:
        """Whether no other number chooses the tier of the price."""
        return self.tier_by is None

    def words(self) -> str:
        """Say which number is meant."""
        places = f"{self.decimals} decimal{'' if self.decimals == 1 else 's'}" if self.decimals else "whole users"
        peak = "; the highest day chooses the tier of the price" if self.tier_by else ""
        return f"{_WORDS[self.average_over]}, {ROUNDED[self.rounding]} to {places}{peak}"

    def words_of_a_missing_day(self) -> str:
        """Say what a day without a number does."""
        return LEFT_OUT if self.average_over == "days_reported" else ADDS_NOTHING
