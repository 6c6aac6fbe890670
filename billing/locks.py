"""The locks of billing, in their one order (see `billing.operations`)."""

from billing.models import BillingPeriod, Invoice, TrueUp
from licenses.models import Contract
from licenses.ranges import range_of
from rollcall.period import Period


def lock_contract(contract_id: int) -> Contract:
    """Lock the billing of one contract until the transaction ends.

    NO KEY UPDATE leaves foreign keys free: reports of the contract may arrive while its month is closed.
    """
    return Contract.objects.select_for_update(no_key=True).get(pk=contract_id)


def lock_periods(*, contract: Contract, period: Period) -> list[BillingPeriod]:
    """Lock the regular periods of all charges of the contract that are exactly this period."""
    rows = BillingPeriod.objects.select_for_update().filter(
        contract=contract,
        kind=BillingPeriod.Kind.REGULAR,
        period=range_of(period),
    )
    return list(rows.order_by("pk"))


def lock_invoice(invoice_id: int) -> Invoice:
    """Lock one invoice. The caller holds the lock of its contract already."""
    return Invoice.objects.select_for_update().get(pk=invoice_id)


def lock_true_up(true_up_id: int) -> TrueUp:
    """Lock one true-up, with its period and the invoice of that. The caller holds the lock of its contract already."""
    rows = TrueUp.objects.select_for_update(of=("self",)).select_related("billing_period__invoice", "contract")
    return rows.get(pk=true_up_id)
