"""What closing a period starts from: the terms in force, the reason to hold, the counts; gathered before any lock.

Owns: deciding whether a period can be billed and having it counted, for one contract or for many in one child.
Does not own: the locks under which it is seen whether the facts still hold, and what is written then; that is
`operations.close_period`.
Invariants: gathering decides nothing for good; whatever is gathered is compared again under the locks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from billing.counting import NOTHING_TO_COUNT, AskedCounts, ask_for_counts, made_counts
from billing.gaps import days_by_rule
from billing.holds import Hold, hold_reason
from billing.models import BillingPeriod
from billing.terms_in_force import TermsInForce, terms_in_force
from licenses.models import Contract
from licenses.queries import NothingAgreed
from licenses.ranges import range_of
from rollcall.period import Period
from usage.files import NamesErased
from usage.models import ActiveUserCount
from usage.operations.count_period import NothingReported


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What was known before the locks were taken: it is used only if it still holds under them."""

    force: TermsInForce | None
    hold: Hold | None
    counts: Mapping[str, ActiveUserCount]


@dataclass(frozen=True, kw_only=True)
class AskedFacts:
    """The facts of one closing before what is to be counted was counted."""

    force: TermsInForce | None
    hold: Hold | None
    counts: AskedCounts = NOTHING_TO_COUNT

    def with_counts(self, counts: Mapping[str, ActiveUserCount]) -> Facts:
        """Return the facts with every count that was asked for."""
        return Facts(force=self.force, hold=self.hold, counts=counts)


def gather(*, contract: Contract, period: Period, now: datetime, today: date) -> Facts | None:
    """Decide whether the period can be billed, and count it if so; None when its reports went away meanwhile."""
    asked = ask_for_facts(contract=contract, period=period, now=now, today=today)
    return asked.with_counts(made_counts([asked.counts])[0]) if asked is not None else None


def ask_for_facts(*, contract: Contract, period: Period, now: datetime, today: date) -> AskedFacts | None:
    """Decide whether the period can be billed, and what is to be counted if so; None when its reports went away.

    With `with_counts` many contracts are counted at once. Nothing is locked and nothing written, but evidence that is
    still to be made. No transaction may be open.
    """
    if not _arrears(contract, period).exists():
        return AskedFacts(force=None, hold=None)
    released = _released(contract, period)
    force, hold = force_and_hold(contract=contract, period=period, today=today, released=released)
    if force is None or hold is not None:
        return AskedFacts(force=force, hold=hold)
    missing_days = days_by_rule(contract=contract, force=force, period=period, released=released)
    is_estimated = missing_days > 0 and force.terms.gap_rule.estimates
    try:
        counts = ask_for_counts(
            contract=contract, force=force, period=period, now=now, even_without_reports=is_estimated
        )
    except NothingReported:
        return None
    except NamesErased as erased:
        return AskedFacts(force=force, hold=Hold(code=BillingPeriod.HeldCode.NOT_COUNTABLE, words=str(erased)))
    return AskedFacts(force=force, hold=None, counts=counts)


def _released(contract: Contract, period: Period) -> frozenset[str]:
    row = _arrears(contract, period).first()
    return row.released_codes if row is not None else frozenset()


def force_and_hold(
    *, contract: Contract, period: Period, today: date, released: frozenset[str]
) -> tuple[TermsInForce | None, Hold | None]:
    """Return the terms that are in force, and the reason why the period waits, None where it does not."""
    try:
        force = terms_in_force(contract=contract, period=period)
    except NothingAgreed as nothing:
        return None, Hold(code=BillingPeriod.HeldCode.NO_VERSION, words=str(nothing))
    return force, hold_reason(contract=contract, force=force, period=period, today=today, released=released)


def _arrears(contract: Contract, period: Period) -> QuerySet[BillingPeriod]:
    """The rows of a period that are billed when it is over."""
    return BillingPeriod.objects.filter(contract=contract, period=range_of(period), is_in_advance=False)
