"""Rate an invoiced period again by the facts, or the terms, of now, and propose the difference per charge."""

from collections.abc import Callable
from datetime import datetime

from billing.causes import Cause
from billing.counting import count_metrics
from billing.gaps import days_by_rule
from billing.models import BillingPeriod, TrueUp
from billing.operations.decide_true_up import decide_true_up
from billing.operations.propose_true_up import last_decided, propose_true_up
from billing.rating import (
    advance_usage,
    closed_quantities,
    estimated_users,
    known_from,
    missing_days_in,
    rate_document,
    usage_document,
)
from billing.settled_facts import OPEN_STATES
from billing.terms_in_force import TermsInForce, counted_metrics, stored_force, terms_in_force
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


def standing_force(row: BillingPeriod) -> TermsInForce:
    """Return the versions by which a period stands: those of what is proposed, else decided last, else of its bill."""
    waiting = TrueUp.objects.filter(billing_period=row, state__in=OPEN_STATES).order_by("pk").last()
    standing, rated = waiting or last_decided(row), row.rated
    rating = standing.after_rating if standing is not None else rated.rating
    return stored_force(contract=row.contract, version=rated.version, rating=rating, period=row.span)


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
    missing_days = 0
    if row.is_in_advance:
        usage = advance_usage(contract=contract, force=force, period=row.span)
    else:
        quantities = closed_quantities(contract=contract, force=force, before=row.span, as_proposed=True)
        missing_days = _still_missing(row, contract, force)
        quantities[row.span] = known_from(counts, missing_days)
        usage = usage_document(quantities)
    # A charge that is agreed no longer comes to nothing, whatever was counted for it.
    is_agreed = row.charge_key in force.billed_keys
    true_up = propose_true_up(
        actor=WORKER,
        period=row,
        force=force,
        count=counts.get(force.metric_of(row.charge_key) or "") if is_agreed else row.count,
        rating=rate_document(force=force, usage=usage, period=row.span, charge_key=row.charge_key),
        usage=usage,
        now=now,
    )
    if true_up is not None and _settles_an_estimate(true_up, missing_days):
        decide_true_up(actor=WORKER, true_up=true_up, accept=True, reason=DAYS_ARRIVED, now=now)
    return true_up


def _still_missing(row: BillingPeriod, contract: Contract, force: TermsInForce) -> int:
    """The days of an invoiced period to which the gap rule is still applied: never more than when it was billed."""
    then = missing_days_in(row.rated_usage, row.span)
    if not then:
        return 0
    return min(then, days_by_rule(contract=contract, force=force, period=row.span, released=row.released_codes))


def _settles_an_estimate(true_up: TrueUp, missing_days: int) -> bool:
    """Whether the days have arrived that were billed by an estimate: to settle them is what the contract agreed on."""
    waits = true_up.state == TrueUp.State.PROPOSED and true_up.previous_id is None
    return waits and not missing_days and estimated_users(true_up.before_rating) > 0
