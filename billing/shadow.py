"""Contracts that are rated and drafted for comparison before they are billed, and what the old agreement costs.

Owns: which documents and days are a comparison only, and the bill of the old agreement beside them. Does not own: the
go-live day itself (`licenses.models.Contract.live_from`), which an operation sets.
Invariants: no document with days before the go-live day becomes final, then or later, and none before that day; the
database refuses it too. What the old agreement costs is shown and never billed here.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.models import Invoice
from billing.state_moves import MoveRefused
from licenses.models import Contract
from licenses.queries import provisioned_at
from licenses.ranges import period_of
from rollcall.money import exact_difference, exact_product, round_half_up
from rollcall.period import Period


class ShadowNotBilled(MoveRefused):
    """The contract is not live, or the document is of days before its go-live day."""


@dataclass(frozen=True, kw_only=True)
class OldBill:
    """What the old agreement costs for one period: seats times price, before tax, and where the seats come from."""

    seats: int
    seats_source: str
    seat_price: Decimal
    amount: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True)
class ShadowView:
    """A draft that is never billed beside the old bill. `old` is None where its price or its seats are not known.

    `difference` is what the new terms come to less the old bill, `why_none` says what is missing.
    """

    live_from: date
    net_amount: Decimal
    old: OldBill | None
    difference: Decimal | None
    why_none: str


def is_shadow(*, contract: Contract, period: Period) -> bool:
    """Whether a period of a contract is rated for comparison only."""
    return contract.live_from is not None and period.start < contract.live_from


def require_live(*, invoice: Invoice, today: date) -> None:
    """Raise ShadowNotBilled where a document must not become final; a credit note follows its invoice."""
    live_from = invoice.contract.live_from
    if live_from is None or invoice.is_credit_note:
        return
    number = invoice.contract.number
    if today < live_from:
        raise ShadowNotBilled(f"Contract {number} goes live on {live_from:%d %b %Y}; until then it is compared only.")
    if is_shadow(contract=invoice.contract, period=period_of(invoice.period)):
        raise ShadowNotBilled(
            f"The {invoice} begins before contract {number} went live on {live_from:%d %b %Y}. "
            "It stays a comparison and is never billed."
        )


def old_bill(*, contract: Contract, period: Period, currency: str) -> OldBill | None:
    """Return what the old agreement costs for a period; None where its price or its seats are not known."""
    if contract.old_seat_price is None:
        return None
    seats, source = contract.old_seats, "as agreed"
    if seats is None:
        known = provisioned_at(contract=contract, day=period.last_day)
        if known is None:
            return None
        seats, source = known.users, f"provisioned on {known.date:%d %b %Y}"
    amount = round_half_up(exact_product(Decimal(seats), contract.old_seat_price), currency)
    return OldBill(
        seats=seats, seats_source=source, seat_price=contract.old_seat_price, amount=amount, currency=currency
    )


def shadow_view(invoice: Invoice) -> ShadowView | None:
    """Return a draft beside the old bill; None where the document is billed like any other."""
    contract, period = invoice.contract, period_of(invoice.period)
    if contract.live_from is None or invoice.is_credit_note or not is_shadow(contract=contract, period=period):
        return None
    old = old_bill(contract=contract, period=period, currency=invoice.currency)
    lacks = "the price of a seat" if contract.old_seat_price is None else "the number of seats"
    return ShadowView(
        live_from=contract.live_from,
        net_amount=invoice.net_amount,
        old=old,
        difference=None if old is None else exact_difference(invoice.net_amount, old.amount),
        why_none="" if old is not None else f"The old bill is not known: {lacks} is missing.",
    )
