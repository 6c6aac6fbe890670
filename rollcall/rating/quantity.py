"""The stage before the steps: what is given of a period becomes one quantity per metric, with words that say how.

First the period itself: users as they were counted, daily numbers reduced as the metric says, seats from the terms.
Then, where the metric asks for it, the periods of the term so far: a peak that stays, a mean, an allowance. A missing
day is never read as zero unless the contract says so, and a day is left out only by a person's decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from rollcall.counting.aggregates import DayOutside, NoDailyCount, reduce_instances
from rollcall.money import number_in_words
from rollcall.rating.decisions import ExcusedDays
from rollcall.rating.given import Amount, Daily
from rollcall.rating.levels import days_of_levels
from rollcall.rating.measured import Measured
from rollcall.rating.over_periods import over_periods
from rollcall.rating.seats import measure_seats
from rollcall.rating.state import TermState
from rollcall.rating.usage import PeriodUsage, no_count
from rollcall.terms.action_quantity import ActionMetric
from rollcall.terms.calculations import Calculation, day_in_words
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from rollcall.terms.instances import PEAK_THEN_SUM, PEOPLE, added_by_day
from rollcall.terms.metrics import AnyMetric, Metric
from rollcall.terms.provisioned import ProvisionedMetric
from rollcall.terms.reported import ReportedMetric
from rollcall.terms.seats import SeatsMetric

# The numbers of days by instance; by "" where the metric does not look at single instances.
Series = Mapping[str, Daily]


def measure_period(
    *, terms: ContractTerms, usage: PeriodUsage, state: TermState, decisions: Iterable[ExcusedDays] = ()
) -> dict[str, Measured]:
    """Return what every metric that is given or billed came to in a period.

    `state` holds the periods of the term before. Raises TermsRefused for what is missing, for numbers that the metric
    cannot be made of, for decisions about what has no days, and where an earlier period that a rule needs is not known.
    """
    decided = tuple(decisions)
    measured = {}
    for name in sorted(usage.names | terms.billed_metrics):
        found = _without_look_back(_of_period(terms, usage, name, decided), usage.look_back_missing.get(name, 0))
        measured[name] = _over_periods(terms, usage, state, name, found)
    return measured


def refuse_decisions(terms: ContractTerms, decisions: Iterable[ExcusedDays]) -> None:
    """Refuse decisions about days where no metric has any. Raises TermsRefused."""
    for number, decision in enumerate(decisions):
        place = f"decisions[{number}]"
        if decision.metric and decision.metric not in terms.metrics:
            raise TermsRefused(f"{place}.metric", f"the terms have no metric {decision.metric}.")
        concerned = [metric for name, metric in terms.metrics.items() if decision.concerns(name)]
        if not any(_calculation_of(metric) for metric in concerned):
            raise TermsRefused(
                f"{place}.excused_days",
                "days can be left out of a daily series; people who are counted once in a period have no days.",
            )


def _of_period(terms: ContractTerms, usage: PeriodUsage, name: str, decisions: tuple[ExcusedDays, ...]) -> Measured:
    metric, path = terms.metrics[name], f"periods[{usage.period}].quantities.{name}"
    if isinstance(metric, SeatsMetric):
        return measure_seats(terms=terms, metric=metric, period=usage.period, given=usage.amounts.get(name), path=path)
    if name in usage.amounts:
        return _of_amount(metric, usage.amounts[name], path)
    series = _series(metric, usage, name, path)
    if series is not None:
        return _of_series(terms, usage, name, series, decisions)
    if isinstance(metric, ActionMetric):
        if name in usage.quantities:
            raise TermsRefused(f"{path}.users", f"{metric.noun.many} are no users; give their quantity.")
        raise no_count(usage.period, name)
    return Measured(quantity=Decimal(usage.users(name)), words=_window_in_words(metric, usage))


def _window_in_words(metric: AnyMetric, usage: PeriodUsage) -> str:
    """Say the rolling window in which people counted once, where it is another than the period."""
    if not isinstance(metric, Metric) or metric.definition.window_days is None:
        return ""
    days = f"{metric.definition.window_days} day{'' if metric.definition.window_days == 1 else 's'}"
    to_last = f"to {day_in_words(usage.period.last_day)}"
    read = f"to any day of {usage.period.words()}" if metric.definition.reads_daily else to_last
    return f"active within the {days} {read}"


def _without_look_back(found: Measured, missing: int) -> Measured:
    """Say on the bill that a rolling window looked at days that nobody reported."""
    if not missing:
        return found
    said = f"{missing} day{'' if missing == 1 else 's'} before the period in the window had no report"
    return replace(found, words="; ".join(filter(None, (found.words, said))))


def _of_amount(metric: AnyMetric, amount: Amount, path: str) -> Measured:
    if not isinstance(metric, ActionMetric):
        if amount.by_user or amount.by_event or (amount.quantity % 1 and _calculation_of(metric) is None):
            raise TermsRefused(f"{path}.quantity", f"{metric.noun.many} are given as users, or by their days.")
        return Measured(quantity=amount.quantity)
    without = amount.without_quantity
    words = f"{number_in_words(without)} action{'s state' if without > 1 else ' states'} no quantity" if without else ""
    return Measured(quantity=amount.quantity, words=words, by_user=amount.by_user, by_event=amount.by_event)


def _series(metric: AnyMetric, usage: PeriodUsage, name: str, path: str) -> Series | None:
    """Return the numbers of days that are given, in the form in which the metric reduces them."""
    if name in usage.levels:
        if not isinstance(metric, ProvisionedMetric):
            raise TermsRefused(f"{path}.levels", f"dated levels are of provisioned users; {name} bills others.")
        return {"": days_of_levels(levels=usage.levels[name], metric=metric, period=usage.period)}
    if name not in usage.daily and name not in usage.by_instance:
        return None
    form = "daily_users" if name in usage.daily else "daily_users_by_instance"
    if _calculation_of(metric) is None:
        raise TermsRefused(
            f"{path}.{form}", f"{name} does not bill daily numbers; active users never come from daily counts."
        )
    if form == "daily_users":
        return {"": usage.daily[name]}
    if not isinstance(metric, Metric | ReportedMetric) or metric.across_instances == PEOPLE:
        raise TermsRefused(f"{path}.{form}", f"{name} counts people once, so nothing of single instances adds up.")
    if metric.across_instances == PEAK_THEN_SUM:
        return usage.by_instance[name]
    return {"": added_by_day(usage.by_instance[name])}


def _of_series(
    terms: ContractTerms, usage: PeriodUsage, name: str, series: Series, decisions: tuple[ExcusedDays, ...]
) -> Measured:
    metric, period = terms.metrics[name], usage.period
    path = f"periods[{period}].quantities.{name}.daily_users"
    calculation = _calculation_of(metric)
    if calculation is None:
        raise TermsRefused(path, f"{name} does not bill daily numbers.")
    zeros = _read_as_zero(terms, usage, metric, series)
    whole = {instance: {**daily, **zeros} for instance, daily in series.items()}
    mine = [decision for decision in decisions if decision.concerns(name)]
    excused = {day for decision in mine for day in decision.days if period.contains(day)}
    try:
        reduced = reduce_instances(calculation=calculation, by_instance=whole, period=period, excused=excused)
        said = [reduced.words]
        if zeros:
            said.append(f"{len(zeros)} day{'' if len(zeros) == 1 else 's'} without a report read as zero")
        if excused:
            full = reduce_instances(calculation=calculation, by_instance=whole, period=period)
            said += [decision.words(excused & set(decision.days)) for decision in mine if excused & set(decision.days)]
            said.append(f"with these days {number_in_words(full.quantity)}")
    except (NoDailyCount, DayOutside) as error:
        raise TermsRefused(path, str(error)) from error
    return Measured(quantity=reduced.quantity, words="; ".join(said), tier_at=reduced.tier_at, alone=reduced.alone)


def _read_as_zero(terms: ContractTerms, usage: PeriodUsage, metric: AnyMetric, series: Series) -> dict[date, int]:
    """Return the missing days as counts of zero where the terms say so, which they may of reported counts alone.

    Days before an instance began are not missing; they come first, so the missing ones are the last without a count.
    """
    is_asked = terms.gap_rule.applied == "zero" and isinstance(metric, ReportedMetric)
    daily = series.get("", {})
    if not is_asked or not usage.missing_days or not daily:
        return {}
    absent = [day for day in usage.period.each_day() if day not in daily]
    return dict.fromkeys(absent[-usage.missing_days :], 0)


def _over_periods(terms: ContractTerms, usage: PeriodUsage, state: TermState, name: str, found: Measured) -> Measured:
    """Apply the rule over the periods of the term to the quantity of the newest, where the metric has one."""
    billed = over_periods(terms=terms, name=name, period=usage.period, state=state, quantity=found.quantity)
    if billed is None:
        return found
    first = found.words or f"{terms.metrics[name].noun.of(found.quantity)} counted"
    # What single persons, events and days had is of the counted quantity, and no longer of the billed one.
    return Measured(quantity=billed.quantity, counted=found.quantity, words=f"{first}; {billed.words}")


def _calculation_of(metric: AnyMetric) -> Calculation | None:
    return None if isinstance(metric, ActionMetric) else metric.calculation
