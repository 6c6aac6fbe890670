"""Seats where versions follow each other: every day has what the version says that is in force on it.

A version may repeat the seats before it or leave them out; it changes none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby, pairwise

from rollcall.period import Period
from rollcall.terms.calculations import day_in_words
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from rollcall.terms.provisioned import AT_ONCE, RENEWAL
from rollcall.terms.seats import Bought, SeatsMetric

# Terms with the day from which they are in force, in order of time.
Dated = Sequence[tuple[date, ContractTerms]]


def seats_in_force(*, terms: ContractTerms, dated: Dated, period: Period) -> ContractTerms:
    """Return the terms by which a period is rated, with the seats of each of its days.

    `dated` are the versions that began by the end of the period. Raises TermsRefused where one leaves open how many
    seats there are, or until when those are billed that it gives up.
    """
    found = {
        name: _of_days(name, metric, dated, period, terms.term)
        for name, metric in terms.metrics.items()
        if isinstance(metric, SeatsMetric)
    }
    return replace(terms, metrics={**terms.metrics, **found}) if found else terms


def _of_days(name: str, own: SeatsMetric, dated: Dated, period: Period, term: Period) -> SeatsMetric:
    """Return a metric with the seats of every day, those that were given up and still count among them.

    One version alone keeps its metric as it is.
    """
    versions = [(start, each) for start, one in dated if (each := _seats(one, name)) is not None]
    if all(each == own for _, each in versions):
        return own
    daily: dict[date, int] = {}
    for start, metric in _with_history(name, versions):
        days = metric.daily(period=period, term=term)
        daily |= {day: seats for day, seats in days.items() if day >= start or not daily}
    runs = [next(run) for _, run in groupby(daily.items(), key=lambda entry: entry[1])]
    return replace(own, bought=tuple(Bought(start=day, seats=seats) for day, seats in runs), removed=AT_ONCE)


def _with_history(name: str, versions: Sequence[tuple[date, SeatsMetric]]) -> list[tuple[date, SeatsMetric]]:
    """Return each version with the seats before it as they were in force."""
    found = [versions[0]]
    for start, metric in versions[1:]:
        before = found[-1][1]
        _refuse_unsaid(name, before, metric, start)
        kept = [one for one in before.bought if one.start < start]
        now = Bought(start=start, seats=metric.bought_on(start))
        changed = [now] if now.seats != before.bought_on(start - timedelta(days=1)) else []
        later = [one for one in metric.bought if one.start > start]
        found.append((start, replace(metric, bought=(*kept, *changed, *later))))
    return found


def _refuse_unsaid(name: str, before: SeatsMetric, after: SeatsMetric, start: date) -> None:
    there, then = before.bought_on(start - timedelta(days=1)), after.bought_on(start)
    if there and after.bought[0].start > start:
        raise TermsRefused(
            f"metrics.{name}.bought",
            f"the terms that begin on {day_in_words(start)} do not say how many seats there are on that day; state "
            "those of their first day.",
        )
    # Only where its own list falls did a version have to say until when given up seats are billed.
    falls = any(later.seats < earlier.seats for earlier, later in pairwise(after.bought))
    if then < there and after.removed == RENEWAL and not falls:
        raise TermsRefused(
            f"metrics.{name}.removed",
            f"seats are given up on {day_in_words(start)}, {there:,} and then {then:,}; repeat the earlier seats in "
            '"bought" of the later terms, and say until when those that are given up are billed.',
        )


def _seats(terms: ContractTerms, name: str) -> SeatsMetric | None:
    metric = terms.metrics.get(name)
    return metric if isinstance(metric, SeatsMetric) else None
