"""Twelve months in figures: active users and revenue of all contracts, by the month in which a period ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.backends.postgresql.psycopg_any import DateRange

from billing.models import BillingPeriod
from billing.queries.month import Bill, billed_amounts, month_bounds, periods_of_month, rated_amount
from ground.actor import Actor

State = BillingPeriod.State
READ = (
    "contract_id", "contract__live_from", "period", "state", "is_main", "count__active_users", "rating__currency",
    "rating__net_amount", "invoice__public_id", "invoice__net_amount", "invoice__currency",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class MonthFigures:
    """One month: active users of the counted periods, amounts before tax per currency, and how complete it is.

    What is only compared, and never billed, is in none of them.
    """

    month: date
    active_users: int
    amounts: dict[str, Decimal]
    contracts: int
    contracts_counted: int


class _Row(NamedTuple):
    """One charge of one period, in the order of READ."""

    contract: int
    live_from: date | None
    period: DateRange
    state: str
    is_main: bool
    active_users: int | None
    currency: str | None
    rated: str | None
    document: str | None
    document_amount: Decimal | None
    document_currency: str | None


def monthly_figures(*, actor: Actor, until: date, months: int = 12) -> list[MonthFigures]:
    """The figures of the last `months` months up to the one in which `until` lies, oldest first."""
    actor.require_vendor()
    wanted = [month_bounds(until)[0]]
    while len(wanted) < months:
        wanted.append((wanted[-1] - timedelta(days=1)).replace(day=1))
    return [_figures(actor, month) for month in reversed(wanted)]


def _figures(actor: Actor, month: date) -> MonthFigures:
    """Read one month as its close adds it up: the document where there is one, and no shadow."""
    together: dict[tuple[int, date], list[_Row]] = {}
    for row in periods_of_month(actor=actor, month=month).values_list(*READ):
        charge = _Row(*row)
        if charge.live_from is None or charge.live_from <= charge.period.lower:
            together.setdefault((charge.contract, charge.period.lower), []).append(charge)
    lines = [next((row for row in charges if row.is_main), charges[0]) for charges in together.values()]
    counted = [line for line in lines if line.state not in (State.OPEN, State.HELD)]
    return MonthFigures(
        month=month,
        active_users=sum(line.active_users or 0 for line in counted if line.is_main),
        amounts=billed_amounts(_bill(line, charges) for line, charges in zip(lines, together.values(), strict=True)),
        contracts=len({line.contract for line in lines}),
        contracts_counted=len({line.contract for line in counted}),
    )


def _bill(line: _Row, charges: Sequence[_Row]) -> Bill:
    """Return what a period brings to the sum, the same as its line in the close."""
    if line.document is not None and line.document_amount is not None:
        return Bill(currency=line.document_currency or "", amount=line.document_amount, document=line.document)
    return Bill(currency=line.currency or "", amount=rated_amount((row.state, row.rated) for row in charges))
