"""Which periods of a contract were billed, and with which invoice: what a file may change is named before it does."""

from dataclasses import dataclass

from billing.models import BillingPeriod
from billing.true_up_policy import settling_rules
from licenses.models import Contract
from licenses.ranges import period_of
from rollcall.period import Period
from usage.billed import BilledMonth


@dataclass(frozen=True, kw_only=True)
class Billed(BilledMonth):
    """A billed period, and the page of the invoice that billed its usage, "" where its charges came to no invoice."""

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
    found = rows.order_by("period", "-is_main", "pk").values_list(
        "period", "zone", "invoice__number", "invoice__public_id"
    )
    rules = settling_rules(contract=contract)
    billed: dict[Period, Billed] = {}
    for days, zone, number, public_id in found:
        period = period_of(days)
        if period in billed:
            continue
        billed[period] = Billed(
            period=period,
            zone=zone,
            invoice=number or "",
            invoice_id=public_id or "",
            rule=rules.on(period.start),
        )
    return billed
