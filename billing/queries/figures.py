"""Twelve months in figures: active users and revenue of all contracts, by the month in which a period ends."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from billing.models import BillingPeriod
from billing.queries.month import month_bounds, periods_of_month
from ground.actor import Actor
from rollcall.money import exact_sum


@dataclass(frozen=True, kw_only=True)
class MonthFigures:
    """One month: active users of the counted periods, amounts before tax per currency, and how complete it is."""

    month: date
    active_users: int
    amounts: dict[str, Decimal]
    contracts: int
    contracts_counted: int


def monthly_figures(*, actor: Actor, until: date, months: int = 12) -> list[MonthFigures]:
    """The figures of the last `months` months up to the one in which `until` lies, oldest first."""
    actor.require_vendor()
    wanted = [month_bounds(until)[0]]
    while len(wanted) < months:
        wanted.append((wanted[-1] - timedelta(days=1)).replace(day=1))
    return [_figures(actor, month) for month in reversed(wanted)]


def _figures(actor: Actor, month: date) -> MonthFigures:
    rows = list(
        periods_of_month(actor=actor, month=month).values_list(
            "contract_id", "state", "count__active_users", "rating__currency", "rating__net_amount", "is_main"
        )
    )
    counted = [row for row in rows if row[1] not in (BillingPeriod.State.OPEN, BillingPeriod.State.HELD)]
    currencies = sorted({row[3] for row in counted})
    return MonthFigures(
        month=month,
        active_users=sum(row[2] or 0 for row in counted if row[5]),
        amounts={
            currency: exact_sum(Decimal(row[4]) for row in counted if row[3] == currency) for currency in currencies
        },
        contracts=len({row[0] for row in rows}),
        contracts_counted=len({row[0] for row in counted}),
    )
