"""Replay a contract's past under other terms: what its last periods would have counted and cost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing.counting import count_metrics
from billing.models import BillingPeriod
from billing.rating import Known, known_from, usage_document
from billing.terms_in_force import TermsInForce
from ground.actor import Actor
from licenses.models import Contract
from licenses.queries import NothingAgreed, version_at
from rollcall.money import exact_sum, plain
from rollcall.period import Period
from rollcall.rating import TermUsage, rate_term
from rollcall.rating.result import Rating
from rollcall.terms.contract import ContractTerms
from usage.models import ActiveUserCount
from usage.operations.count_period import NothingReported

MOST_PERIODS = 12
State = BillingPeriod.State

Progress = Callable[[int, int, str], None]


class NothingToReplay(Exception):
    """No period of the contract is over and counted, so there is nothing to compare with."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One period of one side: what it came to before tax, and its counts by metric."""

    period: Period
    net_amount: str
    counts: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        """Return the side as a job keeps it; counts are kept by their id, so that no name lies in a job."""
        return {
            "start": self.period.start.isoformat(),
            "end": self.period.end.isoformat(),
            "net_amount": self.net_amount,
            "counts": dict(self.counts),
        }


def replay_contract(
    *,
    actor: Actor,
    contract: Contract,
    terms: Mapping[str, Any],
    periods: int,
    now: datetime,
    until: date | None = None,
    progress: Progress = lambda done, total, words: None,
) -> dict[str, Any]:
    """Return both sides of the last `periods` closed periods: as they were billed, and under the given terms.

    With `until`, of those that end by that day (exclusive).

    Where definition, zone or cycle differ the evidence is counted anew, over the cycles of the new terms that lie in
    the same days; counts are facts of their own and change no period. {"currency", "before": [...], "after": [...]}.
    Raises NotAllowed, NothingToReplay, TermsRefused.
    """
    actor.require_vendor()
    closed = closed_rows(contract, min(periods, MOST_PERIODS), until)
    if not closed:
        raise NothingToReplay(f"No period of contract {contract.number} was counted yet.")
    before = [_as_billed(period, rows) for period, rows in closed.items()]
    days = Period(min(closed).start, max(closed).end)
    after = stretched(ContractTerms.from_json(terms), days)
    wanted = [period for period in after.periods if days.contains(period)]
    counted: dict[Period, dict[str, ActiveUserCount]] = {}
    for done, period in enumerate(wanted):
        progress(done, len(wanted), f"counting {period.words()}")
        counted[period] = _count(contract, after, period, now)
    rated = _rate(after, counted)
    progress(len(wanted), len(wanted), "rated")
    return {
        "currency": after.currency,
        "before": [side.to_json() for side in before],
        "after": [
            Side(
                period=rating.period,
                net_amount=plain(rating.net_amount),
                counts={name: count.pk for name, count in counted[rating.period].items()},
            ).to_json()
            for rating in rated
        ],
    }


def closed_rows(contract: Contract, most: int, until: date | None = None) -> dict[Period, list[BillingPeriod]]:
    """Return the rows of the last closed periods, or of the last that end by a day; the oldest period first."""
    rows = BillingPeriod.objects.filter(
        contract=contract,
        kind=BillingPeriod.Kind.REGULAR,
        state__in=(State.COUNTED, State.DRAFTED, State.INVOICED),
    ).select_related("count")
    found: dict[Period, list[BillingPeriod]] = {}
    for row in rows:
        if row.rating is not None and (until is None or row.span.end <= until):
            found.setdefault(row.span, []).append(row)
    return {period: found[period] for period in sorted(found)[-most:]}


def stretched(terms: ContractTerms, days: Period) -> ContractTerms:
    """Return terms whose term covers these days, too: a price is tried on months that lie before its contract."""
    start, end = min(terms.term.start, days.start), max(terms.term.end, days.end)
    document = terms.to_json() | {"term": {"start": start.isoformat(), "end": end.isoformat()}}
    return ContractTerms.from_json(document)


def _as_billed(period: Period, rows: Sequence[BillingPeriod]) -> Side:
    counts = {row.count.metric_name: row.count.pk for row in rows if row.count is not None}
    amounts = [Decimal(row.rating["net_amount"]) for row in rows if row.rating is not None]
    return Side(period=period, net_amount=plain(exact_sum(amounts)), counts=counts)


def _count(contract: Contract, terms: ContractTerms, period: Period, now: datetime) -> dict[str, ActiveUserCount]:
    try:
        version = version_at(contract=contract, day=period.start)
        return count_metrics(
            contract=contract, force=TermsInForce(version=version, terms=terms), period=period, now=now
        )
    except (NothingReported, NothingAgreed):
        return {}


def _rate(terms: ContractTerms, counted: Mapping[Period, Mapping[str, ActiveUserCount]]) -> list[Rating]:
    """Rate the periods of which everything is known, as one term."""
    known: dict[Period, Known] = {}
    for period, counts in counted.items():
        if terms.billed_metrics <= set(counts):
            known[period] = known_from(counts, 0)
    if not known:
        return []
    return list(rate_term(terms=terms, usage=TermUsage.from_json(usage_document(known))).periods)
