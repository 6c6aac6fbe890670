"""Before the bill: the estimates of all running periods in one line per currency, and what was told lately."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from billing.models import BillingPeriod, Notice, RunningEstimate
from billing.running import GRADES
from ground.actor import Actor
from licenses.models import Contract
from rollcall.money import exact_sum
from usage.models import Grade

NOTICES_SHOWN = 6
NOTICES_FOR = timedelta(days=31)


@dataclass(frozen=True, kw_only=True)
class EstimatesSoFar:
    """What the running periods come to: the sum per currency, of how many contracts, from when, on what evidence.

    `oldest_at` is the instant of the oldest count in it; `grades` counts the contracts by their weakest evidence, the
    weakest first; `without` counts those that have no estimate, by the reason. Comparisons of contracts that are not
    live are left out, `compared` says how many.
    """

    amounts: dict[str, Decimal]
    contracts: int
    of_contracts: int
    oldest_at: datetime | None
    oldest_day: date | None
    grades: tuple[tuple[str, int], ...]
    without: tuple[tuple[str, int], ...]
    compared: int


def estimates_so_far(*, actor: Actor, today: date) -> EstimatesSoFar:
    """Return the estimates of the periods that run on a day, of every contract the actor may see."""
    actor.require_vendor()
    open_rows = BillingPeriod.objects.for_actor(actor).filter(
        kind=BillingPeriod.Kind.REGULAR,
        is_main=True,
        is_in_advance=False,
        period__contains=today,
        state__in=(BillingPeriod.State.OPEN, BillingPeriod.State.HELD),
    )
    rows = list(
        RunningEstimate.objects.for_actor(actor)
        .filter(billing_period__in=open_rows)
        .select_related("contract")
        .order_by("contract_id")
    )
    live = [row for row in rows if row.contract.live_from is None or row.period.lower >= row.contract.live_from]
    known = [row for row in live if row.net_amount is not None]
    return EstimatesSoFar(
        amounts=_sums(known),
        contracts=len(known),
        of_contracts=open_rows.count(),
        oldest_at=min((row.counted_at for row in known if row.counted_at is not None), default=None),
        oldest_day=min((row.through for row in known if row.through is not None), default=None),
        grades=_grades(known),
        without=tuple(Counter(row.why_none for row in live if row.net_amount is None).most_common()),
        compared=len(rows) - len(live),
    )


def notices_for(*, actor: Actor, now: datetime, contract: Contract | None = None) -> list[Notice]:
    """Return what was told lately, the newest first: of all contracts the actor may see, or of one."""
    told = Notice.objects.for_actor(actor).filter(at__gte=now - NOTICES_FOR).select_related("contract__customer")
    if contract is not None:
        told = told.filter(contract=contract)
    return list(told.order_by("-at", "-pk")[:NOTICES_SHOWN])


def estimate_of(*, actor: Actor, contract: Contract, today: date) -> RunningEstimate | None:
    """Return the estimate of the period of a contract that runs on a day; None before the first look."""
    rows = RunningEstimate.objects.for_actor(actor).filter(contract=contract, period__contains=today)
    return rows.first()


def _sums(rows: Sequence[RunningEstimate]) -> dict[str, Decimal]:
    return {
        currency: exact_sum(row.net_amount or Decimal(0) for row in rows if row.currency == currency)
        for currency in sorted({row.currency for row in rows})
    }


def _grades(rows: Sequence[RunningEstimate]) -> tuple[tuple[str, int], ...]:
    found = Counter(row.grade for row in rows)
    return tuple((Grade(grade).label, found[grade]) for grade in GRADES if found[grade])
