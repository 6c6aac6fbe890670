"""What usage asks of billing: which months were billed. Loaded once, when the app is ready."""

from collections.abc import Mapping

from billing.queries.billed import billed_periods
from licenses.models import Contract
from rollcall.period import Period
from usage.billed import take_billed_from


def _invoices(contract: Contract) -> Mapping[Period, str]:
    return {period: one.invoice for period, one in billed_periods(contract=contract).items()}


take_billed_from(_invoices)
