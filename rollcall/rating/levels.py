"""Dated numbers of accounts: each is valid until the next one, so a day has the last that was stated."""

from __future__ import annotations

from datetime import date

from rollcall.period import Period
from rollcall.rating.given import Daily
from rollcall.terms.provisioned import PERIOD_END, ProvisionedMetric


def days_of_levels(*, levels: Daily, metric: ProvisionedMetric, period: Period) -> dict[date, int]:
    """Return the number of every day of the period; a day before the first number is left out, it is not known.

    Where removed accounts count until the end of the period, a day has the highest number since its first day.
    """
    stated = sorted((day, number) for day, number in levels.items() if day < period.end)
    daily: dict[date, int] = {}
    highest = 0
    for day in period.each_day():
        until_now = [number for on, number in stated if on <= day]
        if not until_now:
            continue
        highest = max(highest, until_now[-1])
        daily[day] = highest if metric.removed == PERIOD_END else until_now[-1]
    return daily
