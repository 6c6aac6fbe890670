"""An allowance for several periods together: what one of them leaves, the next may use."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rollcall.money import exact_sum, number_in_words
from rollcall.terms.calculations import Reduced
from rollcall.terms.fields import Fields
from rollcall.terms.later_stage import Counted, OverPeriods, over_periods
from rollcall.terms.nouns import Noun


@over_periods("allowance_of_periods")
@dataclass(frozen=True, kw_only=True)
class AllowanceOfPeriods(OverPeriods):
    """Of every `periods` periods, counted from the start of the term, `quantity` in all is free; the rest is billed
    in the period in which it arises."""

    periods: int
    quantity: int

    @classmethod
    def from_fields(cls, fields: Fields) -> AllowanceOfPeriods:
        """Read `"periods": 3, "quantity": 1500`."""
        return cls(periods=fields.whole("periods", least=1), quantity=fields.whole("quantity", least=1))

    def to_json(self) -> dict[str, object]:
        """Return the parameters."""
        return {"periods": self.periods, "quantity": self.quantity}

    def looks_at(self, number: int) -> int:
        """The periods before within the same group."""
        return number % self.periods

    def apply(self, counted: Counted, noun: Noun) -> Reduced:
        """Return what lies above what the allowance still holds."""
        before = exact_sum(quantity for _, quantity in counted[:-1])
        own = counted[-1][1]
        left = max(Decimal(self.quantity) - before, Decimal(0))
        free = min(own, left)
        words = (
            f"{number_in_words(own)}, of them {number_in_words(free)} within the allowance of "
            f"{number_in_words(self.quantity)} for {self.periods} periods, of which {number_in_words(left)} were left"
        )
        return Reduced(quantity=own - free, words=words)

    def words(self, noun: Noun, cycle: str) -> str:
        """Say the rule."""
        return (
            f"Of every {self.periods} {cycle}s, counted from the start of the term, {noun.of(self.quantity)} together "
            f"are free; what goes beyond is billed in the {cycle} in which it arises."
        )
