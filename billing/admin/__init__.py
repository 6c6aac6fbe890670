"""The vendor's desk: today, the close of a month, invoices as documents, true-ups, contracts.

Owns: pages and the buttons on them. Does not own: any rule; a page makes one call into `queries` or `operations`.
Invariants: looking writes nothing; every write is a POST that names its operation; a refusal comes back in words.
"""

from billing.admin.contracts import ContractAdmin
from billing.admin.open_balances import OpenBalanceAdmin
from billing.admin.records import BillingPeriodAdmin, InvoiceAdmin, TrueUpAdmin

__all__ = ["BillingPeriodAdmin", "ContractAdmin", "InvoiceAdmin", "OpenBalanceAdmin", "TrueUpAdmin"]
