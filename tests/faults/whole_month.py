"""A month as a campaign plays it: drafted and finalized in billing runs, trued up, sent, and credited in part."""

from dataclasses import dataclass
from decimal import Decimal

from billing.credit_parts import OfUsers
from billing.models import BillingRun, Delivery, Invoice, InvoiceDocument
from billing.operations.credit_invoice import credit_invoice
from billing.operations.send_invoice import send_invoice
from billing.operations.start_billing_run import start_billing_run
from billing.queries import month_lines
from billing.queries.run_plan import plan_run
from ground import clock
from licenses.operations.add_billing_contact import add_billing_contact
from tests.cast import House
from tests.faults.month import JANUARY, UNFINISHED, Month, expected, new_month

CREDITED_USERS, CREDITED = 1, Decimal("29.00")


@dataclass(frozen=True, kw_only=True)
class WholeMonth(Month):
    """January with its late file, its mail, and a credit note over one user."""

    def step(self) -> bool:
        """Do the next thing that is due; True when all of it is done."""
        if not super().step():
            return False
        invoice = Invoice.objects.get(contract=self.contract, kind=Invoice.Kind.INVOICE)
        return self._is_sent(invoice) and self._is_credited(invoice)

    def _close(self) -> None:
        self._run(BillingRun.Kind.DRAFT)

    def _finalize(self, draft: Invoice) -> None:
        if draft.is_credit_note:
            super()._finalize(draft)
        else:
            self._run(BillingRun.Kind.FINALIZE)

    def _run(self, kind: BillingRun.Kind) -> None:
        """Start a run over this contract, unless one is under way or the month's page has nothing to do yet.

        Where a worker dies between reading a file and opening its periods, the page is empty until the next one.
        """
        actor, now, begins = self.house.finance.actor, clock.now(), f"{kind} {self.contract.number} "
        runs = BillingRun.objects.filter(token__startswith=begins)
        if runs.filter(job__state__in=UNFINISHED).exists():
            return
        lines = [
            line
            for line in month_lines(actor=actor, month=JANUARY.start)
            if line.contract_number == self.contract.number
        ]
        plan = plan_run(actor=actor, kind=kind, month=JANUARY.start, lines=lines, now=now)
        if plan.parts:
            start_billing_run(actor=actor, plan=plan, token=f"{begins}{runs.count() + 1}", now=now)

    def _is_sent(self, invoice: Invoice) -> bool:
        """Send the invoice, again where it is not known whether it went out."""
        last = Delivery.objects.filter(invoice=invoice).order_by("-number").first()
        if last is None or last.state == Delivery.State.FAILED:
            send_invoice(actor=self.house.finance.actor, invoice=invoice, now=clock.now())
        return last is not None and last.state == Delivery.State.SENT

    def _is_credited(self, invoice: Invoice) -> bool:
        note = invoice.credit_notes.first()
        if note is None:
            credit_invoice(
                actor=self.house.finance.actor,
                invoice=invoice,
                parts=[OfUsers(position=1, users=CREDITED_USERS)],
                reason="One of them only tried it for a day.",
                now=clock.now(),
            )
        return note is not None and note.documents.filter(kind=InvoiceDocument.Kind.PDF).exists()

    def outcome(self) -> dict[str, object]:
        """What must be the same however often the month was cut off."""
        notes = Invoice.objects.filter(contract=self.contract, kind=Invoice.Kind.CREDIT_NOTE)
        return super().outcome() | {
            "sent": Delivery.objects.filter(contract=self.contract, state=Delivery.State.SENT).count(),
            "queued": Delivery.objects.filter(contract=self.contract, state=Delivery.State.QUEUED).count(),
            "credited": [(note.state, note.net_amount, note.lines.count()) for note in notes],
        }


def expected_whole(month: Month) -> dict[str, object]:
    """The outcome of a whole month that nobody disturbed, written down by hand."""
    return expected(month) | {"sent": 1, "queued": 0, "credited": [("finalized", CREDITED, 1)]}


def new_whole_month(house: House, number: int) -> WholeMonth:
    """A contract of its own, with somebody who gets its invoices."""
    plain = new_month(house, number, late=True)
    add_billing_contact(actor=house.finance.actor, contract=plain.contract, email="ap@aurel.example", now=clock.now())
    return WholeMonth(house=house, contract=plain.contract, instance=plain.instance, late=True)
