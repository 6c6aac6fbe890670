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
from ground.presentation import format as written
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
    if force.terms.gap_rule.rule != "hold":
        return True
    ends = _hold_ends(force, period)
    return ends is not None and today >= ends


def _hold_ends(force: TermsInForce, period: Period) -> date | None:
    """The first day on which missing days hold the period no more; None where a person decides."""
    days = force.terms.gap_rule.hold_at_most_days
    return None if days is None else period.end + timedelta(days=days)


def hold_until_words(*, force: TermsInForce, period: Period) -> str:
    """Say how long missing days hold a period and what follows: "held until 10 Nov 2026, then billed with ...".

    Empty where the contract does not hold a period for missing days.
    """
    rule = force.terms.gap_rule
    if rule.rule != "hold":
        return ""
    ends = _hold_ends(force, period)
    if ends is None:
        return "held until a person decides"
    last = ends - timedelta(days=1)
    return f"held until {written.day(last)}, then {rule.end_words}"


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
