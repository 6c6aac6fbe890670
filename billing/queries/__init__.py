"""Reads of billing: the desk's lists, one invoice with its working, true-ups side by side, the customer's pages.

Owns: every question that a page, a job or a command asks about what is owed.
Does not own: anything that writes, and any layout. Every list that a person sees begins with `for_actor`; row-level
security stands behind it. A customer's questions are answered from finalized invoices and from counts, never from a
draft, so they work under the portal's database role.
"""

from billing.changed_users import ChangedUser, changed_users
from billing.queries.figures import MonthFigures, monthly_figures
from billing.queries.home import ContractHome, CustomerMonth, contract_homes
from billing.queries.invoices import (
    InvoiceDetail,
    document_of,
    documents_of,
    finalized_invoices,
    invoice_detail,
    invoices_for,
)
from billing.queries.month import MonthTotal, PeriodLine, month_lines, month_totals
from billing.queries.true_ups import RatedPair, TrueUpDetail, true_up_detail, true_ups_for
from billing.queries.work import WorkItem, silent_work, webhook_work, work_today

__all__ = [
    "ChangedUser",
    "ContractHome",
    "CustomerMonth",
    "InvoiceDetail",
    "MonthFigures",
    "MonthTotal",
    "PeriodLine",
    "RatedPair",
    "TrueUpDetail",
    "WorkItem",
    "changed_users",
    "contract_homes",
    "document_of",
    "documents_of",
    "finalized_invoices",
    "invoice_detail",
    "invoices_for",
    "month_lines",
    "month_totals",
    "monthly_figures",
    "silent_work",
    "true_up_detail",
    "true_ups_for",
    "webhook_work",
    "work_today",
]
