"""A few periods of the term may exceed the usual level by a share of it, without cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from rollcall.money import number_in_words, shortest
from rollcall.terms.calculations import Reduced, rounded
from rollcall.terms.fields import Fields
from rollcall.terms.later_stage import Counted, OverPeriods, over_periods
from rollcall.terms.nouns import Noun

PERIOD_BEFORE = "period_before"


@over_periods("burst_allowance")
@dataclass(frozen=True, kw_only=True)
class BurstAllowance(OverPeriods):
    """In the first `periods_per_term` periods that exceed their level, up to `percent` of the level is not billed.

    The level is the quantity of the period before (`above` is None), or an agreed number. What exceeds the share is
    billed, and so is every further burst. The share is rounded down to whole users.
    """

    percent: Decimal
    periods_per_term: int
    above: int | None = None

    @classmethod
    def from_fields(cls, fields: Fields) -> BurstAllowance:
        """Read `"percent": "20", "periods_per_term": 2` and perhaps `"above": 400`."""
        percent = fields.decimal("percent")
        if not percent:
            raise fields.refuse("percent", "is above zero: a burst of nothing is no burst.")
        periods = fields.whole("periods_per_term", least=1)
        above = None
        if fields.has("above") and fields.take("above") != PERIOD_BEFORE:
            above = fields.whole("above", least=1)
        return cls(percent=Decimal(shortest(percent)), periods_per_term=periods, above=above)

    def to_json(self) -> dict[str, object]:
        """Return the parameters; the level only where it is a number."""
        written: dict[str, object] = {"percent": shortest(self.percent), "periods_per_term": self.periods_per_term}
        return written if self.above is None else {**written, "above": self.above}

    def looks_at(self, number: int) -> int:
        """All periods of the term before: each may have used a burst."""
        return number

    def apply(self, counted: Counted, noun: Noun) -> Reduced:
        """Replay the bursts of the term and return what the last period is billed."""
        used = sum(self._is_burst(counted, number) for number in range(len(counted) - 1))
        own = counted[-1][1]
        level = self._level(counted, len(counted) - 1)
        if level is None or own <= level:
            return Reduced(quantity=own, words=f"no burst, {number_in_words(used)} of {self.periods_per_term} used")
        if used >= self.periods_per_term:
            return Reduced(quantity=own, words=f"all {self.periods_per_term} bursts of the term are used")
        most = rounded(Fraction(level) * Fraction(self.percent) / 100, "down")
        free = min(own - level, most)
        words = (
            f"burst {used + 1} of {self.periods_per_term}: {number_in_words(own)} are {number_in_words(own - level)} "
            f"above {number_in_words(level)}, {number_in_words(free)} of them free"
        )
        return Reduced(quantity=own - free, words=words)

    def words(self, noun: Noun, cycle: str) -> str:
        """Say the rule."""
        level = f"in the {cycle} before" if self.above is None else number_in_words(self.above)
        times = f"the first {cycle}" if self.periods_per_term == 1 else f"the first {self.periods_per_term} {cycle}s"
        return (
            f"In {times} of the term with more {noun.many} than {level}, those above are not billed, up to "
            f"{shortest(self.percent)} % of that number rounded down; what goes beyond is billed."
        )

    def _level(self, counted: Counted, number: int) -> Decimal | None:
        if self.above is not None:
            return Decimal(self.above)
        return counted[number - 1][1] if number else None

    def _is_burst(self, counted: Counted, number: int) -> bool:
        level = self._level(counted, number)
        return level is not None and counted[number][1] > level
