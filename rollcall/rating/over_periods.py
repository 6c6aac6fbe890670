"""The second stage of a quantity in one period: a rule over the periods of the term so far, as its metric states it."""

from __future__ import annotations

from decimal import Decimal

from rollcall.period import Period
from rollcall.rating.agreed import NeedsEarlierPeriods
from rollcall.rating.state import TermState
from rollcall.terms.calculations import Reduced
from rollcall.terms.contract import ContractTerms


def over_periods(
    *, terms: ContractTerms, name: str, period: Period, state: TermState, quantity: Decimal
) -> Reduced | None:
    """Return what a metric is billed that came to a quantity in a period; None where it has no rule over periods.

    Raises NeedsEarlierPeriods where a period at which the rule looks was not counted.
    """
    metric = terms.metrics[name]
    rule = metric.over_periods
    if rule is None:
        return None
    periods = terms.periods
    number = periods.index(period)
    known = {done.period: done.counted[name] for done in state.earlier if name in done.counted}
    needed = periods[number - rule.looks_at(number) : number]
    for earlier in needed:
        if earlier not in known:
            raise NeedsEarlierPeriods(
                f"periods[{period}].quantities.{name}",
                f"{metric.noun.many} of {period.words()} depend on those of {earlier.words()}, "
                "and there is no count of them; a missing count is never zero.",
            )
    counted = [(earlier, known[earlier]) for earlier in needed]
    return rule.apply([*counted, (period, quantity)], metric.noun)
