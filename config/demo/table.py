"""The table that the demo ends with: what was read, counted and billed, and how to look at it."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Sum

from billing.documents.bundle_words import KEY_FILE
from billing.models import Adjustment, BillingPeriod, Invoice, TrueUp
from billing.shadow import is_shadow
from config.demo.companies import PASSWORD, STRANGER, VENDOR_PEOPLE, Company
from ground.presentation import format as written
from licenses.ranges import period_of
from usage.models import UsageReport

# The `rollcall` command in a checkout, where the package is not installed.
COMMAND = ".venv/bin/python -m rollcall"


def table(*, folder: Path, companies: Iterable[Company]) -> Iterator[str]:
    """Yield the lines of the table."""
    heads = ("rows read", "quarant.", "active", "billed", "invoices", "billed, with tax")
    yield "{:<30} {:>10} {:>8} {:>7} {:>7} {:>8} {:>20}".format("customer", *heads)
    for company in companies:
        reports = UsageReport.objects.filter(contract__number=company.contract_number)
        sums = reports.aggregate(read=Sum("rows_read"), bad=Sum("rows_quarantined"))
        invoices = Invoice.objects.filter(
            contract__number=company.contract_number, state=Invoice.State.FINALIZED
        ).order_by("sequence")
        last = invoices.last()
        counts = last.frozen["counts"] if last else {"active": 0, "billed": 0}
        total = sum((invoice.gross_amount for invoice in invoices), Decimal(0))
        currency = last.currency if last else ""
        yield (
            f"{company.name:<30} {sums['read'] or 0:>10,} {sums['bad'] or 0:>8,} {counts['active']:>7,} "
            f"{counts['billed']:>7,} {len(invoices):>8} {written.amount(total, currency or 'EUR'):>16} {currency}"
        )
    yield "  (active and billed users: of the last invoice)"
    yield ""
    yield from _waiting()
    yield ""
    yield f"invoices (PDF)      {folder / 'invoices'}"
    yield f"who was counted     {folder / 'counted'}"
    yield f"evidence bundles    {folder / 'bundles'}"
    yield f"the vendor's key    {folder / KEY_FILE}"
    yield f"recompute one       {COMMAND} verify {folder / 'bundles'}/NUMBER.zip --key {folder / KEY_FILE}"
    yield f"the exports         {folder / 'exports'}"
    yield f"signed reports      {folder / 'reports'}"
    yield f"check one           {COMMAND} report verify {folder / 'reports'}/NAME --key {folder / 'instance.pub'}"
    if settings.EMAIL_FILE_PATH:
        yield f"mails               {settings.EMAIL_FILE_PATH}"
    yield ""
    yield f"log-ins, all with the password {PASSWORD}; no second factor is asked for, as SECOND_FACTOR is offered here:"
    for email, name, role in VENDOR_PEOPLE:
        yield f"  {email:<28} {name}, {role.replace('_', ' ')} at the vendor: the desk, /admin/"
    for company in companies:
        yield f"  {company.admin[0]:<28} {company.admin[1]}, {company.name}: the portal, /"
    yield f"  {STRANGER[0]:<28} {STRANGER[1]}, a member of nothing"
    yield ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        role = cursor.fetchone()[0]
    yield f"database roles: web (desk), worker, sweeper, scheduler: {role}; portal pages: rollcall_portal, one customer"
    yield "at a time; migrations: rollcall_owner. None is a superuser or passes row-level security."


def _waiting() -> Iterator[str]:
    """Yield what waits for a person at the desk."""
    for period in BillingPeriod.objects.filter(state=BillingPeriod.State.HELD).select_related("contract__customer"):
        yield f"held      {period.contract.customer.name}, {period.span.words()}: {period.held_words}"
    for draft in Invoice.objects.filter(state=Invoice.State.DRAFT).select_related("customer", "contract"):
        amount = written.amount(draft.net_amount, draft.currency)
        word = "compared" if is_shadow(contract=draft.contract, period=period_of(draft.period)) else "draft"
        yield f"{word:<9} {draft.customer.name}, {written.period(draft.period)}: {amount} {draft.currency} before tax"
    for one in Adjustment.objects.filter(state=Adjustment.State.NEEDS_APPROVAL).select_related("contract__customer"):
        amount = written.amount(one.amount, one.currency, signed=True)
        yield f"to approve {one.contract.customer.name}: {amount} {one.currency} by {one.made_by}, {one.reason}"
    for true_up in TrueUp.objects.select_related("contract__customer", "invoice").order_by("pk"):
        amount = written.amount(true_up.difference_amount, true_up.currency, signed=True)
        settled = f", on {true_up.invoice.number or 'a draft'}" if true_up.invoice else ""
        yield f"true-up   {true_up.contract.customer.name}: {amount} {true_up.currency}, {true_up.state}{settled}"
