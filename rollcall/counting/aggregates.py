"""From a count to the one quantity that is billed: the contract's `calculation`.

Of active users `unique` takes those of the whole period; the daily series leaves out a day without a qualifying user,
so nothing is offered that such a day could change without anybody knowing why. Of reported users there is nothing but
the daily series: a day that it lacks is unknown, and never zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from rollcall.counting.answer import CountResult
from rollcall.money import number_in_words
from rollcall.period import Period
from rollcall.terms.reported import ReportedMetric


class CalculationNotKnown(ValueError):
    """The contract asks for a calculation that this version does not have."""


def _unique(result: CountResult) -> int:
    return result.active_users


def _max(result: CountResult) -> int:
    return max(result.daily_active_users.values(), default=0)


CALCULATIONS: dict[str, Callable[[CountResult], int]] = {"unique": _unique, "max": _max}


def calculate(*, calculation: str, result: CountResult) -> int:
    """Return the quantity of users that a count means under a calculation. Raises CalculationNotKnown."""
    if calculation not in CALCULATIONS:
        raise CalculationNotKnown(
            f"The calculation '{calculation}' is not available yet; available: {', '.join(CALCULATIONS)}."
        )
    return CALCULATIONS[calculation](result)


class NoDailyCount(ValueError):
    """No day of the period has a reported count, so there is no quantity; that is not a quantity of zero."""


class DayOutside(ValueError):
    """A daily count belongs to a day outside the period."""


@dataclass(frozen=True, kw_only=True)
class Reduced:
    """What daily counts come to: the users that are billed, and the words that say from what."""

    users: int
    words: str


_ROUNDINGS: dict[str, Callable[[Fraction], int]] = {
    "up": math.ceil,
    "down": math.floor,
    "half_up": lambda average: math.floor(average + Fraction(1, 2)),
}


def reduce_daily(*, metric: ReportedMetric, daily: Mapping[date, int], period: Period) -> Reduced:
    """Reduce the reported counts of the days of a period to one quantity. Raises NoDailyCount, DayOutside."""
    outside = sorted(day for day in daily if not period.contains(day))
    if outside:
        raise DayOutside(f"{_day(outside[0])} is not a day of {period.words()}.")
    if not daily:
        raise NoDailyCount(f"No day of {period.words()} has a reported count; a missing count is never zero.")
    days = f"{len(daily)} daily count{'' if len(daily) == 1 else 's'}"
    if metric.calculation in ("sum", "average"):
        return _added(metric, sum(daily.values()), days, len(daily), period)
    if metric.calculation == "last":
        on = max(daily)
    else:
        wanted = max(daily.values()) if metric.calculation == "max" else min(daily.values())
        on = min(day for day, users in daily.items() if users == wanted)
    name = {"max": "maximum", "min": "minimum", "last": "last"}[metric.calculation]
    return Reduced(users=daily[on], words=f"{name} of {days}, {number_in_words(daily[on])} on {_day(on)}")


def _added(metric: ReportedMetric, total: int, days: str, reported: int, period: Period) -> Reduced:
    if metric.calculation == "sum":
        return Reduced(users=total, words=f"sum of {days}")
    divisor = reported if metric.average_over == "days_reported" else period.days
    average = Fraction(total, divisor)
    users = _ROUNDINGS[metric.rounding or ""](average)
    over = "the days reported" if metric.average_over == "days_reported" else "all days of the period"
    words = f"average of {days} over {over}, {number_in_words(total)} ÷ {divisor} = {_shown(average)}"
    return Reduced(users=users, words=words if users == average else f"{words}, rounded to {number_in_words(users)}")


def _shown(average: Fraction) -> str:
    """Write an average with at most two decimals."""
    hundredths = Decimal(round(average * 100)) / 100
    exact = "" if Fraction(hundredths) == average else "about "
    return f"{exact}{number_in_words(hundredths)}"


def _day(day: date) -> str:
    return Period(day, day + timedelta(days=1)).words()
