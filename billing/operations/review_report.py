"""After a report was read or withdrawn: count again what it touches, and do what each period's state asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from billing.causes import Cause, cause_of_report, cause_of_withdrawal
from billing.models import BillingPeriod
from billing.operations.close_period import close_period
from billing.operations.estimate_period import estimate_period
from billing.operations.open_periods import open_periods
from billing.operations.settle_period import WORKER, settle_period
from billing.operations.settle_term import later_periods
from billing.rerating import standing_force
from ground.faults import fault_point
from licenses.models import Contract, Instance
from licenses.queries import NothingAgreed, latest_version, terms_of
from licenses.ranges import range_of
from rollcall.period import Period, civil_day
from rollcall.terms.fields import TermsRefused
from usage.models import UsageReport

State = BillingPeriod.State


@dataclass(frozen=True, kw_only=True)
class Review:
    """What one report changed: estimates written, periods closed again, true-ups that stand proposed (by public id)."""

    estimated: int = 0
    closed_again: int = 0
    proposed: tuple[str, ...] = ()
    # Billed periods that are reached and cannot be rated again, each in a sentence.
    not_settled: tuple[str, ...] = ()


def review_report(*, report_id: int, now: datetime) -> Review:
    """Review every period that the report's span touches, and what was billed after it in the same term.

    An open period gets its estimate. A held or drafted one is closed again, which releases it or redrafts it. An
    invoiced one is rated again under the versions by which it stands, and a true-up is proposed when it differs; where
    that settles an estimate, it is accepted as the contract says. Pools, peaks and commitments move with it: a later
    period of the term whose rating moves gets a proposal of its own, of the same cause.
    Run again, it changes and proposes nothing new.
    """
    report = UsageReport.objects.select_related("contract").get(pk=report_id)
    if report.covers is None:
        return Review()
    open_periods(actor=WORKER, contract=report.contract, today=_today(report.contract, now))
    return review_touched(contract=report.contract, touched=_touched(report), cause=cause_of_report(report), now=now)


def review_instance(*, instance_id: int, now: datetime) -> Review:
    """Review every period of the contract of an instance, after one of its reports was withdrawn."""
    instance = Instance.objects.select_related("contract").get(pk=instance_id)
    rows = BillingPeriod.objects.filter(contract=instance.contract, kind=BillingPeriod.Kind.REGULAR).only("period")
    touched = sorted({row.span for row in rows})
    return review_touched(contract=instance.contract, touched=touched, cause=cause_of_withdrawal(instance), now=now)


def review_touched(*, contract: Contract, touched: Sequence[Period], cause: Cause, now: datetime) -> Review:
    """Review these periods, the facts of which changed, and what was billed after them in their terms."""
    estimated, closed_again, proposed, not_settled = 0, 0, list[str](), list[str]()
    for period in _with_later_ones(contract, touched):
        rows = _rows(contract, period)
        states = {row.state for row in rows}
        if State.OPEN in states and period in touched:
            estimated += estimate_period(actor=WORKER, contract=contract, period=period, now=now)
        if states & _closed_again(is_touched=period in touched):
            today = civil_day(now, rows[0].zone)
            closed_again += close_period(actor=WORKER, contract=contract, period=period, now=now, today=today).changed
        if State.INVOICED in states:
            try:
                proposed += settle_period(
                    contract=contract, period=period, force_of=standing_force, cause=cause, now=now
                )
            except TermsRefused as refused:
                not_settled.append(f"{period.words()}: {refused.sentence}")
        fault_point("review.after_period")
    return Review(
        estimated=estimated, closed_again=closed_again, proposed=tuple(proposed), not_settled=tuple(not_settled)
    )


def _with_later_ones(contract: Contract, touched: Sequence[Period]) -> list[Period]:
    """The periods that are touched, and those of their term after the first that was billed: it may move them all."""
    billed = BillingPeriod.objects.filter(
        contract=contract, kind=BillingPeriod.Kind.REGULAR, is_in_advance=False, state=State.INVOICED
    )
    first = min({row.span for row in billed.only("period")} & set(touched), default=None)
    later = [] if first is None else [period for period, _ in later_periods(contract=contract, after=first)]
    return sorted({*touched, *later})


def _closed_again(*, is_touched: bool) -> frozenset[str]:
    """The states in which a period is closed again; what waits for a report waits for its own."""
    return frozenset({State.HELD, State.DRAFTED}) if is_touched else frozenset({State.DRAFTED})


def _today(contract: Contract, now: datetime) -> date:
    """The civil day in the contract's newest zone."""
    try:
        return civil_day(now, terms_of(latest_version(contract=contract)).timezone)
    except NothingAgreed:
        return now.date()


def _rows(contract: Contract, period: Period) -> list[BillingPeriod]:
    rows = BillingPeriod.objects.filter(contract=contract, kind=BillingPeriod.Kind.REGULAR, period=range_of(period))
    return list(rows.select_related("count", "contract_version", "invoice").order_by("pk"))


def _touched(report: UsageReport) -> list[Period]:
    """The periods of the contract that share an instant with what the report covers, oldest first."""
    rows = BillingPeriod.objects.filter(
        contract_id=report.contract_id,
        kind=BillingPeriod.Kind.REGULAR,
        starts_at__lt=report.covers.upper,
        ends_at__gt=report.covers.lower,
    )
    return sorted({row.span for row in rows.only("period")})
