"""Rating a term: the one entrance. A pure function of the terms and the usage."""

from __future__ import annotations

from collections.abc import Sequence

from rollcall.money import exactly
from rollcall.rating.estimate import estimates_of
from rollcall.rating.quantity import measure_period, refuse_decisions
from rollcall.rating.rate import rate_period
from rollcall.rating.result import Rating, TermRating
from rollcall.rating.returned_credits import RETURNED
from rollcall.rating.state import EarlierPeriod, TermState
from rollcall.rating.usage import PeriodUsage, TermUsage
from rollcall.rating.versions import Amendment, Rules, rules_of, schedule_of
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused, one_of


def rate_term(
    *, terms: ContractTerms, usage: TermUsage, amendments: Sequence[Amendment] = (), name: str = "version 1"
) -> TermRating:
    """Rate the given periods of a term, in order of time.

    `terms` are those of the first day, `name` is how lines name them; `amendments` are the later versions in order of
    time. Each period is rated by the version on its first day; one that begins inside a period counts as `mid_cycle`
    says, and the lines name it. Where days are missing the gap rule is applied; an estimate rests on the earlier
    periods that are given.
    Raises TermsRefused for days that are no billing period of the terms, for a count that is missing and for one that
    no metric of the terms asks for, for missing days that the gap rule cannot bill, and for amendments that change who
    is counted inside a period.
    """
    schedule = schedule_of(terms=terms, amendments=amendments, name=name)
    ruled = [(given, rules_of(schedule, given.period)) for given in usage.periods]
    for given, rules in ruled:
        _refuse_what_is_not_agreed(rules.main, given)
    refuse_decisions(terms, usage.decisions)
    ratings: list[Rating] = []
    state = TermState(carried={RETURNED: usage.returned_credits})
    with exactly():
        for given, rules in ruled:
            rating, state = _rate_next(given, rules, state, usage)
            ratings.append(rating)
    return TermRating(currency=terms.currency, periods=tuple(ratings))


def _rate_next(given: PeriodUsage, rules: Rules, state: TermState, usage: TermUsage) -> tuple[Rating, TermState]:
    """Rate one period after those of the state; return its rating, and the state with it."""
    billed = rules.billed_terms(is_in_advance=given.is_in_advance)
    measured = measure_period(terms=billed, usage=given, state=state, decisions=usage.decisions)
    estimates = estimates_of(terms=billed, usage=given, measured=measured, state=state)
    rated = rate_period(
        rules=rules, measured=measured, estimates=estimates, state=state, is_in_advance=given.is_in_advance
    )
    quantities = {
        name: found.quantity + (estimates[name].users if name in estimates else 0) for name, found in measured.items()
    }
    # What was estimated is what the period is taken to have had, until its days arrive.
    counted = {
        name: found.first_stage + (estimates[name].missing_users if name in estimates else 0)
        for name, found in measured.items()
    }
    done = EarlierPeriod(period=given.period, quantities=quantities, amounts=rated.amounts, counted=counted)
    return rated.rating, state.after(done, rated.carried)


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
