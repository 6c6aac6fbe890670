"""Rating a term: the one entrance. A pure function of the terms and the usage."""

from __future__ import annotations

from rollcall.money import exactly
from rollcall.rating.estimate import estimates_of
from rollcall.rating.quantity import measure_period, refuse_decisions
from rollcall.rating.rate import rate_period
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
    refuse_decisions(terms, usage.decisions)
    ratings: list[Rating] = []
    state = TermState()
    with exactly():
        for given in usage.periods:
            measured = measure_period(terms=terms, usage=given, state=state, decisions=usage.decisions)
            estimates = estimates_of(terms=terms, usage=given, measured=measured, state=state)
            rated = rate_period(terms=terms, period=given.period, measured=measured, estimates=estimates, state=state)
            ratings.append(rated.rating)
            quantities = {
                name: found.quantity + (estimates[name].users if name in estimates else 0)
                for name, found in measured.items()
            }
            counted = {name: found.first_stage for name, found in measured.items()}
            done = EarlierPeriod(period=given.period, quantities=quantities, amounts=rated.amounts, counted=counted)
            state = state.after(done, rated.carried)
    return TermRating(currency=terms.currency, periods=tuple(ratings))


def _refuse_what_is_not_agreed(terms: ContractTerms, usage: PeriodUsage) -> None:
    path = f"periods[{usage.period}]"
    agreed = terms.period_of(usage.period.start)
    if agreed is None:
        raise TermsRefused(path, f"{usage.period.words()} is not in the term, {terms.term.words()}.")
    if agreed != usage.period:
        raise TermsRefused(
            path, f"{usage.period.words()} is no billing period; the one of that day is {agreed.words()}."
        )
    unknown = sorted(usage.names - set(terms.metrics))
    if unknown:
        known = one_of(sorted(terms.metrics))
        raise TermsRefused(f"{path}.quantities.{unknown[0]}", f"the terms have no such metric; they have {known}.")
