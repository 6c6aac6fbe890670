"""The highest day once the few highest ones are left out: a festival or a migration does not make the bill."""

from __future__ import annotations

from dataclasses import dataclass

from rollcall.money import number_in_words
from rollcall.terms.calculations import Daily, OfUsers, Reduced, calculation, counts_in_words, day_in_words
from rollcall.terms.fields import Fields


@calculation("all_but_highest_days")
@dataclass(frozen=True, kw_only=True)
class AllButHighestDays(OfUsers):
    """The highest number after `highest_days` days were left out; of as many days or fewer the lowest is billed."""

    highest_days: int

    @classmethod
    def from_fields(cls, fields: Fields) -> AllButHighestDays:
        """Read `"highest_days": 3`."""
        return cls(highest_days=fields.whole("highest_days", least=1))

    def to_json(self) -> dict[str, object]:
        """Return how many days are left out."""
        return {"highest_days": self.highest_days}

    def reduce(self, daily: Daily, days: int) -> Reduced:
        """Return the highest of the days that are left; of equal ones the earlier is left out first."""
        falling = sorted(daily, key=lambda day: (-daily[day], day))
        dropped = falling[: min(self.highest_days, len(falling) - 1)]
        on = falling[len(dropped)]
        left_out = ", ".join(f"{number_in_words(daily[day])} on {day_in_words(day)}" for day in dropped)
        left_out = f" without {left_out}" if dropped else ""
        words = f"maximum of {counts_in_words(daily)}{left_out}: {number_in_words(daily[on])} on {day_in_words(on)}"
        return Reduced(quantity=daily[on], words=words)

    def words(self) -> str:
        """Say which number is meant."""
        highest = f"{self.highest_days} highest days" if self.highest_days > 1 else "highest day"
        return f"the highest daily count of the period, the {highest} left out"
