"""Which days of a period nobody reported, and what the contract's gap rule makes of them.

Owns: what counts as a gap under the agreed cadence, when a hold has ended, and for how many days a rule is applied.
Does not own: the arithmetic of an estimate (`rollcall.rating.estimate`) and the words of a hold (`holds`).
Invariant: a gap that a person let go is a gap no more; it is billed with what is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from billing.models import BillingPeriod
from billing.terms_in_force import TermsInForce
from licenses.models import Contract
from rollcall.period import Period
from usage.queries import coverage, reported_days


@dataclass(frozen=True, kw_only=True)
class Gaps:
    """The days without a report by the name of the instance; `days` are those on which any instance is missing."""

    missing: Mapping[str, list[date]]
    days: tuple[date, ...]

    def __bool__(self) -> bool:
        return bool(self.days)


def gaps_of(*, contract: Contract, force: TermsInForce, period: Period) -> Gaps:
    """Return the days that are missing in a period under the agreed cadence."""
    covered = coverage(contract=contract, period=period, zone=force.terms.timezone)
    missing = covered.missing_under(force.terms.reporting_cadence)
    return Gaps(missing=missing, days=tuple(sorted({day for days in missing.values() for day in days})))


def hold_has_ended(*, force: TermsInForce, period: Period, today: date) -> bool:
    """Return whether the days of waiting are over, so that the period is billed as the gap rule says."""
    rule = force.terms.gap_rule
    if rule.rule != "hold":
        return True
    return rule.hold_at_most_days is not None and today >= period.end + timedelta(days=rule.hold_at_most_days)


def days_by_rule(*, contract: Contract, force: TermsInForce, period: Period, released: frozenset[str]) -> int:
    """Return on how many days a report is missing that the rating must know of: to estimate them or read them as zero.

    None where what is known is billed. `released` are the reasons to hold that a person has set aside. Whether a hold
    still runs is another question.
    """
    rule = force.terms.gap_rule
    if not (rule.estimates or rule.applied == "zero") or BillingPeriod.HeldCode.DAYS_MISSING in released:
        return 0
    days = gaps_of(contract=contract, force=force, period=period).days
    if rule.estimates:
        return len(days)
    # Where one of several instances is silent, the others' numbers stand and there is nothing left to read as zero.
    known = reported_days(contract=contract, period=period, zone=force.terms.timezone).daily
    return len([day for day in days if day not in known])
