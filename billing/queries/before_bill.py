"""Before the bill: the estimates of all running periods in one line per currency, and what was told lately."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from billing.models import BillingPeriod, Notice, NoticePreference, RunningEstimate
from billing.running import GRADES
from ground.actor import Actor
from licenses.models import Contract
from rollcall.money import exact_sum
from usage.models import Grade

NOTICES_SHOWN = 6
NOTICES_FOR = timedelta(days=31)
ABOUT = {
    Notice.Kind.FLOOR.value: "50, 75, 90 and 100 % of a floor",
    Notice.Kind.COMMITMENT.value: "50, 75, 90 and 100 % of a commitment",
    Notice.Kind.POOL.value: "50, 75, 90 and 100 % of a credit",
    Notice.Kind.CAP.value: "50, 75, 90 and 100 % of a cap",
    Notice.Kind.AHEAD.value: "a period that runs ahead of the last three",
}


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


@dataclass(frozen=True, kw_only=True)
class BeforeBill:
    """What the page of a contract says before the bill: the estimate, what was told, and who is mailed about what.

    `kinds` are (kind, words, whether it is mailed).
    """

    estimate: RunningEstimate | None
    notices: tuple[Notice, ...]
    kinds: tuple[tuple[str, str, bool], ...]
    to_customer: bool
    to_vendor: bool


def before_bill_of(*, actor: Actor, contract: Contract, now: datetime, today: date) -> BeforeBill:
    """Return what is known and told before the bill of one contract. For the vendor. Raises NotAllowed."""
    actor.require_vendor()
    preference = NoticePreference.objects.filter(contract=contract).first()
    off = preference.off_kinds if preference is not None else []
    return BeforeBill(
        estimate=estimate_of(actor=actor, contract=contract, today=today),
        notices=tuple(notices_for(actor=actor, now=now, contract=contract)),
        kinds=tuple((kind, ABOUT[kind], kind not in off) for kind in Notice.Kind.values),
        to_customer=preference is None or preference.is_sent_to_customer,
        to_vendor=preference is None or preference.is_sent_to_vendor,
    )
