"""The jobs that rate a term again after a decision: their keys, so that asking twice is asking once."""

from billing.models import BillingPeriod, Invoice, TrueUp
from billing.settled_facts import OPEN_STATES
from ground.models import Job
from ground.operations import enqueue_job
from licenses.models import Contract
from rollcall.period import Period

SETTLE = "billing.settle_term"


def ask_to_settle_after(*, true_up: TrueUp) -> Job | None:
    """Enqueue, in the current transaction, the re-rating of what was billed after a decided period.

    None where nothing after it was billed or drafted. A waived difference goes into no later rating, so what was
    proposed for later periods because of it no longer holds.
    """
    period = true_up.billing_period
    later = BillingPeriod.objects.filter(
        contract_id=period.contract_id,
        kind=BillingPeriod.Kind.REGULAR,
        is_in_advance=False,
        period__startswith__gte=period.span.end,
        state__in=(BillingPeriod.State.DRAFTED, BillingPeriod.State.INVOICED),
    )
    if not later.exists():
        return None
    return _ask(f"decided:{true_up.public_id}", true_up.contract, period.span, (true_up.kind, true_up.cause_key))


def ask_to_settle_after_invoice(*, invoice: Invoice) -> Job | None:
    """Enqueue the re-rating of a period that was billed while a proposal of an earlier one of its contract is open."""
    first = invoice.period.lower
    waiting = TrueUp.objects.filter(
        contract=invoice.contract_id, state__in=OPEN_STATES, billing_period__period__endswith__lte=first
    )
    oldest = waiting.select_related("billing_period", "contract").order_by("billing_period__period", "pk").first()
    if oldest is None:
        return None
    cause = (oldest.kind, oldest.cause_key)
    return _ask(f"billed:{invoice.public_id}", oldest.contract, oldest.billing_period.span, cause)


def _ask(what: str, contract: Contract, after: Period, cause: tuple[str, str]) -> Job:
    return enqueue_job(
        key=f"{SETTLE}:{what}",
        kind=SETTLE,
        args={
            "contract_id": contract.pk,
            "start": after.start.isoformat(),
            "end": after.end.isoformat(),
            "kind": cause[0],
            "cause_key": cause[1],
        },
        customer_id=contract.customer_id,
    )


__all__ = ["SETTLE", "ask_to_settle_after", "ask_to_settle_after_invoice"]
