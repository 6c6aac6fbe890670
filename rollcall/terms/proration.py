"""How a part of a cycle is measured: by real days, by months of 30 days, or by seconds of the contract's zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from rollcall.period import BillingCycle, Period
from rollcall.terms.fields import TermsRefused

REAL_DAYS, MONTHS_OF_30_DAYS, SECONDS = "real_days", "30_day_months", "seconds"
DAY_COUNTS = (REAL_DAYS, MONTHS_OF_30_DAYS, SECONDS)

DAY_COUNT_WORDS: Mapping[str, str] = {
    REAL_DAYS: "its days divided by the days of the {cycle}",
    MONTHS_OF_30_DAYS: "its days divided by those of the {cycle}, every month having 30 days and no 31st",
    SECONDS: "its seconds divided by the seconds of the {cycle}, so that a day on which the clock changes has 23 or 25 "
    "hours",
}


class NotInOneCycle(ValueError):
    """Days that do not all lie in the cycle of which they should be a part."""


def length_of(*, period: Period, day_count: str, timezone: str) -> int:
    """Return how long a period is in the unit of the day count: days, days of 30-day months, or seconds."""
    if day_count == MONTHS_OF_30_DAYS:
        return _days_of_even_months(period.end) - _days_of_even_months(period.start)
    if day_count == SECONDS:
        start, end = period.instants(timezone)
        return round((end - start).total_seconds())
    return period.days


def part_of(*, period: Period, whole: Period, day_count: str, timezone: str) -> Fraction:
    """Return which part of a cycle a period is, exactly; pieces that tile the cycle add up to 1.

    Raises NotInOneCycle: a part is never more than the whole.
    """
    if period == whole:
        return Fraction(1)
    if not whole.contains(period):
        raise NotInOneCycle(f"{period.words()} does not lie in {whole.words()}; nothing costs more than a whole cycle.")
    length = length_of(period=period, day_count=day_count, timezone=timezone)
    return Fraction(length, length_of(period=whole, day_count=day_count, timezone=timezone))


def refuse_uneven_months(day_count: str, cycle: BillingCycle, term: Period) -> None:
    """Refuse months of 30 days for cycles that then have more or fewer. Raises TermsRefused.

    A cycle that is anchored after the 28th begins with the last day of February and would have 27 days, the next 33.
    """
    if day_count != MONTHS_OF_30_DAYS or cycle.unit == "days":
        return
    for whole in (cycle.period_of(period.start) for period in cycle.periods(term)):
        months = (whole.end.year - whole.start.year) * 12 + whole.end.month - whole.start.month
        days = _days_of_even_months(whole.end) - _days_of_even_months(whole.start)
        if days != months * 30:
            raise TermsRefused(
                "day_count",
                f'"{day_count}" needs cycles in which every month has 30 days; {whole.words()} would have {days}. Let '
                f'the cycle begin on one of the days 1 to 28 of a month, or write "{REAL_DAYS}".',
            )


def _days_of_even_months(end: date) -> int:
    """Number the days before an exclusive end where every month has 30 days.

    Each of the days 1 to 30 counts one. A 31st counts none, because before it as before the 1st that follows there are
    30; the last day of February counts what is missing to 30.
    """
    return (end.year * 12 + end.month) * 30 + end.day - 1
