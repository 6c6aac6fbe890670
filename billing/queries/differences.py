"""The reconciliation desk: the list of differences, filtered and sorted, and one difference as a case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Abs

from billing.models import BillingPeriod, Difference, DifferenceEvent
from billing.operations.release_period import RELEASABLE
from billing.operations.take_difference import ROLES
from billing.queries.waterfall import Waterfall, waterfall_of
from ground.actor import Actor
from licenses.models import Instance, User
from licenses.ranges import instants_range
from rollcall.money import exact_sum
from usage.models import ActiveUserCount, UsageReport
from usage.queries.ownership import COUNTED_STATES
from usage.queries.quarantine import Quarantine, quarantine_of

State = Difference.State
SORTS: Mapping[str, Sequence[Any]] = {
    "age": ("found_at", "pk"),
    "money": (F("amount").desc(nulls_last=True), "pk"),
    "users": (Abs("users").desc(nulls_last=True), "pk"),
    "customer": ("customer__name", "period", "pk"),
    "period": ("-period", "customer__name", "pk"),
}
ME, NOBODY = "me", "nobody"


@dataclass(frozen=True, kw_only=True)
class DifferenceFilter:
    """What a person looks for. An unknown word chooses what is usual: open ones, the oldest first.

    `owner` is "me", "nobody" or "" for everybody; `find` looks into customer, contract number and words.
    """

    state: str = State.OPEN
    code: str = ""
    owner: str = ""
    find: str = ""
    sort: str = "age"

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "DifferenceFilter":
        """Read the query of a page."""
        state, code, sort = asked.get("state", ""), asked.get("code", ""), asked.get("sort", "")
        return cls(
            state=state if state in (*State.values, "all") else State.OPEN,
            code=code if code in Difference.Code.values else "",
            owner=asked.get("owner", "") if asked.get("owner", "") in (ME, NOBODY) else "",
            find=asked.get("find", "").strip()[:200],
            sort=sort if sort in SORTS else "age",
        )


def differences_for(*, actor: Actor, wanted: DifferenceFilter | None = None) -> QuerySet[Difference]:
    """Return the differences the vendor's people may see, filtered and sorted. Raises NotAllowed for customers."""
    actor.require_vendor()
    found = Difference.objects.for_actor(actor).select_related(
        "contract__customer__legal_entity", "billing_period__contract", "owner"
    )
    wanted = wanted or DifferenceFilter(state="all")
    if wanted.state != "all":
        found = found.filter(state=wanted.state)
    if wanted.code:
        found = found.filter(code=wanted.code)
    if wanted.owner:
        found = found.filter(owner=None) if wanted.owner == NOBODY else found.filter(owner_id=actor.user_id)
    if wanted.find:
        text = wanted.find
        found = found.filter(
            Q(customer__name__icontains=text) | Q(contract__number__icontains=text) | Q(words__icontains=text)
        )
    return found.order_by(*SORTS[wanted.sort])


def open_differences() -> int:
    """Return how many differences nobody has explained yet, for the desk's side bar."""
    return Difference.objects.filter(state=State.OPEN).count()


def money_at_stake(rows: Sequence[Difference]) -> dict[str, object]:
    """Return what hangs on these differences before tax, by currency."""
    known = [row for row in rows if row.amount is not None]
    return {
        currency: exact_sum(row.amount for row in known if row.currency == currency and row.amount is not None)
        for currency in sorted({row.currency for row in known})
    }


@dataclass(frozen=True, kw_only=True)
class DifferenceDetail:
    """One difference as a case: where it is, what else is open in its period, who may take it, what may be decided."""

    difference: Difference
    period: BillingPeriod | None
    count: ActiveUserCount | None
    waterfall: Waterfall | None
    siblings: tuple[Difference, ...]
    quarantines: tuple[Quarantine, ...]
    history: tuple[DifferenceEvent, ...]
    colleagues: tuple[User, ...]
    instances: tuple[Instance, ...]

    @property
    def may_release(self) -> bool:
        """Whether the period is held for a reason that a person may set aside."""
        period = self.period
        return period is not None and period.state == BillingPeriod.State.HELD and period.held_code in RELEASABLE

    @property
    def may_say(self) -> bool:
        """Whether an invoice is still to come that can name the difference."""
        period = self.period
        if period is None or period.state == BillingPeriod.State.INVOICED:
            return False
        return period.state != BillingPeriod.State.HELD or self.may_release

    @property
    def may_replay(self) -> bool:
        """Whether the period was counted, so that it can be compared with itself under other terms."""
        period = self.period
        return period is not None and period.rating is not None and period.state not in ("open", "held")


def difference_detail(*, actor: Actor, public_id: str) -> DifferenceDetail:
    """Return one difference with everything its page shows. Raises Difference.DoesNotExist."""
    row = differences_for(actor=actor).get(public_id=public_id)
    period = _period(row)
    return DifferenceDetail(
        difference=row,
        period=period,
        count=count_behind(row, period),
        waterfall=waterfall_of(row.facts),
        siblings=tuple(
            differences_for(actor=actor).filter(contract=row.contract_id, period=row.period).exclude(pk=row.pk)
        ),
        quarantines=tuple(_quarantines(row)),
        history=tuple(row.entries.order_by("pk")),
        colleagues=tuple(User.objects.filter(is_active=True, vendor_role__in=ROLES).order_by("full_name", "email")),
        instances=tuple(Instance.objects.filter(contract=row.contract_id).order_by("name")),
    )


def _period(row: Difference) -> BillingPeriod | None:
    if row.billing_period_id is None:
        return None
    rows = BillingPeriod.objects.select_related("count", "invoice", "contract_version", "contract")
    return rows.get(pk=row.billing_period_id)


def count_behind(row: Difference, period: BillingPeriod | None) -> ActiveUserCount | None:
    """Return the newest count of the metric that the period bills; before it was billed, the newest of its days."""
    counts = ActiveUserCount.objects.filter(contract=row.contract_id, period=row.period, zone=row.zone)
    if period is not None and period.count is not None:
        counts = counts.filter(metric_digest=period.count.metric_digest)
    return counts.order_by("pk").last()


def _quarantines(row: Difference) -> list[Quarantine]:
    reports = UsageReport.objects.filter(
        contract=row.contract_id,
        state__in=COUNTED_STATES,
        rows_quarantined__gt=0,
        covers__overlap=instants_range(row.span.instants(row.zone)),
    )
    return [quarantine_of(report) for report in reports.select_related("instance").order_by("pk")]


def days_open(row: Difference, now: datetime) -> int:
    """Return for how many whole days a difference was, or is, on the list."""
    return max(0, ((row.closed_at or now) - row.found_at).days)
