"""Why a period waits for a person: what is missing is never guessed and never billed as zero.

Owns: the reasons to hold and their words. Does not own: the writing of the state (`operations.close_period`).
Invariant: the answer depends on what is stored and on `today`, so asking again after the data arrived releases it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from billing.gaps import Gaps, gaps_of, hold_has_ended
from billing.models import BillingPeriod
from billing.rating import closed_quantities, earlier_users
from billing.terms_in_force import TermsInForce, counted_metrics
from licenses.models import Contract
from licenses.queries import provisioned_levels
from rollcall.period import Period
from rollcall.rating import NeedsEarlierPeriods
from rollcall.terms.metrics import OF_ACTIVITY
from rollcall.terms.provisioned import ProvisionedMetric
from rollcall.terms.reported import ReportedMetric
from usage.queries import (
    EvidenceSet,
    current_evidence,
    reported_days,
    reports_waiting,
    reports_without_activity,
    spans_of_days,
)
from usage.queries.namespaces import CUSTOMER_KEY, PLAIN, namespaces_of

Code = BillingPeriod.HeldCode
NOTHING_RELEASED: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Hold:
    """One reason, for machines by its code and for people in words."""

    code: str
    words: str


def hold_reason(
    *, contract: Contract, force: TermsInForce, period: Period, today: date, released: frozenset[str] = NOTHING_RELEASED
) -> Hold | None:
    """Return the first reason why this period cannot be billed safely, or None.

    `released` are the codes that a person has set aside for this period with a reason.
    """
    zone = force.terms.timezone
    if not counted_metrics(force.billed_terms):
        # Fixed amounts and seats wait for no report.
        return None
    evidence = current_evidence(contract=contract, period=period, zone=zone)
    gaps = gaps_of(contract=contract, force=force, period=period)
    has_ended = hold_has_ended(force=force, period=period, today=today)
    is_estimated = bool(gaps) and has_ended and force.terms.gap_rule.estimates and Code.DAYS_MISSING not in released
    reasons = [
        _report_waiting(contract, period, zone, is_being_read_again=not evidence.is_complete),
        None if is_estimated else _no_reports(contract, force, period, has_activity=not evidence.is_empty),
        _days_missing(gaps) if not has_ended else None,
        _nothing_to_estimate_by(contract, force, period, gaps) if is_estimated else None,
        _mixed_namespaces(evidence, period, zone) if evidence.is_complete else None,
    ]
    return next((reason for reason in reasons if reason is not None and reason.code not in released), None)


def nobody_active(*, period: Period, zone: str, counts: Iterable[int], released: frozenset[str]) -> Hold | None:
    """Hold a period in which nobody was active: a bill of nothing takes a person's word."""
    if any(counts) or Code.NOBODY_ACTIVE in released:
        return None
    return Hold(
        code=Code.NOBODY_ACTIVE,
        words=f"The reports for {period.words(zone)} are complete, and nobody was active. Say that this is so.",
    )


def earlier_open(*, contract: Contract, force: TermsInForce, period: Period, needed: NeedsEarlierPeriods) -> Hold:
    """Hold a period whose limits reach over several periods until those before it are closed."""
    closed = closed_quantities(contract=contract, force=force, before=period)
    before = [span for span in force.terms.periods if span < period and span not in closed]
    first = f": {before[0].words()} first" if before else ""
    return Hold(
        code=Code.EARLIER_OPEN,
        words=f"Earlier periods of the term are not closed{first}. In this contract {needed.sentence}",
    )


def _report_waiting(contract: Contract, period: Period, zone: str, *, is_being_read_again: bool) -> Hold | None:
    waiting = reports_waiting(contract=contract, period=period, zone=zone)
    if waiting:
        names = ", ".join(f"{report.file_name} ({report.get_state_display()})" for report in waiting[:3])
        more = f" and {len(waiting) - 3} more" if len(waiting) > 3 else ""
        return Hold(
            code=Code.REPORT_WAITING, words=f"A report that may change this number is not read yet: {names}{more}."
        )
    if is_being_read_again:
        return Hold(
            code=Code.REPORT_WAITING,
            words="A newer report replaced days of an older one, which is being read again. This takes a moment.",
        )
    return None


def _no_reports(contract: Contract, force: TermsInForce, period: Period, *, has_activity: bool) -> Hold | None:
    """Hold a period of which nothing is known that its charges could bill; other kinds of report do not help."""
    zone, terms = force.terms.timezone, force.billed_terms
    metrics = [terms.metrics[name] for name in sorted(counted_metrics(terms))]
    if not has_activity and any(isinstance(metric, OF_ACTIVITY) for metric in metrics):
        there = reports_without_activity(contract=contract, period=period, zone=zone)
        if not there:
            return Hold(code=Code.NO_REPORTS, words=f"No report has arrived for {period.words(zone)}.")
        words = f"No activity is reported for {period.words(zone)}: active users cannot be counted from "
        return Hold(code=Code.NO_REPORTS, words=f"{words}{', '.join(there[:3])}, which only has numbers.")
    bills_reported = any(isinstance(metric, ReportedMetric) for metric in metrics)
    if bills_reported and not reported_days(contract=contract, period=period, zone=zone).daily:
        words = f"No day of {period.words(zone)} has a count from every instance. A missing count is never zero."
        return Hold(code=Code.NO_REPORTS, words=words)
    bills_accounts = any(isinstance(metric, ProvisionedMetric) for metric in metrics)
    if bills_accounts and not provisioned_levels(contract=contract, period=period):
        words = f"No number of provisioned users was stated up to the end of {period.words(zone)}."
        return Hold(code=Code.NO_REPORTS, words=f"{words} Record it with its date and its source.")
    return None


def _mixed_namespaces(evidence: EvidenceSet, period: Period, zone: str) -> Hold | None:
    """Hold a period with names and pseudonyms: one person under both would be counted twice."""
    ids = namespaces_of(evidence.files)
    if len(ids) < 2:
        return None
    return Hold(
        code=Code.MIXED_NAMESPACES,
        words=f"The reports for {period.words(zone)} hold {ids[PLAIN]:,} names and {ids[CUSTOMER_KEY]:,} pseudonyms: "
        "nobody can tell whether they are the same people. Ask for one kind, or say that they are different people.",
    )


def _days_missing(gaps: Gaps) -> Hold | None:
    return Hold(code=Code.DAYS_MISSING, words=gaps_in_words(gaps)) if gaps else None


def gaps_in_words(gaps: Gaps) -> str:
    """Say which days have no report, by instance: "Days without a report, York-1: 17 to 19 Oct 2026 (3 days)."."""
    return f"Days without a report, {_places(gaps)}." if gaps else ""


def _nothing_to_estimate_by(contract: Contract, force: TermsInForce, period: Period, gaps: Gaps) -> Hold | None:
    """Hold a period whose missing days are billed by an earlier period that was never counted: nothing is guessed."""
    if earlier_users(contract=contract, force=force, period=period):
        return None
    which = "the period before" if force.terms.gap_rule.applied == "prior_period" else "an earlier period of the term"
    return Hold(
        code=Code.DAYS_MISSING,
        words=f"Days without a report, {_places(gaps)}. The contract bills them by {which}, and none was counted.",
    )


def _places(gaps: Gaps) -> str:
    return "; ".join(f"{name}: {days_in_words(days)}" for name, days in gaps.missing.items())


def days_in_words(days: list[date]) -> str:
    """Write days as spans: "17 to 19 Oct 2026 (3 days), 24 Oct 2026 (1 day)"."""
    return ", ".join(f"{span.words()} ({span.days} day{'s' if span.days > 1 else ''})" for span in spans_of_days(days))
