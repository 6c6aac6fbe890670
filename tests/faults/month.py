"""One month from upload to PDF, played so that it may be cut off anywhere and taken up again.

Each step looks at the database first, as people do who come back after a crash: the upload is sent again, the
confirmation given if it is asked for, the close asked for again. What background work is left, `drain` does here or
a worker does elsewhere.
"""

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import StringIO

from django.core.management import call_command
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from billing.closing_jobs import ask_to_close
from billing.models import BillingPeriod, Invoice, InvoiceDocument, TrueUp
from billing.operations.decide_true_up import decide_true_up
from billing.operations.finalize_invoice import finalize_invoice
from billing.operations.open_periods import open_periods
from ground import clock
from ground.models import Job
from ground.operations import run_job
from licenses.models import Contract, Instance
from licenses.operations.register_instance import register_instance
from rollcall.period import Period
from tests.billing.story import export, people, per_user
from tests.cast import BUILDER, House, sign_contract, terms_json
from usage.models import ReportState, UsageReport
from usage.operations.confirm_report import confirm_report
from usage.operations.receive_report import receive_report

JANUARY = Period(date(2026, 1, 1), date(2026, 2, 1))
USERS, LATE_USERS = 7, 2
NET = Decimal("203.00")  # 7 users at 29.00
LATE_NET = Decimal("58.00")
UNFINISHED = (Job.State.QUEUED, Job.State.RUNNING)


@dataclass(frozen=True, kw_only=True)
class Month:
    """January of one contract with one instance; with `late`, a corrected file comes after the invoice."""

    house: House
    contract: Contract
    instance: Instance
    late: bool = False

    def step(self) -> bool:
        """Do the next thing that a person does, if one is due; True when the month is done, documents and all."""
        report = self._upload(USERS)
        if report.state == ReportState.NEEDS_CONFIRMATION:
            self._confirm(report)
        row = BillingPeriod.objects.filter(contract=self.contract, period=(JANUARY.start, JANUARY.end)).first()
        if report.is_counted and (row is None or row.state in ("open", "counted", "held")):
            self._close()
        draft = Invoice.objects.filter(contract=self.contract, state=Invoice.State.DRAFT).first()
        if draft is not None:
            self._finalize(draft)
        if self.late and row is not None and row.state == "invoiced":
            self._late_file()
        return self._is_done()

    def _upload(self, users: int) -> UsageReport:
        content = export(people(users), list(JANUARY.each_day()), zone_offset="+01:00")
        return receive_report(
            actor=self.house.customer_admin_a.actor,
            instance=self.instance,
            file_name="january.csv",
            stream=io.BytesIO(content),
            now=clock.now(),
        ).report

    def _confirm(self, report: UsageReport) -> None:
        confirm_report(
            actor=self.house.customer_admin_a.actor,
            report=report,
            mapping=None,
            source_timezone="",
            covers=JANUARY,
            generated_at=report.received_at,
            now=clock.now(),
        )

    def _close(self) -> None:
        if not Job.objects.filter(
            kind="billing.close_period", state__in=UNFINISHED, args__contract_id=self.contract.pk
        ).exists():
            finance, today = self.house.finance.actor, clock.today("Europe/Berlin")
            open_periods(actor=finance, contract=self.contract, today=today)
            with transaction.atomic(durable=True):
                ask_to_close(contract=self.contract, period=JANUARY, asked_by=finance.name)

    def _finalize(self, draft: Invoice) -> None:
        today = clock.today("Europe/Berlin")
        finalize_invoice(actor=self.house.finance.actor, invoice=draft, now=clock.now(), today=today)

    def _late_file(self) -> None:
        report = self._upload(USERS + LATE_USERS)
        if report.state == ReportState.NEEDS_CONFIRMATION:
            self._confirm(report)
        for proposal in TrueUp.objects.filter(contract=self.contract, state=TrueUp.State.PROPOSED):
            decide_true_up(
                actor=self.house.account_manager.actor,
                true_up=proposal,
                accept=True,
                reason="The tablets synchronized late.",
                now=clock.now(),
            )

    def _is_done(self) -> bool:
        documents = InvoiceDocument.objects.filter(invoice__contract=self.contract, invoice__kind=Invoice.Kind.INVOICE)
        kinds = documents.values_list("kind", flat=True)
        has_documents = set(kinds) == set(InvoiceDocument.Kind.values)
        accepted = TrueUp.objects.filter(contract=self.contract, state=TrueUp.State.ACCEPTED).exists()
        return has_documents and (accepted or not self.late)

    def outcome(self) -> dict[str, object]:
        """What must be the same however often the month was cut off."""
        reports = UsageReport.objects.filter(contract=self.contract)
        return {
            "reports": [(report.state, report.rows_read, report.rows_accepted) for report in reports.order_by("pk")],
            "evidence": [report.evidence_files.count() for report in reports.order_by("pk")],
            "invoices": [
                (invoice.state, invoice.net_amount, invoice.lines.count())
                for invoice in Invoice.objects.filter(contract=self.contract, kind=Invoice.Kind.INVOICE)
            ],
            "true_ups": [(row.state, row.difference_amount) for row in TrueUp.objects.filter(contract=self.contract)],
            "documents": sorted(
                InvoiceDocument.objects.filter(
                    invoice__contract=self.contract, invoice__kind=Invoice.Kind.INVOICE
                ).values_list("kind", flat=True)
            ),
            "unfinished": Job.objects.filter(
                Q(args__contract_id=self.contract.pk) | Q(customer_id=self.contract.customer_id), state__in=UNFINISHED
            ).count(),
        }


def expected(month: Month) -> dict[str, object]:
    """The outcome of a month that nobody disturbed, written down by hand."""
    # The first file loses the whole month, and so every row, to the later one.
    reports: list[tuple[str, int, int]] = [("accepted", USERS, 0 if month.late else USERS)]
    if month.late:
        reports.append(("accepted", USERS + LATE_USERS, USERS + LATE_USERS))
    return {
        "reports": reports,
        "evidence": [1, 1] if month.late else [1],
        "invoices": [("finalized", NET, 1)],
        "true_ups": [("accepted", LATE_NET)] if month.late else [],
        "documents": sorted(InvoiceDocument.Kind.values),
        "unfinished": 0,
    }


def new_month(house: House, number: int, *, late: bool = False) -> Month:
    """A contract of its own for each month, so that many can be played in one database."""
    contract = sign_contract(house.customer_a, f"K-FAULT-{number:04}", terms_json(charges=per_user("29.00")))
    instance = register_instance(actor=BUILDER, contract=contract, name="Berlin-1", reports_from=date(2026, 1, 1))
    return Month(house=house, contract=contract, instance=instance, late=late)


def drain(patience: float = 60) -> None:
    """Do all background work that is left, in this process."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        due = Q(state=Job.State.QUEUED) & (Q(run_after=None) | Q(run_after__lte=Now()))
        abandoned = Q(state=Job.State.RUNNING, leased_until__lt=Now())
        ids = list(Job.objects.filter(due | abandoned).order_by("pk").values_list("pk", flat=True))
        for job_id in ids:
            run_job(job_id)
        if not ids:
            if not Job.objects.filter(state__in=UNFINISHED).exists():
                return
            time.sleep(0.05)
    left = list(Job.objects.filter(state__in=UNFINISHED).values_list("key", "state", "error"))
    raise AssertionError(f"Background work did not end within {patience} s: {left}")


def play(month: Month, work: Callable[[], None] = drain) -> None:
    """Play the month to its end."""
    for _ in range(12):
        done = month.step()
        work()
        if done:
            return
    raise AssertionError(f"The month does not come to its end: {month.outcome()}")


def assert_books_are_whole(*, invoices: int) -> None:
    """So many invoices, each series numbered without a gap, every document with its PDF, and every invariant holds."""
    for kind in Invoice.Kind.values:
        numbers = list(Invoice.objects.filter(kind=kind).order_by("sequence").values_list("sequence", flat=True))
        last = invoices if kind == Invoice.Kind.INVOICE else len(numbers)
        assert numbers == list(range(1, last + 1)), f"a number of an {kind} is missing or double"
    without = Invoice.objects.exclude(documents__kind=InvoiceDocument.Kind.PDF)
    assert not without.exists(), f"without a PDF: {list(without)}"
    words = StringIO()
    try:
        call_command("check_invariants", stdout=words)
    except SystemExit as found:
        raise AssertionError(words.getvalue()) from found
