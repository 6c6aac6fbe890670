"""Explain this number: one function for every figure of users, at the desk and in the portal.

What it says of a finalized invoice comes from the snapshot, so a page and the document say the same for ever; what it
says of a period that is not invoiced comes from the functions that will make the snapshot. A customer's questions read
only what the portal's role may read: never the rating of a draft.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from billing.adjusting import adjustment_steps, line_figures
from billing.estimate import billed_so_far
from billing.models import BillingPeriod, Invoice, TrueUp
from billing.queries.bundles import BundleOnPage, bundle_on_page
from billing.queries.explain_funnel import Billed, Funnel, funnel_of
from billing.queries.explain_lines import of_charge, other_lines_of, put_on_by_hand, snapshot_of
from billing.queries.explain_numbers import Labelled, counts_so_far, five_numbers, provisioned_of
from billing.queries.home import READABLE
from billing.rating import estimated_users
from billing.snapshot_figures import NOTHING_COUNTED, counts
from billing.terms_in_force import stored_force
from ground.actor import Actor
from ground.presentation.format import count_of, number
from licenses.models import Contract
from licenses.queries import NothingAgreed, terms_at, terms_of, version_at
from licenses.ranges import period_of
from rollcall.money import exact_sum
from rollcall.period import Period
from rollcall.rating import ESTIMATED, RATED, billed_users, users_in
from rollcall.rating.proration import share_of
from rollcall.terms.contract import ContractTerms
from usage.models import ActiveUserCount, Grade
from usage.queries.agreed import Agreed, agreed_on

NOT_OF_PEOPLE = {
    ActiveUserCount.Kind.REPORTED: "The contract bills the numbers that the instances state, day by day. Nobody's "
    "activity is behind them, so there is no list of people.",
    ActiveUserCount.Kind.PROVISIONED: "The contract bills accounts that exist: dated numbers, each with its source. "
    "Whether somebody used an account changes nothing, so there is no list of people.",
    ActiveUserCount.Kind.SEATS: "The contract bills seats: their number stands in the terms. What the instances report "
    "changes nothing, so there is no list of people.",
}
QUANTITY = "The contract bills a quantity that is made of what people did: {quantity}. Below are the {users} behind it."
SETTLES = "This document settles what was billed before. Its lines name what they settle, and by how much."
NOTHING_YET = "Nothing has been counted for this period yet."
OPEN = (BillingPeriod.State.OPEN, BillingPeriod.State.HELD)


@dataclass(frozen=True, kw_only=True)
class Explained:
    """Everything behind one number: the five numbers, the steps, who and from which files, and how to repeat it.

    `count` is None where the charge counts nothing; `stands_behind` then says what its number is. `lines` and `working`
    are those of the charge as the document shows them, and `other_lines` the rest of the document: together they come
    to `net_amount`, that of the document, and of the charge alone where there is none. `is_estimate` while the period
    is not billed.
    """

    contract: Contract
    period: Period
    zone: str
    charge_key: str
    count: ActiveUserCount | None
    billing_period: BillingPeriod | None
    invoice: Invoice | None
    numbers: tuple[Labelled, ...]
    funnel: Funnel
    agreed: Agreed | None
    definition_words: str
    stands_behind: str = ""
    dated: tuple[tuple[date, int], ...] = ()
    lines: Sequence[Mapping[str, Any]] = ()
    other_lines: Sequence[Mapping[str, Any]] = ()
    working: Sequence[Mapping[str, Any]] = ()
    currency: str = ""
    net_amount: Decimal | None = None
    floor_users: int | None = None
    is_estimate: bool = False
    charges: tuple[str, ...] = ()
    bundle: BundleOnPage | None = None

    @property
    def users(self) -> dict[str, int | None]:
        """The five numbers by their codes."""
        return {one.code: one.users for one in self.numbers}

    @property
    def charge_amount(self) -> Decimal:
        """What the lines of the charge come to."""
        return exact_sum(Decimal(line["amount"]) for line in self.lines)

    @property
    def is_finalized(self) -> bool:
        return self.invoice is not None and self.invoice.state == Invoice.State.FINALIZED

    @property
    def has_people(self) -> bool:
        """Whether there is a list of people."""
        return self.count is not None and self.count.has_people

    @property
    def files(self) -> list[dict[str, Any]]:
        """The files that the count was made from, as it recorded them."""
        return self.count.evidence if self.count is not None else []

    @property
    def sums(self) -> dict[str, int]:
        """The rows of all files."""
        names = ("rows_read", "rows_accepted", "rows_quarantined")
        return {name: sum(entry[name] or 0 for entry in self.files) for name in names}

    @property
    def days(self) -> dict[str, tuple[date, int]]:
        """The highest day and the last one on which anybody was active; empty where no days are known."""
        daily = {date.fromisoformat(day): users for day, users in self.count.daily.items()} if self.count else {}
        if not daily:
            return {}
        highest, last = max(daily, key=lambda day: (daily[day], day)), max(daily)
        return {"highest": (highest, daily[highest]), "last": (last, daily[last])}

    @property
    def grades(self) -> list[str]:
        """How far the files can be trusted, the lowest grade first."""
        there = {entry["grade"] for entry in self.files}
        return [str(grade.label) for grade in Grade if grade.value in there]

    @property
    def command(self) -> str:
        """What recomputes the invoice on a machine without the portal; empty before it is finalized."""
        return self.bundle.command if self.bundle is not None else ""


def explain_invoice(*, actor: Actor, invoice: Invoice, charge: str = "") -> Explained:
    """Explain an invoice: its main charge, or the one that is asked for. Reads as far as the actor may.

    A charge that the invoice does not have is read as its main charge.
    """
    rows = (
        _periods(actor).filter(invoice=invoice).select_related("contract", "count").order_by("-is_main", "charge_key")
    )
    found = _readable(actor, rows)
    counted = [row for row in found if row.count_id is not None]
    wanted = next((row for row in found if row.charge_key == charge), None)
    row = wanted or next(iter(counted), None) or next(iter(found), None)
    if row is None:
        return _of_no_period(invoice)
    return _explained(actor, row, invoice, charges=tuple(one.charge_key for one in found))


def explain_period(*, actor: Actor, period: BillingPeriod, today: date) -> Explained:
    """Explain a billing period; while it runs, its billed users are those if it ended with what was counted so far."""
    return _explained(actor, period, _invoice_of(period), today=today)


def explain_count(*, actor: Actor, count: ActiveUserCount, today: date) -> Explained:
    """Explain a count, also one that no period stands on: of a proposal, or of terms that were only tried."""
    row = next(iter(_readable(actor, _periods(actor).filter(count=count).order_by("pk"))), None)
    if row is not None:
        return _explained(actor, row, row.invoice, today=today)
    agreed = agreed_on(count)
    provisioned = provisioned_of(count, count.contract, count.period.upper)
    numbers = counts_so_far(count=count, billed=None, provisioned=provisioned)
    proposal = TrueUp.objects.filter(after_count=count).order_by("pk").last() if actor.is_vendor else None
    rating = proposal.after_rating if proposal is not None else {}
    return Explained(
        contract=count.contract,
        period=period_of(count.period),
        zone=count.zone,
        charge_key=proposal.charge_key if proposal is not None else "",
        count=count,
        billing_period=None,
        invoice=None,
        numbers=five_numbers(counts=numbers),
        funnel=funnel_of(count=count, agreed=agreed, billed=None),
        agreed=agreed,
        definition_words=agreed.metric.words() if agreed is not None else "",
        stands_behind=_stands_behind(count),
        dated=_dated(count),
        lines=rating.get("lines", ()),
        working=rating.get("working", ()),
        currency=proposal.currency if proposal is not None else "",
        net_amount=Decimal(rating["net_amount"]) if rating else None,
        is_estimate=True,
    )


def _explained(
    actor: Actor,
    row: BillingPeriod,
    invoice: Invoice | None,
    *,
    today: date | None = None,
    charges: tuple[str, ...] = (),
) -> Explained:
    shown = invoice if invoice is not None and (actor.is_vendor or invoice.state == Invoice.State.FINALIZED) else None
    count, says = row.count, snapshot_of(shown)
    agreed = agreed_on(count) if count is not None else None
    numbers = _counts(actor, row, says, today)
    floor = _floor_users(row)
    billed = numbers["billed"]
    estimated = _estimated(actor, row, says)
    where = f"on invoice {shown.number}" if shown is not None and shown.number else ""
    bill = Billed(users=billed, estimated=estimated, floor_users=floor, where=where) if billed is not None else None
    is_estimate = row.state in OPEN
    working = says["working"] if says else row.rated.working if _is_rated(actor, row) else ()
    lines = says["lines"] if says else row.rated.lines if _is_rated(actor, row) else ()
    by_hand = put_on_by_hand(actor, row, shown)
    return Explained(
        contract=row.contract,
        period=row.span,
        zone=row.zone,
        charge_key=row.charge_key,
        count=count,
        billing_period=row,
        invoice=shown,
        numbers=five_numbers(counts=numbers, floor_users=floor, is_estimate=is_estimate),
        funnel=funnel_of(count=count, agreed=agreed, billed=bill) if count is not None else Funnel(),
        agreed=agreed,
        definition_words=_definition_words(row, agreed),
        stands_behind=_stands_behind(count) if count is not None or not is_estimate else NOTHING_YET,
        dated=_dated(count),
        lines=(*of_charge(lines, row.charge_key), *line_figures(by_hand, _currency(row))),
        other_lines=other_lines_of(row, shown, by_hand),
        working=(*of_charge(working, row.charge_key), *adjustment_steps(by_hand, _currency(row))),
        currency=says["currency"] if says else _currency(row),
        net_amount=_net(shown, row, actor),
        floor_users=floor,
        is_estimate=is_estimate,
        charges=charges,
        bundle=bundle_on_page(shown) if shown is not None else None,
    )


def _of_no_period(invoice: Invoice) -> Explained:
    """Explain a document that settles earlier periods alone: by the count that its snapshot names."""
    says = snapshot_of(invoice)
    count = _count_named(invoice, says)
    agreed = agreed_on(count) if count is not None else None
    numbers = says["counts"] if says else counts_so_far(count=None, billed=None, provisioned=None)
    billed = numbers["billed"]
    where = f"on {invoice.number}" if invoice.number else ""
    bill = Billed(users=billed, where=where) if billed is not None else None
    return Explained(
        contract=invoice.contract,
        period=period_of(invoice.period),
        zone=invoice.zone,
        charge_key="",
        count=count,
        billing_period=None,
        invoice=invoice,
        numbers=five_numbers(counts=numbers),
        funnel=funnel_of(count=count, agreed=agreed, billed=bill) if count is not None else Funnel(),
        agreed=agreed,
        definition_words=agreed.metric.words() if agreed is not None else "",
        stands_behind=SETTLES,
        lines=says["lines"] if says else (),
        working=says["working"] if says else (),
        currency=invoice.currency,
        net_amount=invoice.net_amount,
        bundle=bundle_on_page(invoice),
    )


def _count_named(invoice: Invoice, says: Mapping[str, Any] | None) -> ActiveUserCount | None:
    """Return the count whose digests a snapshot names; None where it names none."""
    named = says["count"] if says is not None else {}
    if not named.get("digest"):
        return None
    counts_there = ActiveUserCount.objects.filter(
        contract_id=invoice.contract_id,
        digest=named["digest"],
        evidence_set_digest=named["evidence_set_digest"],
    )
    return counts_there.select_related("contract").order_by("pk").last()


def _invoice_of(period: BillingPeriod) -> Invoice | None:
    """Return the invoice that bills a period, as far as it may be seen: a draft is hidden from its customer."""
    return Invoice.objects.filter(pk=period.invoice_id).first() if period.invoice_id is not None else None


def _periods(actor: Actor) -> Any:
    return BillingPeriod.objects.for_actor(actor).filter(kind=BillingPeriod.Kind.REGULAR)


def _readable(actor: Actor, rows: Any) -> list[BillingPeriod]:
    """Return the rows with what the actor may read of them."""
    if actor.is_vendor:
        return list(rows.select_related("contract", "count", "invoice", "contract_version"))
    related = [f"count__{column.name}" for column in ActiveUserCount._meta.concrete_fields]
    related += [f"contract__{column.name}" for column in Contract._meta.concrete_fields]
    invoice = [f"invoice__{column.name}" for column in Invoice._meta.concrete_fields]
    return list(rows.select_related("contract", "count", "invoice").only(*READABLE, *related, *invoice))


def _is_rated(actor: Actor, row: BillingPeriod) -> bool:
    return actor.is_vendor and row.rating is not None and row.state not in OPEN


def _counts(actor: Actor, row: BillingPeriod, says: Mapping[str, Any] | None, today: date | None) -> Mapping[str, Any]:
    """Return the five numbers: as they were frozen, as they would be frozen, or as far as they are known."""
    if says is not None and row.is_main:
        frozen: Mapping[str, Any] = says["counts"]
        return frozen
    if says is not None and row.count is not None:
        provisioned = provisioned_of(row.count, row.contract, row.span.last_day)
        return counts_so_far(count=row.count, billed=_billedof_charge(row, says), provisioned=provisioned)
    if _is_rated(actor, row) and row.contract_version is not None and row.rating is not None:
        force = stored_force(contract=row.contract, version=row.contract_version, rating=row.rating, period=row.span)
        return counts(row.count, row, force)
    on = min(row.span.last_day, today) if today is not None else row.span.last_day
    provisioned = provisioned_of(None if row.state in OPEN else row.count, row.contract, on)
    so_far = None
    if row.state in OPEN and row.count is not None:
        so_far = billed_so_far(contract=row.contract, period=row.span, users=row.count.users)
    return counts_so_far(count=row.count, billed=so_far, provisioned=provisioned)


def _billedof_charge(row: BillingPeriod, says: Mapping[str, Any]) -> int | None:
    """Return how many users a charge beside the main one is billed for, from the lines of the document."""
    terms = terms_of(row.contract_version) if row.contract_version is not None else None
    charge = terms.charges.get(row.charge_key) if terms is not None else None
    if terms is None or charge is None or row.count is None:
        return None
    return billed_users(
        charge=charge,
        active_users=users_in(says, RATED, charge=row.charge_key) if row.count.is_reported else row.count.users,
        estimated_users=users_in(says, ESTIMATED, charge=row.charge_key),
        share=share_of(terms, row.span),
    )


def _estimated(actor: Actor, row: BillingPeriod, says: Mapping[str, Any] | None) -> int:
    """Return how many users of the charge were billed by an estimate."""
    if says is not None:
        return users_in(says, ESTIMATED, charge=row.charge_key)
    return estimated_users(row.rating) if _is_rated(actor, row) and row.rating else 0


def _terms(row: BillingPeriod) -> ContractTerms | None:
    try:
        return terms_at(contract=row.contract, day=row.span.start)
    except NothingAgreed:
        return None


def _floor_users(row: BillingPeriod) -> int | None:
    """Return the floor in users of a whole cycle; a part of one may have a part of it."""
    terms = _terms(row)
    charge = terms.charges.get(row.charge_key) if terms is not None else None
    floor = charge.floor if charge is not None else None
    return floor.minimum_users if floor is not None and floor.per == "cycle" else None


def _definition_words(row: BillingPeriod, agreed: Agreed | None) -> str:
    if agreed is not None:
        return agreed.metric.words()
    return NOTHING_COUNTED if row.count_id is None and row.state not in OPEN else ""


def _currency(row: BillingPeriod) -> str:
    try:
        return str(version_at(contract=row.contract, day=row.span.start).terms["currency"])
    except NothingAgreed:
        return ""


def _net(shown: Invoice | None, row: BillingPeriod, actor: Actor) -> Decimal | None:
    """Return what the document comes to before tax; without one what the charge is rated at."""
    if shown is not None:
        return shown.net_amount
    return row.rated.net_amount if _is_rated(actor, row) else None


def _stands_behind(count: ActiveUserCount | None) -> str:
    if count is None:
        return NOTHING_COUNTED
    if count.has_people and count.quantity is not None:
        return QUANTITY.format(quantity=number(count.quantity), users=count_of(count.users, "person", "people"))
    return NOT_OF_PEOPLE.get(ActiveUserCount.Kind(count.metric_kind), "")


def _dated(count: ActiveUserCount | None) -> tuple[tuple[date, int], ...]:
    """Return the dated numbers of accounts behind a count of them."""
    if count is None or count.metric_kind != ActiveUserCount.Kind.PROVISIONED:
        return ()
    return tuple((date.fromisoformat(on), users) for on, users in sorted(count.series.get("", {}).items()))
