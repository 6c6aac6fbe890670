"""Reported users, before any step: the daily counts of a period become the quantity that the terms bill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from rollcall.counting.aggregates import DayOutside, NoDailyCount, reduce_daily
from rollcall.rating.usage import PeriodUsage
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from rollcall.terms.reported import ReportedMetric


def reduce_reported(terms: ContractTerms, usage: PeriodUsage) -> PeriodUsage:
    """Return the usage with the users of every metric that is given by its days, and the words of how.

    Under the gap rule "zero" a missing day is a daily count of zero; a period without any count stays without one.
    Raises TermsRefused for daily counts of active users, of days outside the period, and for none at all.
    """
    quantities, words = dict(usage.quantities), dict(usage.words)
    for name, daily in usage.daily.items():
        path = f"periods[{usage.period}].quantities.{name}.daily_users"
        metric = terms.metrics.get(name)
        if not isinstance(metric, ReportedMetric):
            raise TermsRefused(path, f"{name} does not bill reported users; active users never come from daily counts.")
        try:
            zeros = _read_as_zero(terms, usage, daily)
            reduced = reduce_daily(calculation=metric.calculation, daily={**daily, **zeros}, period=usage.period)
        except (NoDailyCount, DayOutside) as error:
            raise TermsRefused(path, str(error)) from error
        said = f"; {len(zeros)} day{'' if len(zeros) == 1 else 's'} without a report read as zero" if zeros else ""
        quantities[name], words[name] = {"users": int(reduced.quantity)}, f"{reduced.words}{said}"
    return replace(usage, quantities=quantities, words=words, daily={})


def _read_as_zero(terms: ContractTerms, usage: PeriodUsage, daily: Mapping[date, int]) -> dict[date, int]:
    """Return the missing days as counts of zero where the terms say so.

    Days before an instance began are not missing; they come first, so the missing ones are the last without a count.
    """
    if terms.gap_rule.applied != "zero" or not usage.missing_days or not daily:
        return {}
    absent = [day for day in usage.period.each_day() if day not in daily]
    return dict.fromkeys(absent[-usage.missing_days :], 0)
