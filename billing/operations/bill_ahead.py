"""Ask for the draft of what begins a term and is billed in advance: no closing comes before it."""

from django.db import transaction

from billing.closing_jobs import ask_to_close
from billing.models import BillingPeriod
from licenses.models import Contract

State = BillingPeriod.State


def bill_ahead(*, contract: Contract, asked_by: str) -> int:
    """Enqueue the first draft of charges billed in advance, once for a contract; return how many jobs stand.

    Later periods need no asking: what is due in advance comes with the closing of the period before.
    """
    rows = BillingPeriod.objects.filter(contract=contract, kind=BillingPeriod.Kind.REGULAR)
    first = rows.order_by("period").first()
    if first is None or not rows.filter(is_in_advance=True, state=State.OPEN, period=first.period).exists():
        return 0
    with transaction.atomic(durable=True):
        ask_to_close(contract=contract, period=first.span, asked_by=asked_by, key_suffix="in_advance")
    return 1
