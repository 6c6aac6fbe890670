"""The mean of the last periods: one high month does not make the bill, three do."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from rollcall.money import number_in_words
from rollcall.terms.calculations import ROUNDED, ROUNDINGS, Reduced, fraction_in_words, rounded
from rollcall.terms.fields import Fields
from rollcall.terms.later_stage import Counted, OverPeriods, over_periods
from rollcall.terms.nouns import Noun


@over_periods("mean_of_periods")
@dataclass(frozen=True, kw_only=True)
class MeanOfPeriods(OverPeriods):
    """Every period is billed the mean of itself and those before, `periods` in all; at the start of as many as are."""

    periods: int
    rounding: str

    @classmethod
    def from_fields(cls, fields: Fields) -> MeanOfPeriods:
        """Read `"periods": 3, "rounding": "up"`."""
        periods = fields.whole("periods", least=2)
        why = "say how a mean that is no whole number is rounded."
        return cls(periods=periods, rounding=fields.choice("rounding", tuple(ROUNDINGS), why=why))

    def to_json(self) -> dict[str, object]:
        """Return the parameters."""
        return {"periods": self.periods, "rounding": self.rounding}

    def looks_at(self, number: int) -> int:
        """The periods before, as far as the term goes back."""
        return min(number, self.periods - 1)

    def apply(self, counted: Counted, noun: Noun) -> Reduced:
        """Return the rounded mean with its division."""
        quantities = [quantity for _, quantity in counted]
        mean = sum(map(Fraction, quantities), Fraction(0)) / len(quantities)
        billed = rounded(mean, self.rounding)
        added = " + ".join(map(number_in_words, quantities))
        words = f"mean of {len(quantities)} periods, ({added}) ÷ {len(quantities)} = {fraction_in_words(mean)}"
        if len(quantities) == 1:
            words = "the term has no period before"
        if Fraction(billed) != mean:
            words = f"{words}, {ROUNDED[self.rounding]} to {number_in_words(billed)}"
        return Reduced(quantity=billed, words=words)

    def words(self, noun: Noun, cycle: str) -> str:
        """Say the rule."""
        return (
            f"Each {cycle} is billed the mean number of {noun.many} of itself and the {self.periods - 1} before it, "
            f"{ROUNDED[self.rounding]}; at the start of the term, of as many as there are."
        )
