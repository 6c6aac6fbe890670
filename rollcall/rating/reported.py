"""Reported users, before any step: the daily counts of a period become the quantity that the terms bill."""

from __future__ import annotations

from dataclasses import replace

from rollcall.counting.aggregates import DayOutside, NoDailyCount, reduce_daily
from rollcall.rating.usage import PeriodUsage
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from rollcall.terms.reported import ReportedMetric


def reduce_reported(terms: ContractTerms, usage: PeriodUsage) -> PeriodUsage:
    """Return the usage with the users of every metric that is given by its days, and the words of how.

    Raises TermsRefused for daily counts of active users, of days outside the period, and for none at all.
    """
    quantities, words = dict(usage.quantities), dict(usage.words)
    for name, daily in usage.daily.items():
        path = f"periods[{usage.period}].quantities.{name}.daily_users"
        metric = terms.metrics.get(name)
        if not isinstance(metric, ReportedMetric):
            raise TermsRefused(path, f"{name} does not bill reported users; active users never come from daily counts.")
        try:
            reduced = reduce_daily(metric=metric, daily=daily, period=usage.period)
        except (NoDailyCount, DayOutside) as error:
            raise TermsRefused(path, str(error)) from error
        quantities[name], words[name] = {"users": reduced.users}, reduced.words
    return replace(usage, quantities=quantities, words=words, daily={})
