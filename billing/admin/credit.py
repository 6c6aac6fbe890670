"""Credit a finalized invoice: what is left of it, what a person gives back, and the credit note that comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from billing.admin.invoice import invoice_or_404
from billing.admin.refusals import said_to
from billing.credit_parts import CreditState, OfAmount, OfLine, OfUsers, Part, PartRefused, Whole, user_group
from billing.crediting import CreditPlan, credit_state, plan_credit, waiting_note
from billing.models import Invoice, InvoiceLine
from billing.operations.credit_invoice import (
    SHORTEST_REASON,
    CreditNoteWaits,
    CreditUnexplained,
    credit_invoice,
    require_creditable,
)
from billing.settling_documents import MoreThanHeld
from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of

WHOLE, USERS, LINES, AMOUNT = "whole", "users", "lines", "amount"
WAYS = (WHOLE, USERS, LINES, AMOUNT)
NO_NUMBER = "Write the amount with digits and a point, as in 1250.00."


@dataclass(kw_only=True)
class Row:
    """A line of the invoice in the form: what is left of it, and what the person wrote beside it."""

    line: InvoiceLine
    given_back: Decimal
    left: Decimal
    # How many users the line and the tiers with it have left; 0 where the form asks for none here.
    users_left: int
    # The line of the highest tier, which gives users back first and asks for those of all its tiers; 0 without a price
    # per user.
    asked_at: int
    said_amount: str
    said_users: str
    is_whole: bool

    @property
    def written(self) -> Mapping[str, Any]:
        """What leads from the line to its explanation, as a snapshot writes it."""
        span = {"start": self.line.period.lower.isoformat(), "end": self.line.period.upper.isoformat()}
        return {"kind": self.line.kind, "key": self.line.key, "charge": self.line.charge_key, "period": span}


@dataclass(kw_only=True)
class Asked:
    """What the person wrote, as parts, and the sentences beside the fields that cannot be read."""

    way: str
    parts: list[Part] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)


@require_http_methods(["GET", "POST"])
def credit(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show what is left and, while a person writes, the credit note that would come of it; draft it when asked to."""
    invoice = invoice_or_404(request, public_id)
    actor = actor_of(request)
    with said_to(request):
        require_creditable(invoice)
        waiting = waiting_note(invoice)
        state = credit_state(invoice=invoice, without=waiting)
        asked = read_parts(state, request.POST) if request.method == "POST" else Asked(way="")
        plan = _plan(state, asked)
        if request.POST.get("do") == "draft" and _may_draft(asked):
            draft = _draft(request, invoice, asked)
            if draft is not None:
                messages.success(request, "Drafted. Look at it, then finalize it: only then it has a number.")
                return redirect("desk:invoice", draft.public_id)
        context: dict[str, Any] = {
            "invoice": invoice,
            "state": state,
            "rows": _rows(state, request.POST),
            "waiting": waiting,
            "asked": asked,
            "errors": asked.errors,
            "plan": plan,
            "said": request.POST,
            "shortest": SHORTEST_REASON,
            "may_credit": actor.vendor_role == "finance",
        }
        status = 422 if request.POST.get("do") == "draft" else 200
        return desk_page(request, "desk/invoice/credit.html", context, title=f"Credit {invoice.number}", status=status)
    return redirect("desk:invoice", public_id)


def read_parts(state: CreditState, said: Mapping[str, str]) -> Asked:
    """Read the form: only the fields of the way that is chosen count, and an empty field gives nothing back."""
    way = said.get("way", "")
    asked = Asked(way=way if way in WAYS else "")
    if asked.way == WHOLE:
        asked.parts.append(Whole())
    elif asked.way == AMOUNT and said.get("amount", "").strip():
        amount = _number(said["amount"], asked, "amount")
        if amount is not None:
            asked.parts.append(OfAmount(amount=amount))
    elif asked.way in (USERS, LINES):
        for row in state.lines:
            _read_row(row.line.position, said, asked)
    return asked


def _read_row(position: int, said: Mapping[str, str], asked: Asked) -> None:
    name = f"{asked.way}-{position}"
    text = said.get(name, "").strip()
    if asked.way == LINES and said.get(f"all-{position}"):
        asked.parts.append(OfLine(position=position))
    elif text and asked.way == LINES:
        amount = _number(text, asked, name)
        if amount is not None:
            asked.parts.append(OfLine(position=position, amount=amount))
    elif text:
        if text.isascii() and text.isdecimal() and len(text) < 10:
            asked.parts.append(OfUsers(position=position, users=int(text)))
        else:
            asked.errors[name] = "Write a whole number of users."


def _number(text: str, asked: Asked, name: str) -> Decimal | None:
    try:
        amount = Decimal(text.strip().replace("\u2212", "-"))
        if amount.is_finite() and len(text) < 30:
            return amount
    except InvalidOperation:
        pass
    asked.errors[name] = NO_NUMBER
    return None


def _plan(state: CreditState, asked: Asked) -> CreditPlan | None:
    """Return what would be drafted; None with the sentence beside the field where it cannot be."""
    if not asked.parts or asked.errors:
        return None
    try:
        return plan_credit(state=state, parts=asked.parts)
    except (PartRefused, MoreThanHeld) as refused:
        position = refused.position if isinstance(refused, PartRefused) else None
        name = f"{asked.way}-{position}" if position is not None else "amount" if asked.way == AMOUNT else "way"
        asked.errors[name] = str(refused)
        return None


def _may_draft(asked: Asked) -> bool:
    """Whether there is something to draft; the sentence that says what is missing stands beside its field."""
    if not asked.way:
        asked.errors["way"] = "Choose what is given back."
    elif not asked.parts and not asked.errors:
        asked.errors["amount" if asked.way == AMOUNT else "way"] = "Nothing is written yet. Say how much is given back."
    return not asked.errors


def _draft(request: HttpRequest, invoice: Invoice, asked: Asked) -> Invoice | None:
    try:
        return credit_invoice(
            actor=actor_of(request),
            invoice=invoice,
            parts=asked.parts,
            reason=request.POST.get("reason", ""),
            now=clock.now(),
        )
    except CreditUnexplained as refused:
        asked.errors["reason"] = str(refused)
    except (CreditNoteWaits, PartRefused, MoreThanHeld) as refused:
        asked.errors["way"] = str(refused)
    return None


def _rows(state: CreditState, said: Mapping[str, str]) -> Sequence[Row]:
    rows = []
    for row in state.lines:
        group = user_group(state, row.line.position)
        asked_at = group[-1].line.position if group else 0
        asks = asked_at == row.line.position
        rows.append(
            Row(
                line=row.line,
                given_back=row.line.amount - row.left,
                left=row.left,
                users_left=sum(one.users_left for one in group) if asks else 0,
                asked_at=asked_at,
                said_amount=said.get(f"{LINES}-{row.line.position}", ""),
                said_users=said.get(f"{USERS}-{row.line.position}", ""),
                is_whole=bool(said.get(f"all-{row.line.position}")),
            )
        )
    return rows
