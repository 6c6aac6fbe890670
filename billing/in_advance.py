"""What is billed in advance: on the next invoice that is drawn up, or on one of its own at the start of a term.

Owns: which rows are due with a draft, and their rating. Does not own: drafts and states (`operations.close_period`).
Invariants: a row is due from the first day of its period; it joins a draft of the same currency and tax only; what is
billed in advance rests on the terms alone, so that no report, missing or late, changes it.
"""

from collections.abc import Sequence
from datetime import date

from django.db.models import Q

from billing.models import BillingPeriod, Invoice
from billing.rating import rate_in_advance
from billing.terms_in_force import TermsInForce, terms_in_force
from licenses.models import Contract
from licenses.ranges import range_of
from rollcall.period import Period

State = BillingPeriod.State


def lock_due(*, contract: Contract, by: date, draft_id: int | None) -> list[BillingPeriod]:
    """Lock the rows that are due in advance by a day and on no draft, or on this one; the earliest period first."""
    free = Q(state__in=(State.OPEN, State.COUNTED, State.HELD)) | Q(state=State.DRAFTED, invoice_id=draft_id)
    rows = BillingPeriod.objects.select_for_update(of=("self",)).filter(
        free, contract=contract, kind=BillingPeriod.Kind.REGULAR, is_in_advance=True, period__startswith__lte=by
    )
    return list(rows.order_by("period", "pk"))


def draft_of(*, contract: Contract, period: Period) -> int | None:
    """Return the row of the draft that is of this period, or None."""
    draft = Invoice.objects.filter(contract=contract, state=Invoice.State.DRAFT, period=range_of(period)).first()
    return None if draft is None else draft.pk


def rate_due(
    *, contract: Contract, rows: Sequence[BillingPeriod], beside: TermsInForce
) -> tuple[list[BillingPeriod], bool]:
    """Rate the rows that may stand on a draft beside these terms; return them, and whether any of them changed.

    A row in another currency or with another tax is left for a draft of its own.
    """
    joined, changed = [], False
    for row in rows:
        force = terms_in_force(contract=contract, period=row.span)
        if (force.terms.currency, force.terms.tax) != (beside.terms.currency, beside.terms.tax):
            continue
        changed = rate_in_advance(contract=contract, row=row, force=force) or changed
        joined.append(row)
    return joined, changed
