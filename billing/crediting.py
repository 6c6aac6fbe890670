"""What is given back of a finalized invoice: how much of each line is left, and how a credit note divides it.

Owns: what is left of an invoice, the lines and totals of a credit note by hand, and the tax that makes partial ones add
up to the invoice. Does not own: how a part divides (`billing.credit_parts`), nor locks and rows
(`billing.operations.credit_invoice`).
Invariants: nothing is given back twice: of a line never more than it billed, of an invoice never more than it billed
and holds; an amount that is spread loses no cent; the tax of all credit notes of a rate is the tax of all their bases
together, so what is left of the tax goes with the last of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.db.models import Q, Sum

from billing.credit_parts import CreditState, GivenBack, LineLeft, Part, divide, is_per_user, require_within
from billing.models import Invoice, InvoiceLine
from billing.settling_documents import GIVEN_BACK, held_amount, require_held
from billing.state_moves import MoveRefused
from billing.totals import given_back_before, totals_of
from rollcall.money import (
    exact_difference,
    exact_sum,
    in_words,
    number_in_words,
    part_of_product,
    round_half_up,
)
from rollcall.rating import Totals
from rollcall.terms.charges import CONTRACT
from rollcall.terms.naming import key_of

ZERO = Decimal(0)


class CreditOutdated(MoveRefused):
    """A draft credit note that does not fit what is left of its invoice any more."""


@dataclass(frozen=True, kw_only=True)
class CreditPlan:
    """A credit note before it is drafted: lines not stored yet, their totals, and what the invoice holds after it.

    `prepaid_amount` is the part that credit of the contract had paid: it is not paid out, and what was paid in money
    goes back first.
    """

    lines: tuple[InvoiceLine, ...]
    totals: Totals
    prepaid_amount: Decimal
    room_before: Decimal

    @property
    def room_after(self) -> Decimal:
        return exact_difference(self.room_before, self.totals.net)

    @property
    def payable_amount(self) -> Decimal:
        return exact_difference(self.totals.gross, self.prepaid_amount)


def credit_state(*, invoice: Invoice, is_final: bool = False, without: Invoice | None = None) -> CreditState:
    """Return what is left of a finalized invoice, beside the credit notes there are.

    With `is_final` only final documents count; `without` is a credit note that does not.
    """
    given: dict[int, list[Decimal]] = {}
    credits, notes = InvoiceLine.objects.filter(credited_line__invoice=invoice), invoice.credit_notes.all()
    if without is not None:
        credits, notes = credits.exclude(invoice=without), notes.exclude(pk=without.pk)
    if is_final:
        state = Invoice.State.FINALIZED
        credits, notes = credits.filter(invoice__state=state), notes.filter(state=state)
    for pk, amount in credits.values_list("credited_line_id", "amount"):
        given.setdefault(pk or 0, []).append(amount)
    models, discounted = _price_models(invoice), _discounted_charges(invoice)
    rows = [
        LineLeft(
            line=line,
            left=exact_difference(line.amount, exact_sum(given.get(line.pk, []))),
            is_per_user=is_per_user(line, models),
            charges=next((charges for key, charges in discounted if line.key.startswith(key)), ()),
        )
        for line in invoice.lines.select_related("invoice").order_by("position")
    ]
    billed = exact_difference(invoice.net_amount, notes.aggregate(sum=Sum("net_amount"))["sum"] or ZERO)
    held = held_amount(invoice, is_final=is_final, without=without)
    return CreditState(invoice=invoice, lines=tuple(rows), room=max(min(billed, held), ZERO))


def plan_credit(*, state: CreditState, parts: Sequence[Part]) -> CreditPlan:
    """Return the credit note that gives back these parts, one after the other, of what is left.

    Raises PartRefused for a part that cannot be, and for nothing at all; MoreThanHeld for more than the invoice holds.
    """
    invoice, given = state.invoice, divide(state=state, parts=parts)
    require_within(state=state, given=given)
    lines = credit_lines(given, currency=invoice.currency)
    for elsewhere, amount in _settled_elsewhere(lines).items():
        require_held(invoice=elsewhere, amount=amount)
    totals = totals_of(lines, currency=invoice.currency, before=given_back_before(invoice))
    return CreditPlan(
        lines=tuple(lines),
        totals=totals,
        prepaid_amount=prepaid_part(invoice, totals.gross),
        room_before=state.room,
    )


def require_as_planned(note: Invoice) -> None:
    """Refuse a draft credit note by hand that gives back more than is left now, or at another tax than is left.

    Raises CreditOutdated where another credit note of the invoice became final since it was drafted.
    """
    original = note.corrects
    if original is None:
        return
    state = credit_state(invoice=original, is_final=True, without=note)
    left = {row.line.pk: row.left for row in state.lines}
    lines = list(note.lines.order_by("position"))
    within = all(_within(line.amount, left.get(line.credited_line_id or 0, ZERO)) for line in lines)
    totals = totals_of(lines, currency=note.currency, before=given_back_before(original))
    same = (totals.gross, prepaid_part(original, totals.gross)) == (note.gross_amount, note.prepaid_amount)
    if not within or note.net_amount > state.room or not same:
        raise CreditOutdated(
            f"Another document gave back a part of invoice {original.number} since this credit note was drafted. "
            "Discard it, and credit what is left."
        )
    for elsewhere, amount in _settled_elsewhere(lines).items():
        require_held(invoice=elsewhere, amount=amount, is_final=True, without=note)


def _within(amount: Decimal, left: Decimal) -> bool:
    return ZERO <= amount <= left if left >= 0 else left <= amount <= ZERO


def _settled_elsewhere(lines: Iterable[InvoiceLine]) -> dict[Invoice, Decimal]:
    """What is given back of true-ups, by the invoice that billed their period."""
    found: dict[Invoice, Decimal] = {}
    for line in lines:
        true_up = line.credited_line.true_up if line.credited_line is not None else None
        billed = true_up.billing_period.invoice if true_up is not None else None
        if billed is not None:
            found[billed] = exact_sum((found.get(billed, ZERO), line.amount))
    return found


def prepaid_part(invoice: Invoice, gross: Decimal) -> Decimal:
    """Return how much of a credit note was paid by credit, after all that was paid in money has gone back."""
    notes = invoice.credit_notes.filter(state=Invoice.State.FINALIZED)
    sums = notes.aggregate(gross=Sum("gross_amount"), prepaid=Sum("prepaid_amount"))
    paid_in_money = exact_difference(invoice.gross_amount, invoice.prepaid_amount)
    given_back = exact_sum((sums["gross"] or ZERO, gross))
    above = exact_difference(exact_difference(given_back, paid_in_money), sums["prepaid"] or ZERO)
    left = exact_difference(invoice.prepaid_amount, sums["prepaid"] or ZERO)
    return max(min(above, left, gross), ZERO)


def credit_lines(given: Iterable[GivenBack], *, currency: str) -> list[InvoiceLine]:
    """Return the lines of the credit note, not stored yet: the price of the original where it multiplies out."""
    return [_credit_line(one, position, currency) for position, one in enumerate(given, start=1)]


def _credit_line(one: GivenBack, position: int, currency: str) -> InvoiceLine:
    line, whole = one.line, one.amount == one.line.amount
    quantity, price, share = Decimal(-1 if one.amount < 0 else 1), abs(one.amount), "1"
    if whole:
        quantity, price, share = line.quantity, line.unit_price, line.share
    elif one.users is not None:
        product = part_of_product(Decimal(one.users), line.unit_price, Fraction(line.share), currency)
        if product == one.amount:
            quantity, price, share = Decimal(one.users), line.unit_price, line.share
    part = ""
    if one.users is not None and not whole:
        part = f", {number_in_words(one.users)} of {number_in_words(line.quantity)}"
    elif not whole:
        part = f", {in_words(one.amount, currency)} of {in_words(round_half_up(line.amount, currency), currency)}"
    return InvoiceLine(
        customer_id=line.customer_id,
        position=position,
        key=line.key,
        charge_key=line.charge_key,
        kind=GIVEN_BACK,
        quantity=quantity,
        unit_price=price,
        share=share,
        amount=one.amount,
        tax_category=line.tax_category,
        tax_rate=line.tax_rate,
        words=f"Given back{part}: {line.words}",
        period=line.period,
        credited_line=line,
    )


def _price_models(invoice: Invoice) -> dict[str, str]:
    """The price model of each charge, as the terms on the invoice have it."""
    terms = (invoice.frozen.get("attachments") or {}).get("TERMS.json", {})
    return {key: str(charge.get("price", {}).get("model", "")) for key, charge in terms.get("charges", {}).items()}


def _discounted_charges(invoice: Invoice) -> list[tuple[str, tuple[str, ...]]]:
    """The charges that each discount of the whole contract is on, by the key with which its lines begin."""
    terms = (invoice.frozen.get("attachments") or {}).get("TERMS.json", {})
    found = []
    for discount in (terms.get("limits") or {}).get("discounts", ()):
        key = f"{CONTRACT}/discount/{key_of(discount['name'])}"
        on = tuple(discount.get("charges") or terms["charges"])
        # A fixed amount has a line for each charge that it is on; one that is on a single charge has none beside it.
        found += [(f"{key}/{charge}", (charge,)) for charge in on]
        found.append((key, tuple(discount.get("charges") or ())))
    return sorted(found, key=lambda one: -len(one[0]))


def waiting_note(invoice: Invoice) -> Invoice | None:
    """Return the draft credit note of this invoice that a person began, if there is one."""
    drafts = invoice.credit_notes.filter(Q(state=Invoice.State.DRAFT, lines__credited_line__isnull=False))
    return drafts.distinct().first()
