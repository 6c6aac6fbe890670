"""Which part of its cycle a period is: what prices and limits that shrink with the days are multiplied by."""

from __future__ import annotations

from fractions import Fraction

from rollcall.period import Period
from rollcall.terms.contract import ContractTerms
from rollcall.terms.proration import part_of


def share_of(terms: ContractTerms, period: Period) -> Fraction:
    """Return the part of its cycle that a period, or a piece of one, is: 1 for a whole cycle, 16/31 for a part.

    Measured as `terms.day_count` says, against the cycle in which the period begins, also at the edges of the term.
    Raises NotInOneCycle for days of more than one cycle.
    """
    whole = terms.cycle.period_of(period.start)
    return part_of(period=period, whole=whole, day_count=terms.day_count, timezone=terms.timezone)
