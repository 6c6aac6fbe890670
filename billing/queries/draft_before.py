"""An invoice beside the last three periods of its contract: users, amount, and how much each changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.models import BillingPeriod
from rollcall.money import exact_sum
from rollcall.period import Period

SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class PeriodBeside:
    """One period of the contract: the users of its main charge, and what all its charges came to before tax.

    `users_change` and `amount_change` are percent of the period before, one decimal; None where nothing is there to
    compare with, or that is zero. `is_this` marks what the page is about. `main` is the row to open.
    """

    period: Period
    main: BillingPeriod
    users: int | None
    net_amount: Decimal | None
    currency: str
    users_change: Decimal | None
    amount_change: Decimal | None
    is_this: bool


def periods_beside(*, periods: Sequence[BillingPeriod]) -> tuple[PeriodBeside, ...]:
    """Return the period that an invoice bills and up to three before it, newest first; nothing for a document of none.

    `periods` are the rows of the invoice. What it bills in advance for later periods is not compared. Amounts are
    what the rating says, without true-ups and adjustments, so that like stands beside like.
    """
    mains = [row for row in periods if row.is_main and not row.is_in_advance] or [row for row in periods if row.is_main]
    if not mains:
        return ()
    this = min(mains, key=lambda row: row.span)
    rows = BillingPeriod.objects.filter(
        contract_id=this.contract_id,
        kind=BillingPeriod.Kind.REGULAR,
        period__endswith__lte=this.span.end,
        rating__isnull=False,
    )
    spans = sorted({row.span for row in rows.only("period")} | {this.span}, reverse=True)[: SHOWN + 2]
    wanted = rows.filter(period__startswith__gte=spans[-1].start).select_related("count", "invoice")
    together: dict[Period, list[BillingPeriod]] = {}
    for row in wanted.order_by("charge_key"):
        together.setdefault(row.span, []).append(row)
    # One more than is shown, so that the oldest has something to be compared with.
    chain = [_facts(span, together.get(span, []), this) for span in spans]
    changed = [_compared(*pair) for pair in zip(chain, [*chain[1:], None], strict=True)]
    return tuple(one for one in changed if one is not None)[: SHOWN + 1]


def _facts(span: Period, charges: Sequence[BillingPeriod], this: BillingPeriod) -> PeriodBeside | None:
    main = next((row for row in charges if row.is_main), None)
    if main is None:
        return None
    return PeriodBeside(
        period=span,
        main=main,
        users=main.count.users if main.count is not None else None,
        net_amount=_net(charges),
        currency=main.rating["currency"] if main.rating else "",
        users_change=None,
        amount_change=None,
        is_this=span == this.span,
    )


def _net(charges: Iterable[BillingPeriod]) -> Decimal | None:
    """The sum of all charges; None while one of them waits."""
    ratings = [row.rating for row in charges]
    if any(rating is None for rating in ratings):
        return None
    return exact_sum(Decimal(rating["net_amount"]) for rating in ratings if rating is not None)


def _compared(one: PeriodBeside | None, before: PeriodBeside | None) -> PeriodBeside | None:
    if one is None or before is None or one.period.start != before.period.end:
        return one
    same_money = one.currency == before.currency
    return PeriodBeside(
        period=one.period,
        main=one.main,
        users=one.users,
        net_amount=one.net_amount,
        currency=one.currency,
        users_change=change_percent(one.users, before.users),
        amount_change=change_percent(one.net_amount, before.net_amount) if same_money else None,
        is_this=one.is_this,
    )


def change_percent(now: Decimal | int | None, before: Decimal | int | None) -> Decimal | None:
    """Return the change in percent with one decimal; None where there is nothing to compare with."""
    if now is None or not before:
        return None
    return ((Decimal(now) - Decimal(before)) * 100 / abs(Decimal(before))).quantize(Decimal("0.1"))
