"""Which periods of a contract were billed, and with which invoice: what a file may change is named before it does."""

from dataclasses import dataclass

from billing.models import BillingPeriod
from licenses.models import Contract
from licenses.ranges import period_of
from rollcall.period import Period


@dataclass(frozen=True, kw_only=True)
class Billed:
    """A billed period with the invoice that billed its usage, "" where its charges came to no invoice."""

    period: Period
    invoice: str
    invoice_id: str


def billed_periods(*, contract: Contract) -> dict[Period, Billed]:
    """Return the periods whose usage is invoiced, oldest first; charges in advance do not count as such."""
    rows = BillingPeriod.objects.filter(
        contract=contract,
        kind=BillingPeriod.Kind.REGULAR,
        is_in_advance=False,
        state=BillingPeriod.State.INVOICED,
    )
    # The portal reads these columns and no others. Where several charges were billed apart, the main one is named.
    found = rows.order_by("period", "-is_main", "pk").values_list("period", "invoice__number", "invoice__public_id")
    billed: dict[Period, Billed] = {}
    for days, number, public_id in found:
        period = period_of(days)
        billed.setdefault(period, Billed(period=period, invoice=number or "", invoice_id=public_id or ""))
    return billed
