"""From the days of a period to the one quantity that is billed: the contract's `calculation` applied to its series.

What a calculation does is said in `rollcall.terms.quantities`, one file each; here are the days to which it is applied.
A day that the series lacks is unknown, and never zero; a day that a person excused is left out, known or not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from rollcall.period import Period
from rollcall.terms.calculations import Calculation, NoDailyCount, Reduced, day_in_words
from rollcall.terms.instances import reduce_each

__all__ = ["DayOutside", "NoDailyCount", "Reduced", "reduce_daily", "reduce_instances"]

Numbers = Mapping[date, int | Decimal]


class DayOutside(ValueError):
    """A daily count belongs to a day outside the period."""


@dataclass(frozen=True, kw_only=True)
class Days:
    """The days of a period whose numbers count: all but the excused ones."""

    period: Period
    excused: Collection[date] = ()

    @property
    def number(self) -> int:
        """How many days there are."""
        return self.period.days - sum(self.period.contains(day) for day in set(self.excused))

    def of(self, daily: Numbers) -> dict[date, Decimal]:
        """Return the numbers that count. Raises DayOutside, NoDailyCount."""
        outside = sorted(day for day in daily if not self.period.contains(day))
        if outside:
            raise DayOutside(f"{day_in_words(outside[0])} is not a day of {self.period.words()}.")
        known = {day: Decimal(number) for day, number in sorted(daily.items()) if day not in self.excused}
        if not known:
            raise NoDailyCount(f"No day of {self.period.words()} has a reported count; a missing count is never zero.")
        return known


def reduce_daily(
    *, calculation: Calculation, daily: Numbers, period: Period, excused: Collection[date] = ()
) -> Reduced:
    """Reduce the numbers of the days of a period to one quantity. Raises NoDailyCount, DayOutside."""
    days = Days(period=period, excused=excused)
    return calculation.reduce(days.of(daily), days.number)


def reduce_instances(
    *,
    calculation: Calculation,
    by_instance: Mapping[str, Numbers],
    period: Period,
    excused: Collection[date] = (),
) -> Reduced:
    """Reduce the series of every instance on its own and add up what they come to. Raises as `reduce_daily`."""
    days = Days(period=period, excused=excused)
    if not by_instance:
        raise NoDailyCount(f"No instance has a count for {period.words()}; a missing count is never zero.")
    return reduce_each({name: days.of(daily) for name, daily in by_instance.items()}, calculation, days.number)
