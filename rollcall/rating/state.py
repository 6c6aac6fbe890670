"""What earlier periods of the term leave for later ones: quantities, amounts, and what steps carry on.

Pool balances, remaining commitments, peaks and averages are results of rating the term from its beginning; nobody
stores or enters them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from rollcall.money import exact_sum
from rollcall.period import Period


@dataclass(frozen=True, kw_only=True)
class EarlierPeriod:
    """One rated period: its billed quantities by metric, estimates among them, and its net amounts by charge key.

    `counted` are the quantities of the period itself, estimates among them, before any rule over the periods of a term.
    """

    period: Period
    quantities: Mapping[str, Decimal]
    amounts: Mapping[str, Decimal]
    counted: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TermState:
    """The periods of the term rated so far, in order of time.

    `carried` holds what a step keeps for later periods under a key of its own, such as "seats/credits"; only that step
    reads it.
    """

    earlier: tuple[EarlierPeriod, ...] = ()
    carried: Mapping[str, Any] = field(default_factory=dict)

    def after(self, done: EarlierPeriod, carried: Mapping[str, Any]) -> TermState:
        """Return the state once one more period is rated."""
        return TermState(earlier=(*self.earlier, done), carried={**self.carried, **carried})

    def amount_of(self, key: str) -> Decimal:
        """Return what a charge came to in all earlier periods together."""
        return exact_sum(done.amounts.get(key, Decimal(0)) for done in self.earlier)

    def quantity_of(self, metric: str) -> Decimal:
        """Return what a metric came to in all earlier periods together."""
        return exact_sum(done.quantities.get(metric, Decimal(0)) for done in self.earlier)

    def tiles(self, term: Period, period: Period) -> bool:
        """Whether every day of the term before this period was rated, as a limit over the whole term needs."""
        reached = term.start
        for done in self.earlier:
            if done.period.start != reached:
                return False
            reached = done.period.end
        return reached == period.start
