"""The month at the desk: every period that ends in it, with its state, count, amount and change.

A month of a thousand contracts is read in three queries, without the documents that hold terms and ratings.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, Func, JSONField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from billing.adjusting import LIVE
from billing.models import Adjustment, BillingPeriod, Delivery, InvoiceDocument
from billing.shadow import is_shadow
from ground.actor import Actor
from licenses.models import ContractVersion
from rollcall.money import exact_sum, in_words

OUTLIER_PERCENT = Decimal(10)
# What the columns of a line are made of; terms, ratings, snapshots and the days of counts stay where they are.
READ = (
    "customer_id", "contract__number", "contract__public_id", "contract__live_from", "contract__customer__name",
    "charge_key", "kind", "is_main", "is_in_advance", "period", "zone", "starts_at", "ends_at", "state", "held_code",
    "held_words", "is_counted", "count__metric_kind", "count__active_users", "count__reported_users", "count__quantity",
    "invoice__public_id", "invoice__number", "invoice__kind", "invoice__state", "invoice__net_amount",
    "invoice__currency",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class PeriodLine:
    """One period of one contract: the users of its main charge, the amount of all its charges before tax.

    `active_users` is an estimate while the period is open. `rated_amount` is what the ratings say, without true-ups and
    adjustments; None until every charge is rated. `document_amount` is what the document with them says; None without
    one.

    Where the contract bills reported users, `reported_users` has their number and `active_users` is None.

    `period_before` is the key of the period that `users_before` and `net_before` are of.

    `is_shadow` where it is rated for comparison: it is never billed and stands in no sum.

    `change_percent` compares the users with the period before and `amount_change_percent` the ratings, one decimal;
    None where there is nothing to compare.

    `notes` say what a person should look at before this goes out, and what was adjusted. `delivery` is the state of the
    last sending of its invoice, empty where nobody asked for one; `has_pdf` whether that can be sent.
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
    rated_amount: Decimal | None
    document_amount: Decimal | None
    net_before: Decimal | None
    amount_change_percent: Decimal | None
    currency: str
    is_estimate: bool
    is_outlier: bool
    is_shadow: bool
    notes: tuple[str, ...]
    delivery: str
    has_pdf: bool

    @property
    def users(self) -> int | None:
        """The people behind the amount, whatever they are called."""
        return self.active_users if self.reported_users is None else self.reported_users

    @property
    def net_amount(self) -> Decimal | None:
        """What is billed before tax: what the document says, and until there is one what the ratings say."""
        return self.rated_amount if self.document_amount is None else self.document_amount

    @property
    def bill(self) -> "Bill":
        """What it brings to a sum."""
        invoice = self.period.invoice
        document = invoice.public_id if invoice is not None and self.document_amount is not None else ""
        return Bill(currency=self.currency, amount=self.net_amount, document=document)

    @property
    def needs_person(self) -> bool:
        """Whether somebody should look: what is held, and a draft to be billed with something to know about it."""
        return self.state == BillingPeriod.State.HELD or (
            self.state == BillingPeriod.State.DRAFTED and not self.is_shadow and (self.is_outlier or bool(self.notes))
        )


@dataclass(frozen=True, kw_only=True)
class Bill:
    """An amount before tax, None where it is not known, and the document that says it, empty where there is none."""

    currency: str
    amount: Decimal | None
    document: str = ""


@dataclass(frozen=True, kw_only=True)
class MonthTotal:
    """All periods of a month in one state that are billed: how many contracts, users and, per currency, how much."""

    state: str
    contracts: int
    active_users: int
    amounts: dict[str, Decimal]


@dataclass(frozen=True, kw_only=True)
class _Before:
    """The period that ended where one begins: its key, users and amount, as far as they are known."""

    period: int | None
    users: int | None
    net: Decimal | None


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


def month_lines(*, actor: Actor, month: date) -> list[PeriodLine]:
    """The lines of the billing run for one month, as far as the actor may see them."""
    actor.require_vendor()
    rows = list(_with_facts(periods_of_month(actor=actor, month=month)))
    together: dict[tuple[int, date], list[Any]] = {}
    for row in rows:
        together.setdefault((row.contract_id, row.span.start), []).append(row)
    before = _before(rows)
    return [_line(charges, before.get(key)) for key, charges in together.items()]


def _with_facts(rows: QuerySet[BillingPeriod]) -> QuerySet[BillingPeriod]:
    """The rows with what a line says about them, in one statement."""
    last_sending = Delivery.objects.filter(invoice=OuterRef("invoice_id")).order_by("-number")
    pdf = InvoiceDocument.objects.filter(invoice=OuterRef("invoice_id"), kind=InvoiceDocument.Kind.PDF)
    of_period = {
        "contract": OuterRef("contract_id"),
        "charge_key": OuterRef("charge_key"),
        "period": OuterRef("period"),
    }
    adjusted = Adjustment.objects.filter(**of_period, state__in=LIVE).order_by().values("contract")
    # What nobody has rated yet has the currency of the version to which it belongs: that of its first day.
    ruling = ContractVersion.objects.filter(
        contract=OuterRef("contract_id"), active__contains=OuterRef("period__startswith")
    )
    return (
        rows.select_related("contract__customer", "count", "invoice")
        .only(*READ)
        .annotate(
            rated_net=KeyTextTransform("net_amount", "rating"),
            currency=Coalesce(
                KeyTextTransform("currency", "rating"),
                Subquery(ruling.values(agreed=KeyTextTransform("currency", "terms"))[:1]),
            ),
            line_kinds=Func(
                F("rating"),
                function="jsonb_path_query_array",
                template="%(function)s(%(expressions)s, '$.lines[*].kind')",
                output_field=JSONField(),
            ),
            delivery=Subquery(last_sending.values("state")[:1]),
            has_pdf=Exists(pdf),
            adjusted=Subquery(adjusted.annotate(total=Sum("amount")).values("total")),
            takes_two=Exists(Adjustment.objects.filter(**of_period, state=Adjustment.State.NEEDS_APPROVAL)),
        )
    )


def month_totals(lines: Iterable[PeriodLine]) -> list[MonthTotal]:
    """Sum lines by state, in the order in which a period passes through them; states without a line are left out.

    Shadows are in no sum.
    """
    by_state: dict[str, list[PeriodLine]] = {}
    for line in to_bill(lines):
        by_state.setdefault(line.state, []).append(line)
    return [_total(state, by_state[state]) for state in BillingPeriod.State.values if state in by_state]


def _total(state: str, lines: Sequence[PeriodLine]) -> MonthTotal:
    return MonthTotal(
        state=state,
        contracts=len({line.period.contract_id for line in lines}),
        active_users=sum(line.active_users or 0 for line in lines),
        amounts=billed_amounts(line.bill for line in lines),
    )


def to_bill(lines: Iterable[PeriodLine]) -> list[PeriodLine]:
    """The lines that are billed, or will be: all but the shadows."""
    return [line for line in lines if not line.is_shadow]


def billed_amounts(bills: Iterable[Bill]) -> dict[str, Decimal]:
    """Sum amounts before tax per currency; a document that bills several periods is in the sum once."""
    seen, parts = set[str](), list[tuple[str, Decimal | None]]()
    for bill in bills:
        if bill.document not in seen:
            parts.append((bill.currency, bill.amount))
        if bill.document:
            seen.add(bill.document)
    return amounts_by_currency(parts)


def amounts_by_currency(amounts: Iterable[tuple[str, Decimal | None]]) -> dict[str, Decimal]:
    """Sum amounts per currency, by its code; what has no amount is left out, and nothing crosses currencies."""
    found: dict[str, list[Decimal]] = {}
    for currency, amount in amounts:
        if amount is not None:
            found.setdefault(currency, []).append(amount)
    return {currency: exact_sum(found[currency]) for currency in sorted(found)}


def _before(rows: Sequence[BillingPeriod]) -> dict[tuple[int, date], _Before]:
    """What is known of the period that ended where each of these begins."""
    found = (
        BillingPeriod.objects.filter(
            contract__in={row.contract_id for row in rows},
            kind=BillingPeriod.Kind.REGULAR,
            period__endswith__in={row.span.start for row in rows},
        )
        .annotate(rated_net=KeyTextTransform("net_amount", "rating"))
        .values_list(
            "pk", "contract_id", "period", "is_main", "state", "rated_net",
            "count__active_users", "count__reported_users",
        )
    )  # fmt: skip
    together: dict[tuple[int, date], list[tuple[Any, ...]]] = {}
    for row in found:
        together.setdefault((row[1], row[2].upper), []).append(row)
    return {key: _one_before(charges) for key, charges in together.items()}


def _one_before(charges: Sequence[tuple[Any, ...]]) -> _Before:
    main = next((row for row in charges if row[3] and (row[6] is not None or row[7] is not None)), None)
    return _Before(
        period=main[0] if main is not None else None,
        users=None if main is None else (main[7] or 0) if main[6] is None else main[6],
        net=rated_amount((row[4], row[5]) for row in charges),
    )


def rated_amount(charges: Iterable[tuple[str, str | None]]) -> Decimal | None:
    """Return what the charges of a period are rated at, from the state and the rating of each; None until all are."""
    rated = [net if state not in ("open", "held") else None for state, net in charges]
    return exact_sum(Decimal(net) for net in rated if net) if all(rated) else None


def _percent(now: Decimal | int | None, before: Decimal | int | None) -> Decimal | None:
    if now is None or not before:
        return None
    return (Decimal(now - before) * 100 / abs(Decimal(before))).quantize(Decimal("0.1"))


def _line(charges: Sequence[Any], earlier: _Before | None) -> PeriodLine:
    row = next((charge for charge in charges if charge.is_main), charges[0])
    count, before = row.count, earlier or _Before(period=None, users=None, net=None)
    users = count.users if count is not None else None
    net = rated_amount((charge.state, charge.rated_net) for charge in charges)
    change, amount_change = _percent(users, before.users), _percent(net, before.net)
    is_outlier = any(one is not None and abs(one) >= OUTLIER_PERCENT for one in (change, amount_change))
    return PeriodLine(
        period=row,
        customer_name=row.contract.customer.name,
        contract_number=row.contract.number,
        state=row.state,
        reason=row.held_words,
        active_users=count.active_users if count is not None else None,
        reported_users=users if count is not None and count.is_reported else None,
        users_before=before.users,
        period_before=before.period,
        change_percent=change,
        rated_amount=net,
        document_amount=row.invoice.net_amount if row.invoice is not None else None,
        net_before=before.net,
        amount_change_percent=amount_change,
        currency=str(row.currency),
        is_estimate=row.state in ("open", "held"),
        is_outlier=is_outlier,
        is_shadow=is_shadow(contract=row.contract, period=row.span),
        notes=tuple(_notes(row, {kind for charge in charges for kind in charge.line_kinds or ()}, users, before)),
        delivery=row.delivery or "",
        has_pdf=row.has_pdf,
    )


def _notes(row: Any, kinds: set[str], users: int | None, before: _Before) -> Iterable[str]:
    """What a person should know before a draft goes out, and why the document says another amount than the rating."""
    if row.adjusted is not None:
        waits = ", which waits for a second person" if row.takes_two else ""
        yield f"adjusted by {in_words(row.adjusted, str(row.currency))}{waits}"
    if row.state != BillingPeriod.State.DRAFTED:
        return
    if users == 0:
        yield "nobody was active"
    if users is not None and users == before.users and users > 0:
        yield "the same number as last time"
    if before.period is None and row.is_counted:
        yield "the first period that is counted"
    if "floor" in kinds:
        yield "below its floor: the floor is billed"
    if "cap" in kinds:
        yield "its cap is reached"
    if "estimated" in kinds:
        yield "users are estimated for days without a report"
