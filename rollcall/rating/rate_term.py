"""Rating a term: the one entrance. A pure function of the terms and the usage."""

from __future__ import annotations

from decimal import Decimal

from rollcall.money import exactly
from rollcall.rating.estimate import estimates_of
from rollcall.rating.measured import Measured
from rollcall.rating.rate import rate_period
from rollcall.rating.reported import reduce_reported
from rollcall.rating.result import Rating, TermRating
from rollcall.rating.state import EarlierPeriod, TermState
from rollcall.rating.usage import PeriodUsage, TermUsage
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused, one_of


def rate_term(*, terms: ContractTerms, usage: TermUsage) -> TermRating:
    """Rate the given periods of a term, in order of time.

    Where days are missing the gap rule is applied; an estimate rests on the earlier periods that are given.
    Raises TermsRefused for days that are no billing period of the terms, for a count that is missing and for one that
    no metric of the terms asks for, and for missing days that the gap rule cannot bill.
    """
    for given in usage.periods:
        _refuse_what_is_not_agreed(terms, given)
    periods = [reduce_reported(terms, given) for given in usage.periods]
    ratings: list[Rating] = []
    state = TermState()
    with exactly():
        for given in periods:
            measured = {name: measure(given, name) for name in given.quantities}
            for charge in terms.charges.values():
                measured.setdefault(charge.metric, measure(given, charge.metric))
            estimates = estimates_of(terms=terms, usage=given, measured=measured, state=state)
            rated = rate_period(terms=terms, period=given.period, measured=measured, estimates=estimates, state=state)
            ratings.append(rated.rating)
            quantities = {
                name: found.quantity + (estimates[name].users if name in estimates else 0)
                for name, found in measured.items()
            }
            done = EarlierPeriod(period=given.period, quantities=quantities, amounts=rated.amounts)
            state = state.after(done, rated.carried)
    return TermRating(currency=terms.currency, periods=tuple(ratings))


def measure(usage: PeriodUsage, metric: str) -> Measured:
    """Return what a metric came to in a period. A count that is missing is refused."""
    return Measured(quantity=Decimal(usage.users(metric)), words=usage.words.get(metric, ""))


def _refuse_what_is_not_agreed(terms: ContractTerms, usage: PeriodUsage) -> None:
    path = f"periods[{usage.period}]"
    agreed = terms.period_of(usage.period.start)
    if agreed is None:
        raise TermsRefused(path, f"{usage.period.words()} is not in the term, {terms.term.words()}.")
    if agreed != usage.period:
        raise TermsRefused(
            path, f"{usage.period.words()} is no billing period; the one of that day is {agreed.words()}."
        )
    unknown = sorted(({*usage.quantities} | {*usage.daily}) - set(terms.metrics))
    if unknown:
        known = one_of(sorted(terms.metrics))
        raise TermsRefused(f"{path}.quantities.{unknown[0]}", f"the terms have no such metric; they have {known}.")
