"""What goes beyond everything bought before is bought with it, and owed for the periods of the term that are left."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, get_args

from rollcall.money import number_in_words
from rollcall.terms.asked import asked
from rollcall.terms.calculations import Reduced
from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.later_stage import Counted, OverPeriods, over_periods
from rollcall.terms.nouns import Noun

BilledFor = Literal["remaining_periods", "this_and_remaining_periods", "once"]
BILLED_FOR: tuple[BilledFor, ...] = get_args(BilledFor)


@over_periods("increase_over_bought")
@dataclass(frozen=True, kw_only=True)
class IncreaseOverBought(OverPeriods):
    """A period is billed what it has above everything bought before, times the periods that the increase is owed for.

    `bought` is what the term began with. It grows to the highest quantity and never falls. `periods` is the number of
    periods of the whole term, from which those that are left are counted; it is None for an increase that is owed
    "once".
    """

    bought: int
    billed_for: BilledFor = field(metadata=asked(choices=BILLED_FOR))
    periods: int | None = None

    @classmethod
    def from_fields(cls, fields: Fields) -> IncreaseOverBought:
        """Read `"bought": 100, "billed_for": "remaining_periods", "periods": 4`."""
        why = (
            'say for how long an increase is owed: for the "remaining_periods" of the term, for '
            '"this_and_remaining_periods", or "once"; the three cost different money.'
        )
        chosen = fields.choice("billed_for", BILLED_FOR, why=why)
        billed_for = next(each for each in BILLED_FOR if each == chosen)
        bought = fields.whole("bought")
        if billed_for == "once":
            if fields.has("periods"):
                raise fields.refuse("periods", 'belongs to an increase for the periods that are left; "once" has none.')
            return cls(bought=bought, billed_for=billed_for)
        fields.take("periods", "say how many periods the whole term has, so that those that are left can be counted.")
        return cls(bought=bought, billed_for=billed_for, periods=fields.whole("periods", least=1))

    def to_json(self) -> dict[str, object]:
        """Return the parameters."""
        written: dict[str, object] = {"bought": self.bought, "billed_for": self.billed_for}
        return written if self.periods is None else {**written, "periods": self.periods}

    def looks_at(self, number: int) -> int:
        """All periods of the term before: each may have bought more."""
        return number

    def apply(self, counted: Counted, noun: Noun) -> Reduced:
        """Return the increase times the periods for which it is owed."""
        bought = max([Decimal(self.bought), *(quantity for _, quantity in counted[:-1])])
        own = counted[-1][1]
        more, times = max(own - bought, Decimal(0)), self._times(len(counted))
        words = f"{number_in_words(more)} above the {number_in_words(bought)} bought before"
        if self.periods is not None and more:
            words = f"{words}, for {times} {'period' if times == 1 else 'periods'} of the term"
        return Reduced(quantity=more * times, words=words)

    def words(self, noun: Noun, cycle: str) -> str:
        """Say the rule."""
        owed = {
            "once": "once",
            "remaining_periods": f"for the {cycle}s of the term that follow",
            "this_and_remaining_periods": f"for this {cycle} and those of the term that follow",
        }[self.billed_for]
        of_term = "" if self.periods is None else f", of {self.periods} in all"
        return (
            f"{noun.of(self.bought)[:1].upper()}{noun.of(self.bought)[1:]} are bought. What a {cycle} has above "
            f"everything bought before is bought with it and billed {owed}{of_term}; what is bought never falls within "
            "the term."
        )

    def refuse_term(self, path: str, periods: int) -> None:
        """Refuse another number of periods than the term has: those that are left could not be counted."""
        if self.periods is not None and self.periods != periods:
            raise TermsRefused(
                f"{path}.periods",
                f"must be the number of periods of the whole term, which has {periods:,}, not {self.periods:,}.",
            )

    def _times(self, number: int) -> int:
        """Return for how many periods an increase in the period with this number, counted from 1, is owed."""
        if self.periods is None:
            return 1
        following = max(self.periods - number, 0)
        return following + 1 if self.billed_for == "this_and_remaining_periods" else following
