"""The month at the desk: every period that ends in it, with its state, count, amount and change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from billing.models import BillingPeriod
from ground.actor import Actor
from licenses.models import Contract
from rollcall.money import exact_sum
from rollcall.period import Period

OUTLIER_PERCENT = Decimal(10)


@dataclass(frozen=True, kw_only=True)
class PeriodLine:
    """One period of one contract: the users of its main charge, the amount of all its charges before tax.

    `active_users` is an estimate while the period is open. `net_amount` is None until every charge is rated.

    Where the contract bills reported users, `reported_users` has their number and `active_users` is None.

    `period_before` is the key of the period that `users_before` are of.

    `change_percent` compares the users with the period before, one decimal; None where there is nothing to compare.
    """

    period: BillingPeriod
    customer_name: str
    contract_number: str
    state: str
    reason: str
    active_users: int | None
    reported_users: int | None
    users_before: int | None
    period_before: int | None
    change_percent: Decimal | None
    net_amount: Decimal | None
    currency: str
    is_estimate: bool
    is_outlier: bool


@dataclass(frozen=True, kw_only=True)
class MonthTotal:
    """All periods of a month in one state: how many contracts, users and, per currency, how much before tax."""

    state: str
    contracts: int
    active_users: int
    amounts: dict[str, Decimal]


def month_bounds(month: date) -> tuple[date, date]:
    """The first day of the month in which a day lies, and the first day of the next."""
    first = month.replace(day=1)
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first, after


def periods_of_month(*, actor: Actor, month: date) -> QuerySet[BillingPeriod]:
    """The regular periods the actor may see whose last day lies in the month, by contract."""
    first, after = month_bounds(month)
    ending = {"period__endswith__gt": first, "period__endswith__lte": after}
    periods = BillingPeriod.objects.for_actor(actor).filter(kind=BillingPeriod.Kind.REGULAR, **ending)
    return periods.order_by("contract__number", "charge_key", "period")


def closed_periods(*, contract: Contract) -> list[Period]:
    """The periods of a contract that are invoiced: what their facts become is a true-up. Oldest first."""
    rows = BillingPeriod.objects.filter(contract=contract, state=BillingPeriod.State.INVOICED).only("period")
    return sorted({row.span for row in rows})


def month_lines(*, actor: Actor, month: date) -> list[PeriodLine]:
    """The lines of the billing run for one month, as far as the actor may see them."""
    actor.require_vendor()
    rows = list(
        periods_of_month(actor=actor, month=month).select_related(
            "contract__customer", "count", "invoice", "contract_version"
        )
    )
    together: dict[tuple[int, date], list[BillingPeriod]] = {}
    for row in rows:
        together.setdefault((row.contract_id, row.span.start), []).append(row)
    before = _users_before(rows)
    return [_line(charges, before.get(key)) for key, charges in together.items()]


def month_totals(lines: Iterable[PeriodLine]) -> list[MonthTotal]:
    """Sum lines by state, in the order in which a period passes through them; states without a line are left out."""
    by_state: dict[str, list[PeriodLine]] = {}
    for line in lines:
        by_state.setdefault(line.state, []).append(line)
    return [_total(state, by_state[state]) for state in BillingPeriod.State.values if state in by_state]


def _total(state: str, lines: Sequence[PeriodLine]) -> MonthTotal:
    currencies = sorted({line.currency for line in lines if line.net_amount is not None})
    return MonthTotal(
        state=state,
        contracts=len({line.period.contract_id for line in lines}),
        active_users=sum(line.active_users or 0 for line in lines),
        amounts={
            currency: exact_sum(
                line.net_amount for line in lines if line.net_amount is not None and line.currency == currency
            )
            for currency in currencies
        },
    )


def _users_before(rows: Sequence[BillingPeriod]) -> dict[tuple[int, date], tuple[int, int]]:
    """The period that ended where each of these begins, with its users, active or reported."""
    ends = {row.span.start for row in rows}
    found = BillingPeriod.objects.filter(
        contract__in={row.contract_id for row in rows},
        kind=BillingPeriod.Kind.REGULAR,
        is_main=True,
        period__endswith__in=ends,
        count__isnull=False,
    ).values_list("pk", "contract_id", "period", "count__active_users", "count__reported_users")
    return {
        (contract, days.upper): (pk, (reported or 0) if active is None else active)
        for pk, contract, days, active, reported in found
    }


def _line(charges: Sequence[BillingPeriod], earlier: tuple[int, int] | None) -> PeriodLine:
    row = next((charge for charge in charges if charge.is_main), charges[0])
    count = row.count
    period_before, before = earlier if earlier is not None else (None, None)
    users = count.users if count is not None else None
    change = None
    if users is not None and before:
        change = (Decimal(users - before) * 100 / Decimal(before)).quantize(Decimal("0.1"))
    ratings = [charge.rating for charge in charges if charge.rating and charge.state not in ("open", "held")]
    net = exact_sum(Decimal(rating["net_amount"]) for rating in ratings) if len(ratings) == len(charges) else None
    terms = row.contract_version.terms if row.contract_version is not None else {}
    return PeriodLine(
        period=row,
        customer_name=row.contract.customer.name,
        contract_number=row.contract.number,
        state=row.state,
        reason=row.held_words,
        active_users=count.active_users if count is not None else None,
        reported_users=users if count is not None and count.is_reported else None,
        users_before=before,
        period_before=period_before,
        change_percent=change,
        net_amount=net,
        currency=str(row.rating["currency"]) if row.rating else str(terms.get("currency", "")),
        is_estimate=row.state in ("open", "held"),
        is_outlier=change is not None and abs(change) >= OUTLIER_PERCENT,
    )
