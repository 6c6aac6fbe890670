"""What counts as settled of a billed period: the usage of its bill, or of what was decided about it since.

Owns: which stored usage of a period later ratings start from. Does not own: the arithmetic, nor the decision.
Invariants: a waived difference stays waived, so its facts go into no later rating; an undecided one is taken as
accepted only where that is asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.models import BillingPeriod, TrueUp
from licenses.models import Contract
from licenses.ranges import range_of
from rollcall.period import Period, civil_day
from rollcall.terms.rules import TrueUpRule
from usage.models import ActiveUserCount
from usage.queries import is_current, latest_count
from usage.queries.reports import last_change

State = TrueUp.State
DECIDED = (State.ACCEPTED, State.WAIVED)
# What waits for somebody: the database has one such row per period at most.
OPEN_STATES = tuple(state for state in State.values if state not in (*DECIDED, State.SUPERSEDED))
# Evidence that comes and goes makes few counts of one period; the newest that still holds is among the last ones.
LOOKED_AT = 10


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The usage that stands for one row of a period. `rank` orders what was settled when: 0 is the bill.

    `may_be_newer` says that nothing waits for a decision and nothing was waived, so that what arrived since and
    changed no amount may stand in its place.
    """

    row: BillingPeriod
    usage: Mapping[str, Any] | None
    rank: int
    may_be_newer: bool


@dataclass(frozen=True, kw_only=True)
class SettledFacts:
    """The true-ups of a contract that stand, by their period: what was accepted last, and what is open or waived."""

    usage: Mapping[int, tuple[int, Mapping[str, Any]]]
    kept: frozenset[int]

    def of(self, row: BillingPeriod) -> Standing:
        """Return what stands for one row."""
        rank, usage = self.usage.get(row.pk, (0, row.rated_usage))
        is_billed = row.state == BillingPeriod.State.INVOICED
        return Standing(row=row, usage=usage, rank=rank, may_be_newer=is_billed and row.pk not in self.kept)


def settled_facts(*, contract: Contract, as_proposed: bool = False) -> SettledFacts:
    """Return what stands for the billed periods of a contract; `as_proposed` takes open proposals as accepted."""
    usage: dict[int, tuple[int, Mapping[str, Any]]] = {}
    last: dict[int, str] = {}
    states = [*DECIDED, *OPEN_STATES]
    rows = TrueUp.objects.filter(contract=contract, state__in=states)
    # What is open comes after everything that was decided about its period.
    for pk, period, state, after in rows.order_by("pk").values_list("pk", "billing_period_id", "state", "after_usage"):
        last[period] = state
        if state == State.ACCEPTED or (as_proposed and state in OPEN_STATES):
            usage[period] = (pk, after)
    return SettledFacts(
        usage=usage, kept=frozenset(period for period, state in last.items() if state != State.ACCEPTED)
    )


def is_too_late(*, rule: TrueUpRule, count: ActiveUserCount, period: Period) -> bool:
    """Whether a count holds by what arrived after the contract's window for settling a period."""
    # Most contracts agree on no window, and then nothing needs to be looked up.
    if rule.window_days is None:
        return False
    return rule.is_too_late(period.end, civil_day(_holds_since(count, period), count.zone))


def _holds_since(count: ActiveUserCount, period: Period) -> datetime:
    """Return since when a count holds: a count that was replaced and came back holds by what brought it back."""
    newest = latest_count(contract=count.contract, metric_digest=count.metric_digest, period=period, zone=count.zone)
    if newest is None or newest.pk == count.pk:
        return count.counted_at
    changed = last_change(contract=count.contract, period=period, zone=count.zone)
    return max(newest.counted_at, changed) if changed is not None else newest.counted_at


def standing_true_up(row: BillingPeriod) -> TrueUp | None:
    """Return the last true-up of a row that was not superseded: the one that waits, else the one decided last."""
    rows = TrueUp.objects.filter(billing_period=row).exclude(state=State.SUPERSEDED)
    return rows.order_by("pk").last()


def current_count(*, contract: Contract, metric_digest: str, period: Period, zone: str) -> ActiveUserCount | None:
    """Return the count of a metric in a period that rests on what is known now; None where it was not made yet."""
    # Evidence that comes and goes finds its older count again, so the newest row need not be the one that holds.
    made = ActiveUserCount.objects.filter(
        contract=contract, metric_digest=metric_digest, period=range_of(period), zone=zone
    ).order_by("-pk")
    return next(
        (count for count in made[:LOOKED_AT] if is_current(count=count, contract=contract, period=period, zone=zone)),
        None,
    )
