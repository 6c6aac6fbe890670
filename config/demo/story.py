"""The story: months of uploads, closes and invoices, one held month, one late file and its true-up, two adjustments.

Customers upload and confirm through the portal, finance closes and finalizes at the desk, the account manager adjusts
drafts and decides the true-up there, and the customers fetch their documents: all over HTTP, with the forms that people
use. The queue and its worker do the rest. Each step looks first whether it was done already, so a second run changes
nothing.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from billing.documents.bundle_words import KEY_FILE
from billing.models import Adjustment, BillingPeriod, Invoice, InvoiceDocument, TrueUp
from billing.queries import month_lines
from billing.shadow import is_shadow
from config.demo.companies import PASSWORD, Company, Installation
from config.demo.exports import Export, month_exports
from config.demo.instances import Site, check_truth, leave_reports
from config.demo.scene import DEMO, record_directory
from config.demo.script import Script
from config.demo.web import Browser, Page, PageRefused
from ground.models import Job
from licenses.models import Contract, Instance
from licenses.ranges import period_of
from usage.models import UsageReport

Kind = InvoiceDocument.Kind
FINANCE, MANAGER = "finance@vendor.example", "manager@vendor.example"
PATIENCE = 600


class JobFailed(RuntimeError):
    """A background job of the story failed."""


def next_month(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


class Story:
    """One run of the story against one address."""

    def __init__(
        self, *, script: Script, base: str, folder: Path, clock_file: Path, say: Callable[[str], None]
    ) -> None:
        self.script = script
        self.base, self.folder, self.clock_file, self.say = base, folder, clock_file, say
        self.browsers: dict[str, Browser] = {}

    def play(self) -> None:
        """Play what was not played yet, month by month, up to the morning of the demo's present day."""
        for month in self.script.months:
            self.play_month(month)
        running = next_month(self.script.months[-1])
        self._report(running, until=running.replace(day=5))
        self._set_clock(running.replace(day=6), hour=9)
        self._fetch_documents()
        leave_reports(self._sites(running), self.folder)

    def play_month(self, month: date) -> None:
        """Play one month to its end: exports, drafts, adjustments, invoices, and the late file of that month."""
        self._report(month)
        self._close(month)
        self._check_truth(month)
        if month == self.script.late.month:
            self._late_file()

    def browser(self, email: str) -> Browser:
        """Return the signed-in browser of a person."""
        if email not in self.browsers:
            browser = Browser(self.base)
            browser.log_in(email, PASSWORD)
            self.browsers[email] = browser
        return self.browsers[email]

    def _set_clock(self, day: date, hour: int = 8) -> datetime:
        now = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
        partial = self.clock_file.with_suffix(".partial")
        partial.write_text(now.isoformat(), encoding="ascii")
        partial.replace(self.clock_file)
        return now

    def _wait(self) -> None:
        """Wait until no background work is left. Raises JobFailed with the job's own words."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            failed = Job.objects.filter(state=Job.State.FAILED).order_by("id").first()
            if failed is not None:
                raise JobFailed(f"{failed.key}: {failed.error}")
            if not Job.objects.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).exists():
                return
            time.sleep(0.1)
        raise JobFailed(f"Background work did not end within {PATIENCE} seconds.")

    def _report(self, month: date, until: date | None = None) -> None:
        """Every customer under contract uploads and confirms the exports of one month."""
        work: list[tuple[Company, Installation, Export]] = []
        self._sign(month, until)
        for company in self.script.companies:
            if company.index_of(month) < 0 or company.reports_by:
                continue
            record_directory(company, until or (next_month(month) - timedelta(days=1)))
            for installation in company.installations:
                exports = month_exports(
                    folder=self.folder / "exports",
                    company=company,
                    installation=installation,
                    month_index=company.index_of(month),
                    month=month,
                    until=until,
                )
                work += [(company, installation, export) for export in exports]
        missing = [item for item in work if not self._is_in(*item)]
        if missing:
            self._set_clock((until or next_month(month) - timedelta(days=1)) + timedelta(days=1))
            self._upload(missing)
            self.say(f"{month:%b %Y}: {len(missing)} exports uploaded, read and counted")

    def _sites(self, month: date) -> list[Site]:
        """Return the instances that report by themselves, of contracts that have begun."""
        return [
            Site(
                company=company,
                folder=self.folder / "instances" / company.key,
                browser=self.browser(company.admin[0]),
                base=self.base,
            )
            for company in self.script.companies
            if company.reports_by and company.index_of(month) >= 0
        ]

    def _sign(self, month: date, until: date | None) -> None:
        """Instances that report by themselves do so three times a month, from the first month of their contract on."""
        sites = self._sites(month)
        days = (
            [until + timedelta(days=1)] if until else [month.replace(day=14), month.replace(day=24), next_month(month)]
        )
        written = 0
        for day in days if sites else []:
            for site in sites:
                now = self._set_clock(day, hour=6)
                site.set_up(now, self._wait)
                written += site.report(day, now, self._wait)
        if written:
            self.say(f"{month:%b %Y}: {written} signed reports came from {len(sites)} instances")

    def _check_truth(self, month: date) -> None:
        """Compare what was counted with what the products' people did."""
        for site in self._sites(month):
            row = BillingPeriod.objects.get(
                contract__number=site.company.contract_number, period__startswith=month, is_main=True
            )
            check_truth(site, month, row.count.active_users if row.count else None)

    @staticmethod
    def _is_in(company: Company, installation: Installation, export: Export) -> bool:
        digest = hashlib.sha256(export.path.read_bytes()).hexdigest()
        reports = UsageReport.objects.filter(
            instance__contract__number=company.contract_number, instance__name=installation.name, sha256=digest
        )
        return any(report.is_counted for report in reports)

    def _upload(self, work: Sequence[tuple[Company, Installation, Export]], generated_at: str = "") -> None:
        """Send the files, wait until each was looked at, confirm each, wait until each was read."""
        waiting: list[tuple[Company, Export, str]] = []
        for company, installation, export in work:
            browser = self.browser(company.admin[0])
            instance = Instance.objects.get(contract__number=company.contract_number, name=installation.name)
            page = browser.open("/usage/upload/")
            form = page.form(having="file")
            page = browser.submit(page, form, {"file": export.path}, instance=instance.public_id)
            waiting.append((company, export, page.url))
        self._wait()
        for company, export, address in waiting:
            browser = self.browser(company.admin[0])
            page = browser.open(address)
            if UsageReport.objects.get(public_id=address.rstrip("/").rpartition("/")[2]).is_counted:
                continue
            self._confirm(browser, page, company, export, generated_at)
        self._wait()

    @staticmethod
    def _confirm(browser: Browser, page: Page, company: Company, export: Export, generated_at: str) -> None:
        """Confirm the suggested columns, state the days, and answer the question of the zone where it is asked."""
        form = page.form(having="covers_from")
        answers: dict[str, str] = {"covers_from": export.first.isoformat(), "covers_until": export.last.isoformat()}
        if generated_at:
            answers["generated_at"] = generated_at
        if "source_timezone" in form.choices:
            answers["source_timezone"] = company.terms["timezone"]
        after = browser.submit(page, form, None, **answers)
        if any("overlaps_shown" in form.fields for form in after.forms):
            # The page came back to say which days another file covers; now that is read.
            after = browser.submit(after, after.form(having="covers_from"), None, **answers)
        if any("covers_from" in form.fields for form in after.forms):
            raise PageRefused(f"The portal did not take {export.path.name}; see {after.url}.")

    def _close(self, month: date) -> None:
        """Finance counts and drafts the month at the desk, looks at the drafts and finalizes them."""
        day = next_month(month).replace(day=4)
        rows = month_lines(actor=DEMO, month=month)
        if not rows or any(line.state in (BillingPeriod.State.OPEN, BillingPeriod.State.COUNTED) for line in rows):
            self._set_clock(day)
            desk = self.browser(FINANCE)
            page = desk.open(f"/admin/close/?month={month:%Y-%m}")
            desk.submit(page, page.form(ending="/admin/close/draft/"))
            self._wait()
        drafts = Invoice.objects.filter(state=Invoice.State.DRAFT, period__startswith=month).select_related("contract")
        for draft in drafts:
            self._adjust(draft, month)
        chosen = [draft for draft in drafts if not self._stays_a_draft(draft, month)]
        if chosen:
            self._set_clock(day, hour=10)
            desk = self.browser(FINANCE)
            for draft in chosen:
                desk.open(f"/admin/invoices/{draft.public_id}/")
            page = desk.open(f"/admin/close/?month={month:%Y-%m}")
            form = page.form(ending="/admin/close/finalize/")
            dry_run = desk.submit(page, form, invoice=[draft.public_id for draft in chosen])
            desk.submit(dry_run, dry_run.form(ending="/admin/close/runs/"))
            self._wait()
            self.say(f"{month:%b %Y}: closed, {len(chosen)} invoices finalized")

    def _stays_a_draft(self, draft: Invoice, month: date) -> bool:
        """Whether a draft is left to the newcomer, or is a comparison that is never billed."""
        is_last = month == self.script.months[-1]
        is_left = is_last and draft.contract.number == self.script.company(self.script.left_as_draft).contract_number
        return is_left or is_shadow(contract=draft.contract, period=period_of(draft.period))

    def _adjust(self, draft: Invoice, month: date) -> None:
        """The account manager takes off a draft what the script says, unless that was done before."""
        for one in self.script.adjusted:
            if (self.script.company(one.company).contract_number, one.month) != (draft.contract.number, month):
                continue
            if Adjustment.objects.filter(contract=draft.contract, period=draft.period).exists():
                continue
            self._set_clock(next_month(month).replace(day=4), hour=9)
            desk = self.browser(MANAGER)
            page = desk.open(f"/admin/invoices/{draft.public_id}/adjust/")
            form = page.form(ending="/adjust/", having="direction")
            desk.submit(page, form, direction="credit", amount=str(one.credit), reason=one.reason)
            self.say(f"{month:%b %Y}: {one.credit} taken off the draft of {draft.contract.number}")

    def _late_file(self) -> None:
        """The corrected export of a closed month arrives; the account manager accepts what it changes."""
        late = self.script.late
        company = self.script.company(late.company)
        installation = company.installations[0]
        exports = month_exports(
            folder=self.folder / "exports",
            company=company,
            installation=installation,
            month_index=company.index_of(late.month),
            month=late.month,
            extra=late.people,
            label="-corrected",
        )
        arrived = next_month(late.month).replace(day=12)
        if not self._is_in(company, installation, exports[0]):
            self._set_clock(arrived, hour=12)
            self._upload([(company, installation, exports[0])], generated_at=f"{arrived.isoformat()}T11:40:00")
            self.say(f"{arrived:%d %b %Y}: a corrected export of {late.month:%B} arrived after its invoice")
        contract = Contract.objects.get(number=company.contract_number)
        for proposal in TrueUp.objects.filter(contract=contract, state=TrueUp.State.PROPOSED):
            self._set_clock(arrived + timedelta(days=1))
            desk = self.browser(MANAGER)
            page = desk.open(f"/admin/true-ups/{proposal.public_id}/")
            form = page.form(ending="/decide/")
            desk.submit(page, form, decision="accept", reason=late.reason)
            self._wait()
            self.say(f"{arrived + timedelta(days=1):%d %b %Y}: true-up accepted, {proposal.words}")

    def _fetch_documents(self) -> None:
        """Every customer downloads its invoices, the list behind each number and the bundles from the portal."""
        for company in self.script.companies:
            invoices = Invoice.objects.filter(
                contract__number=company.contract_number, state=Invoice.State.FINALIZED
            ).order_by("sequence")
            for invoice in invoices:
                browser = self.browser(company.admin[0])
                for kind, folder, name in (
                    (Kind.PDF, "invoices", f"{invoice.number}.pdf"),
                    (Kind.EVIDENCE_CSV, "counted", f"{invoice.number}.csv"),
                ):
                    target = self.folder / folder / name
                    if not target.exists():
                        browser.download(document_address(invoice, kind), target)
                self._fetch_bundle(browser, invoice)

    def _fetch_bundle(self, browser: Browser, invoice: Invoice) -> None:
        """Download a bundle and the key of its signature; those that an earlier database left here are replaced."""
        stored = invoice.documents.get(kind=Kind.BUNDLE)
        target = self.folder / "bundles" / f"{invoice.number}.zip"
        if not target.exists() or hashlib.sha256(target.read_bytes()).hexdigest() != stored.sha256:
            browser.download(document_address(invoice, stored.kind), target)
            (self.folder / KEY_FILE).unlink(missing_ok=True)
        if not (self.folder / KEY_FILE).exists():
            browser.download(f"/invoices/{invoice.public_id}/{KEY_FILE}", self.folder / KEY_FILE)


def document_address(invoice: Invoice, kind: str) -> str:
    """Return where the portal serves a document of an invoice."""
    names = {Kind.PDF: "pdf", Kind.EVIDENCE_CSV: "people.csv", Kind.BUNDLE: "bundle"}
    return f"/invoices/{invoice.public_id}/{names[Kind(kind)]}"
