"""Rate again what was billed after a period of the same term: pools, peaks, commitments and estimates move with it."""

from dataclasses import dataclass
from datetime import date, datetime

from billing.causes import Cause
from billing.models import BillingPeriod
from billing.operations.close_period import close_period
from billing.operations.settle_period import WORKER, ForceOf, settle_period
from billing.rerating import standing_force
from billing.terms_in_force import terms_in_force
from ground.faults import fault_point
from licenses.models import Contract
from licenses.queries import NothingAgreed, zone_at
from rollcall.period import Period, civil_day
from rollcall.terms.fields import TermsRefused

State = BillingPeriod.State


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What a re-rating of a term came to: proposals that stand, drafts written anew, and what could not be rated."""

    proposed: tuple[str, ...] = ()
    closed_again: int = 0
    not_settled: tuple[str, ...] = ()


def settle_term(
    *, contract: Contract, after: Period, cause: Cause, now: datetime, force_of: ForceOf = standing_force
) -> Settled:
    """Review every later period of the term in which `after` lies, in order of time.

    A billed one gets a proposal of the same cause where its rating moves, or loses an undecided one that no longer
    holds; one that waits on a draft is drafted again. Run again, it changes and proposes nothing new.
    """
    proposed, closed_again, not_settled = list[str](), 0, list[str]()
    for period, states in later_periods(contract=contract, after=after):
        if State.INVOICED in states:
            try:
                proposed += settle_period(contract=contract, period=period, force_of=force_of, cause=cause, now=now)
            except TermsRefused as refused:
                not_settled.append(f"{period.words()}: {refused.sentence}")
        if State.DRAFTED in states:
            today = civil_day(now, zone_at(contract=contract, day=period.start))
            closed_again += close_period(actor=WORKER, contract=contract, period=period, now=now, today=today).changed
        fault_point("settle.after_period")
    return Settled(proposed=tuple(proposed), closed_again=closed_again, not_settled=tuple(not_settled))


def later_periods(*, contract: Contract, after: Period) -> list[tuple[Period, frozenset[str]]]:
    """Return the periods of the same term that begin when this one has ended, oldest first, with their states."""
    rows = BillingPeriod.objects.filter(
        contract=contract,
        kind=BillingPeriod.Kind.REGULAR,
        is_in_advance=False,
        period__startswith__gte=after.end,
        period__startswith__lt=_term_end(contract, after),
    )
    found: dict[Period, set[str]] = {}
    for row in rows.only("period", "state"):
        found.setdefault(row.span, set()).add(row.state)
    return [(period, frozenset(states)) for period, states in sorted(found.items(), key=lambda entry: entry[0])]


def _term_end(contract: Contract, period: Period) -> date:
    try:
        return terms_in_force(contract=contract, period=period).terms.term.end
    except NothingAgreed:
        return period.end
