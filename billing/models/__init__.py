"""The rows of billing: periods, invoices with their lines, documents and history, and true-ups.

Owns: the shape of the rows and the rules a single row must keep (CHECK, UNIQUE). Rules over several rows (sums,
overlap, immutability, row-level security) are written in migration 0001, because no ORM call may pass around them.

Does not own: any write. Rows change only through `billing.operations`.

Invariant: every row that belongs to a customer carries its own `customer_id`, which equals its contract's.
"""

from billing.models.adjustments import Adjustment, ApprovalLimit
from billing.models.before_bill import Notice, NoticePreference, RunningEstimate
from billing.models.deliveries import Delivery
from billing.models.differences import Difference, DifferenceEvent
from billing.models.exchange import ExchangeRate
from billing.models.imports import FirstRunImport
from billing.models.invoices import Invoice, InvoiceDocument, InvoiceEvent, InvoiceLine
from billing.models.open_balances import OpenBalance
from billing.models.periods import BillingPeriod
from billing.models.runs import BillingRun, BillingRunItem
from billing.models.series import AccountingClose, InvoiceSeries
from billing.models.true_ups import TrueUp, TrueUpEvent

__all__ = [
    "AccountingClose",
    "Adjustment",
    "ApprovalLimit",
    "BillingPeriod",
    "BillingRun",
    "BillingRunItem",
    "Delivery",
    "Difference",
    "DifferenceEvent",
    "ExchangeRate",
    "FirstRunImport",
    "Invoice",
    "InvoiceDocument",
    "InvoiceEvent",
    "InvoiceLine",
    "InvoiceSeries",
    "Notice",
    "NoticePreference",
    "OpenBalance",
    "RunningEstimate",
    "TrueUp",
    "TrueUpEvent",
]
