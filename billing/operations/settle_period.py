"""Rate an invoiced period again by the facts, or the terms, of now, and propose the difference per charge."""

from collections.abc import Callable
from datetime import datetime

from billing.causes import Cause
from billing.counting import count_metrics
from billing.models import BillingPeriod, TrueUp
from billing.operations.decide_true_up import decide_true_up
from billing.operations.propose_true_up import propose_true_up
from billing.rating import estimated_users
from billing.rerating import rate_again
from billing.terms_in_force import TermsInForce, counted_metrics, terms_in_force
from ground.actor import Actor
from licenses.models import Contract
from licenses.ranges import range_of
from rollcall.period import Period
from usage.files import NamesErased
from usage.models import ActiveUserCount
from usage.operations.count_period import NothingReported

WORKER = Actor.system("worker")
# Printed on the invoice that settles an estimate.
DAYS_ARRIVED = "The days that were billed by an estimate were reported."
State = BillingPeriod.State
ForceOf = Callable[[BillingPeriod], TermsInForce]


def force_of_now(row: BillingPeriod) -> TermsInForce:
    """Return the versions that are agreed now, later amendments among them."""
    return terms_in_force(contract=row.contract, period=row.span)


def settle_period(*, contract: Contract, period: Period, force_of: ForceOf, cause: Cause, now: datetime) -> list[str]:
    """Propose what every invoiced charge of a period differs by; return the public ids of the proposals that stand.

    `force_of` chooses the versions by which the period is rated again. What is proposed for earlier periods of the
    term counts as accepted, so that the proposals of one cause add up; `settle_term` goes on with the later ones. A
    true-up that settles an estimate is accepted, as the contract says. A missing count is never zero: without one
    nothing is proposed.
    """
    rows = BillingPeriod.objects.filter(
        contract=contract, kind=BillingPeriod.Kind.REGULAR, period=range_of(period), state=State.INVOICED
    )
    proposed = []
    counts: dict[str, ActiveUserCount] | None = {}
    for row in rows.select_related("count", "contract", "contract_version", "invoice").order_by("pk"):
        force = force_of(row)
        counts = _counts(contract, force, row, now)
        if counts is None:
            continue
        true_up = _propose(row, contract, force, counts, cause, now)
        if true_up is not None:
            proposed.append(true_up.public_id)
    return proposed


def _counts(
    contract: Contract, force: TermsInForce, row: BillingPeriod, now: datetime
) -> dict[str, ActiveUserCount] | None:
    if row.is_in_advance or not counted_metrics(force.billed_terms):
        return {}
    try:
        return count_metrics(contract=contract, force=force, period=row.span, now=now)
    except (NothingReported, NamesErased):
        return None


def _propose(
    row: BillingPeriod,
    contract: Contract,
    force: TermsInForce,
    counts: dict[str, ActiveUserCount],
    cause: Cause,
    now: datetime,
) -> TrueUp | None:
    again = rate_again(contract=contract, row=row, force=force, counts=counts)
    true_up = propose_true_up(
        actor=WORKER,
        period=row,
        count=again.count,
        rating=again.rating,
        usage=again.usage,
        now=now,
        kind=cause.kind,
        cause_key=cause.key,
    )
    if true_up is not None and _settles_an_estimate(true_up, again.missing_days):
        decide_true_up(actor=WORKER, true_up=true_up, accept=True, reason=DAYS_ARRIVED, now=now)
    return true_up


def _settles_an_estimate(true_up: TrueUp, missing_days: int) -> bool:
    """Whether the days have arrived that were billed by an estimate: to settle them is what the contract agreed on."""
    waits = true_up.state == TrueUp.State.PROPOSED and true_up.previous_id is None
    return waits and not missing_days and estimated_users(true_up.before_rating) > 0
