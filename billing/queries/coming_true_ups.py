"""The settlements of commitments that are coming: when, for which charge, and how much by the users counted so far.

What is expected is the rating of the term as it would end if each period that is left looked like the one that runs.
It is an estimate and says so; what is billed is worked out from the counts of the day.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from billing.models import BillingPeriod
from billing.rating import Known, Quantities, closed_quantities, usage_document
from billing.terms_in_force import TermsInForce, counted_metrics, terms_in_force
from ground.actor import Actor
from ground.presentation.format import count_of
from licenses.models import Contract
from licenses.queries import NothingAgreed, contracts_for
from rollcall.money import exact_sum
from rollcall.period import Period
from rollcall.rating import Rating, TermUsage, rate_term
from rollcall.terms.charges import CONTRACT
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from rollcall.terms.limits import Limits
from rollcall.terms.over_periods.increase_over_bought import IncreaseOverBought

# A cycle of more days than a month has is itself a settlement: its bill comes once a quarter, or once a year.
LONGEST_MONTH = 31
# The lines that a commitment or a floor over the term adds to a bill.
OF_LIMITS = frozenset({"commitment", "overage", "shortfall", "floor"})
HIGHEST, COMMITMENT, MINIMUM, CYCLE = "highest", "commitment", "minimum", "cycle"
WORDS = {
    HIGHEST: "what goes beyond everything bought before",
    COMMITMENT: "overage above the commitment, or its shortfall",
    MINIMUM: "what is missing to the minimum of the term",
    CYCLE: "the bill of the whole cycle",
}
State = BillingPeriod.State
RUNNING = (State.OPEN, State.HELD)


@dataclass(frozen=True, kw_only=True)
class ComingTrueUp:
    """One settlement to come. `due` is the day after its period; the amount is before tax, None where none is known.

    `assumed` is the number of users that each period left is taken to have, in words; empty where nothing was counted.
    """

    contract: Contract
    charge_key: str
    period: Period
    zone: str
    due: date
    kind: str
    currency: str
    expected_amount: Decimal | None
    assumed: str
    is_running: bool

    @property
    def words(self) -> str:
        return WORDS[self.kind]


def coming_true_ups(*, actor: Actor, today: date) -> list[ComingTrueUp]:
    """Return what is coming under every contract the actor may see, the next first."""
    found = [
        coming
        for contract in contracts_for(actor).select_related("customer").order_by("number")
        for coming in coming_of(actor=actor, contract=contract, today=today)
    ]
    return sorted(found, key=lambda one: (one.due, one.contract.number, one.charge_key))


def coming_of(*, actor: Actor, contract: Contract, today: date) -> list[ComingTrueUp]:
    """Return what is coming under one contract until its term ends, the next first; `today` in the contract's zone.

    A customer's figures rest on what was counted, the vendor's on what was settled since, too.
    """
    try:
        force = _force(contract, today)
    except NothingAgreed:
        return []
    settled = list(_settled(force.terms, today))
    if not settled:
        return []
    running = _running(contract, force.terms)
    ratings = _expected(actor, contract, force, today, running)
    assumed = ", ".join(_in_words(given) for given in running.values())
    return [
        ComingTrueUp(
            contract=contract,
            charge_key=charge_key,
            period=period,
            zone=force.terms.timezone,
            due=period.end,
            kind=kind,
            currency=force.terms.currency,
            expected_amount=_amount(ratings[period], charge_key, kind) if period in ratings else None,
            assumed=assumed if period in ratings else "",
            is_running=period.contains(today),
        )
        for period, charge_key, kind in settled
    ]


def _force(contract: Contract, today: date) -> TermsInForce:
    force = terms_in_force(contract=contract, period=Period(today, today + timedelta(days=1)))
    period = force.terms.period_of(today)
    return force if period is None else terms_in_force(contract=contract, period=period)


def _settled(terms: ContractTerms, today: date) -> Iterator[tuple[Period, str, str]]:
    """Yield the period, the charge and the kind of each settlement that is not over, in order of time."""
    left = [period for period in terms.periods if period.end > today]
    limits = {**{key: charge.limits for key, charge in terms.charges.items()}, CONTRACT: terms.limits}
    for period in left:
        for key, limit in limits.items():
            kind = _kind(terms, key, limit, period)
            if kind:
                yield period, key, kind


def _kind(terms: ContractTerms, key: str, limits: Limits, period: Period) -> str:
    is_last = period.end == terms.term.end
    metric = terms.metric_of(key) if key in terms.charges else None
    if isinstance(getattr(metric, "over_periods", None), IncreaseOverBought):
        return HIGHEST
    if limits.commitment is not None and (limits.commitment.per == "cycle" or is_last):
        return COMMITMENT
    if limits.floor is not None and limits.floor.per == "term" and is_last:
        return MINIMUM
    counts = key in terms.charges and terms.charges[key].bill == "in_arrears" and metric is not None
    return CYCLE if counts and period.days > LONGEST_MONTH else ""


def _running(contract: Contract, terms: ContractTerms) -> dict[str, Mapping[str, Any]]:
    """Return what was counted last of each metric, the running period before those that are over."""
    rows = (
        BillingPeriod.objects.filter(
            contract=contract, kind=BillingPeriod.Kind.REGULAR, is_in_advance=False, count__isnull=False
        )
        .select_related("count")
        .only("id", "charge_key", "period", "state", "count")
        .order_by("-period", "pk")
    )
    found: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        charge = terms.charges.get(row.charge_key)
        if charge is not None and charge.metric is not None and charge.metric not in found and row.count is not None:
            found[charge.metric] = row.count.given()
        if len(found) == len(counted_metrics(terms)):
            break
    return found


def _expected(
    actor: Actor, contract: Contract, force: TermsInForce, today: date, running: Mapping[str, Mapping[str, Any]]
) -> dict[Period, Rating]:
    """Rate the term with what is closed and, for the periods left, what was counted last; empty where that cannot be.

    Periods that are over and not closed yet are taken as they were counted.
    """
    terms = force.terms
    if set(running) < counted_metrics(terms):
        return {}
    known = _closed(actor, contract, force)
    first = max((period.end for period in known), default=terms.term.start)
    left = [period for period in terms.periods if period.start >= first]
    for period in left:
        own = _counted(contract, terms, period)
        known[period] = Known(
            quantities={name: own.get(name) or _moved(given, period) for name, given in running.items()}
        )
    start, *later = force.all_terms
    try:
        rated = rate_term(
            terms=start.terms, usage=TermUsage.from_json(usage_document(known)), amendments=later, name=start.name
        )
    except TermsRefused:
        return {}
    return {period: rated.of(period) for period in known if period.end > today}


def _closed(actor: Actor, contract: Contract, force: TermsInForce) -> Quantities:
    """Return what is known of the periods that are closed, from the start of the term without a gap."""
    terms = force.terms
    if actor.is_vendor:
        end = Period(terms.term.end, terms.term.end + timedelta(days=1))
        return closed_quantities(contract=contract, force=force, before=end)
    known: Quantities = {}
    for period in terms.periods:
        own = _counted(contract, terms, period, states=(State.COUNTED, State.DRAFTED, State.INVOICED))
        if not counted_metrics(terms) <= set(own):
            break
        known[period] = Known(quantities=own)
    return known


def _counted(
    contract: Contract, terms: ContractTerms, period: Period, states: tuple[str, ...] = RUNNING
) -> dict[str, Mapping[str, Any]]:
    """Return the counts that stand on the rows of a period, by metric."""
    rows = BillingPeriod.objects.filter(
        contract=contract,
        kind=BillingPeriod.Kind.REGULAR,
        period=(period.start, period.end),
        state__in=states,
        count__isnull=False,
    )
    found: dict[str, Mapping[str, Any]] = {}
    for row in rows.select_related("count").only("id", "charge_key", "state", "count"):
        charge = terms.charges.get(row.charge_key)
        if charge is not None and charge.metric is not None and row.count is not None:
            found[charge.metric] = row.count.given()
    return found


def _moved(given: Mapping[str, Any], period: Period) -> Mapping[str, Any]:
    """Return a quantity as if it were of another period: of daily numbers, the last one on its first day."""
    day = period.start.isoformat()
    for form in ("daily_users", "levels"):
        if given.get(form):
            return {form: {day: given[form][max(given[form])]}}
    if "daily_users_by_instance" in given:
        series = given["daily_users_by_instance"]
        return {"daily_users_by_instance": {name: {day: days[max(days)]} for name, days in series.items() if days}}
    return {form: value for form, value in given.items() if form != "look_back_missing_days"}


def _amount(rating: Rating, charge_key: str, kind: str) -> Decimal:
    """Return what a settlement comes to: of a limit its own lines, else everything that the charge bills."""
    lines = [line for line in rating.lines if line.charge == charge_key]
    if kind in (COMMITMENT, MINIMUM):
        lines = [line for line in lines if line.kind in OF_LIMITS]
    return exact_sum(line.amount for line in lines)


def _in_words(given: Mapping[str, Any]) -> str:
    """Write what is assumed of a metric: "120 users"."""
    daily = given.get("daily_users") or given.get("levels")
    if daily:
        return count_of(daily[max(daily)], "user")
    if "daily_users_by_instance" in given:
        return count_of(sum(days[max(days)] for days in given["daily_users_by_instance"].values() if days), "user")
    return count_of(given["users"], "user") if "users" in given else str(given.get("quantity", ""))
