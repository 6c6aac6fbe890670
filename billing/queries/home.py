"""The customer's home: this cycle so far, and the last twelve months, per contract.

Answered under the portal's role, so only columns that it may read are asked for: states and counts of periods, never
the rating of a draft. Amounts come from finalized invoices.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import QuerySet

from billing.models import BillingPeriod, Invoice, Notice, RunningEstimate
from billing.running import known_through, weakest_grade
from ground.actor import Actor
from licenses.models import Contract
from licenses.queries import NothingAgreed, contracts_for, provisioned_at, terms_of, version_at
from rollcall.period import Period
from usage.models import ActiveUserCount, Grade

SERIES = 12
NOTICES = 6
READABLE = (
    "id",
    "customer_id",
    "contract_id",
    "charge_key",
    "kind",
    "is_main",
    "period",
    "zone",
    "starts_at",
    "ends_at",
    "state",
    "held_code",
    "held_words",
    "count",
    "contract_version",
    "invoice",
)


@dataclass(frozen=True, kw_only=True)
class CustomerMonth:
    """One period in the series: active users (an estimate until the period is drafted), billed users and amount.

    `reported_users` is set in place of active ones where the contract bills reported users.

    `billed_users` and `net_amount` are those of the finalized invoice, None before there is one.
    """

    period: Period
    zone: str
    state: str
    active_users: int | None
    reported_users: int | None
    is_estimate: bool
    provisioned_users: int | None
    billed_users: int | None
    net_amount: Decimal | None
    invoice_public_id: str
    held_words: str

    @property
    def users(self) -> int | None:
        """The users that the contract counts: active ones, or reported ones."""
        return self.reported_users if self.active_users is None else self.active_users


@dataclass(frozen=True, kw_only=True)
class ContractHome:
    """One contract of the customer: the cycle that runs, what it will look like, and the months before it.

    `estimate_users` is the count so far, made at `estimated_at`; None when nothing was counted yet. It is of reported
    users where `bills_reported`. `floor_users` is the least that is billed, None without a floor in users. `days_left`
    are days of the cycle after `today`.
    """

    contract: Contract
    current: CustomerMonth | None
    estimate_users: int | None
    bills_reported: bool
    estimated_at: datetime | None
    days_left: int
    floor_users: int | None
    provisioned_users: int | None
    held: tuple[CustomerMonth, ...]
    months: tuple[CustomerMonth, ...]
    # The last day that the estimate knows, the weakest evidence behind it, and its amount where it is kept.
    through: date | None = None
    grade_words: str = ""
    running: RunningEstimate | None = None
    notices: tuple[Notice, ...] = ()
    # The day from which the contract is billed, while a comparison alone is made.
    shadow_until: date | None = None


def contract_homes(*, actor: Actor, today: date) -> list[ContractHome]:
    """The home of every contract the actor may see, by contract number."""
    return [_home(actor, contract, today) for contract in contracts_for(actor).order_by("number")]


def _home(actor: Actor, contract: Contract, today: date) -> ContractHome:
    rows = list(_periods(actor, contract, today)[:SERIES])
    months = tuple(_month(row) for row in reversed(rows))
    current = next((row for row in rows if row.span.contains(today)), None)
    count = current.count if current is not None else None
    provisioned = provisioned_at(contract=contract, day=today)
    begins = current.span.start if current is not None else today
    shadow_until = contract.live_from if contract.live_from is not None and begins < contract.live_from else None
    return ContractHome(
        contract=contract,
        current=_month(current) if current is not None else None,
        estimate_users=count.users if count is not None else None,
        bills_reported=count is not None and count.is_reported,
        estimated_at=count.counted_at if count is not None else None,
        days_left=(current.span.last_day - today).days if current is not None else 0,
        floor_users=_floor_users(contract, today, current.charge_key if current is not None else ""),
        provisioned_users=provisioned.users if provisioned is not None else None,
        held=tuple(month for month in months if month.state == BillingPeriod.State.HELD),
        months=months,
        through=known_through([count]) if count is not None else None,
        grade_words=_grade_words(count),
        running=None if shadow_until or current is None else _running(actor, current),
        notices=tuple(_notices(actor, contract, current)) if current is not None else (),
        shadow_until=shadow_until,
    )


def _grade_words(count: ActiveUserCount | None) -> str:
    grade = weakest_grade([count]) if count is not None else ""
    return str(Grade(grade).label) if grade else ""


def _running(actor: Actor, current: BillingPeriod) -> RunningEstimate | None:
    return RunningEstimate.objects.for_actor(actor).filter(billing_period=current.pk).first()


def _notices(actor: Actor, contract: Contract, current: BillingPeriod) -> QuerySet[Notice]:
    """What was told of the running period, and of the term it lies in."""
    told = Notice.objects.for_actor(actor).filter(contract=contract, period__contains=current.period)
    return told.order_by("-at", "-pk")[:NOTICES]


def _periods(actor: Actor, contract: Contract, today: date) -> QuerySet[BillingPeriod]:
    """The periods of the contract's main charge that have begun, newest first."""
    periods = BillingPeriod.objects.for_actor(actor).filter(
        contract=contract, kind=BillingPeriod.Kind.REGULAR, is_main=True, period__startswith__lte=today
    )
    related = (
        "count__id",
        "count__active_users",
        "count__metric_kind",
        "count__reported_users",
        "count__counted_at",
        "count__evidence",
        "count__daily",
        "count__provisioned_users",
        "invoice__id",
        "invoice__public_id",
        "invoice__state",
        "invoice__net_amount",
        "invoice__snapshot",
    )
    return periods.select_related("count", "invoice").only(*READABLE, *related).order_by("-period")


def _month(row: BillingPeriod) -> CustomerMonth:
    """One row of the series. A draft is not the customer's to see yet, whoever asks."""
    invoice = row.invoice if row.invoice is not None and row.invoice.state == Invoice.State.FINALIZED else None
    count = row.count
    return CustomerMonth(
        period=row.span,
        zone=row.zone,
        state=row.state,
        active_users=count.active_users if count is not None else None,
        reported_users=count.users if count is not None and count.is_reported else None,
        is_estimate=row.state in (BillingPeriod.State.OPEN, BillingPeriod.State.HELD),
        provisioned_users=count.provisioned_users if count is not None else None,
        billed_users=invoice.frozen["counts"]["billed"] if invoice is not None else None,
        net_amount=invoice.net_amount if invoice is not None else None,
        invoice_public_id=invoice.public_id if invoice is not None else "",
        held_words=row.held_words,
    )


def _floor_users(contract: Contract, today: date, charge_key: str) -> int | None:
    try:
        version = version_at(contract=contract, day=today)
    except NothingAgreed:
        return None
    terms = terms_of(version)
    charge = terms.charges.get(charge_key) or next(iter(terms.charges.values()))
    return charge.floor.minimum_users if charge.floor is not None else None
