"""Two instances that report by themselves: one sends its reports over the network, one has none and hands files over.

What their people did is written by the product of `deploy/demo-instance`, which knows nothing of Rollcall. The reporter
is the one that customers run, but for the clock: it is the story's.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from config.demo.companies import Company
from config.demo.web import Browser
from config.environment import BASE_DIR
from licenses.models import Instance, InstanceKey
from rollcall.instance.activate import answer_license, take_license
from rollcall.instance.activity import Activity
from rollcall.instance.home import CUSTOMER_KEY, Home
from rollcall.instance.host import Host, make_private, new_secret
from rollcall.instance.post import post_outbox
from rollcall.instance.take_receipt import take_receipt
from rollcall.instance.write_report import Asked, NothingToReport, ReportWriter
from rollcall.signing.keys import fingerprint, named_keys, public_file, read_public_file
from rollcall.signing.report_parts import Provisioned
from rollcall.zones import zone_table
from usage.models import ReportReceipt, UsageReport

PRODUCT = BASE_DIR / "deploy" / "demo-instance" / "product.py"
LICENSE_PAGE, KEYS_PAGE = "/instances/license/", "/instances/keys/"
_TOKEN = re.compile(r"rollcall_[A-Za-z0-9]+_[A-Za-z0-9_-]+")


class NotTheTruth(Exception):
    """What was counted is not what the product's people did."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """One instance of a company, its folder under the demo's, and how its reports travel."""

    company: Company
    folder: Path
    browser: Browser
    base: str

    @property
    def home(self) -> Home:
        return Home(self.folder / "home")

    @property
    def instance(self) -> Instance:
        (installation,) = self.company.installations
        return Instance.objects.get(contract__number=self.company.contract_number, name=installation.name)

    def play_product(self, until: date) -> None:
        """Let the product's people work up to a day, exclusive."""
        first = self.company.first_month
        days = (until - first).days
        asked = [f"--first={first}", f"--days={days}", f"--people={self.company.provisioned}"]
        domain = self.company.admin[0].partition("@")[2]
        command = [sys.executable, str(PRODUCT), *asked, f"--domain={domain}", f"--out={self.folder / 'activity'}"]
        subprocess.run(command, check=True)

    def truth(self, month: date) -> int:
        """Return how many people were active in a month, as the product knows it."""
        found = json.loads((self.folder / "activity" / "truth.json").read_text())
        return int(found[f"{month:%Y-%m}"])

    def set_up(self, now: datetime, wait: Callable[[], None]) -> None:
        """Make the key, answer the licence in the portal, take the licence that names the key; once."""
        home = self.home
        if home.folder.is_dir():
            known = fingerprint(bytes(home.key().verify_key))
            if InstanceKey.objects.filter(fingerprint=known).exists():
                return
            # Left by an earlier database.
            shutil.rmtree(self.folder)
        home.folder.mkdir(parents=True)
        key = home.make_key(new_secret())
        page = self.browser.open(LICENSE_PAGE)
        vendor = self._fetched(page.text, LICENSE_PAGE + r"[^/\"]+/VENDOR\.pub", "VENDOR.pub")
        home.trust(named_keys([read_public_file(vendor)]))
        self._take_license(page.text)
        self._activate(now)
        wait()
        self._take_license(self.browser.open(LICENSE_PAGE).text)
        if "customer_key" in json.dumps(self.company.terms):
            make_private(home.folder / CUSTOMER_KEY, new_secret().hex().encode())
        (self.folder / "instance.pub").write_text(public_file(bytes(key.verify_key)))
        if self.company.reports_by == "post":
            self._make_token()

    def report(self, until: date, now: datetime, wait: Callable[[], None]) -> int:
        """Write what is due up to a day, exclusive, and hand it over; return how many reports went out."""
        self.play_product(until)
        activity = Activity(zone_table(self.company.terms["timezone"]))
        activity.add_files(sorted((self.folder / "activity").glob("*.ndjson")), empty_is_nobody=True)
        accounts = Provisioned(users=self.company.provisioned, date=until, source=self.company.provisioned_source)
        asked = Asked(activity=activity, until=until, since=self.company.first_month, provisioned=accounts)
        try:
            with self.home.locked() as state:
                written = ReportWriter(self.home, _machine(self.company, now), asked).write(state)
        except NothingToReport:
            written = None
        self._hand_over(wait)
        return len(written.paths) if written else 0

    def reports(self) -> list[Path]:
        """Return every report that was written, in the order of the chain."""
        found = [*self.home.outbox().glob("*.report.txt"), *self.home.sent().glob("*.report.txt")]
        return sorted(found, key=lambda path: path.name)

    def _hand_over(self, wait: Callable[[], None]) -> None:
        """Send what waits, or upload it in the portal, and bring the receipts back."""
        waiting = sorted(self.home.outbox().glob("*.report.txt"))
        if self.company.reports_by == "post":
            token = (self.folder / "token").read_text()
            # Asked a second time, the portal has the receipt.
            for _ in range(2):
                list(post_outbox(home=self.home, url=self.base, token=token))
                wait()
            return
        for path in waiting:
            page = self.browser.open("/usage/upload/")
            form = page.form(having="file")
            self.browser.submit(page, form, {"file": path}, instance=self.instance.public_id)
        wait()
        for receipt in ReportReceipt.objects.filter(report__instance=self.instance).select_related("report"):
            if receipt.report.file_name in {path.name for path in waiting}:
                address = f"/usage/reports/{receipt.report.public_id}/receipt"
                target = self.browser.download(address, self.folder / "receipts" / f"{receipt.report.public_id}.txt")
                take_receipt(home=self.home, text=target.read_text())

    def _take_license(self, page: str) -> None:
        take_license(home=self.home, text=self._fetched(page, LICENSE_PAGE + r"[A-Za-z0-9_-]+/(?=\")", "LICENSE"))

    def _activate(self, now: datetime) -> None:
        path, _ = answer_license(home=self.home, license=self.home.license(), instance=None, now=now)
        page = self.browser.open(LICENSE_PAGE)
        self.browser.submit(page, page.form(ending=LICENSE_PAGE, having="file"), {"file": path})

    def _make_token(self) -> None:
        page = self.browser.open(KEYS_PAGE)
        form = page.form(ending=KEYS_PAGE, having="instance")
        made = self.browser.submit(page, form, None, instance=self.instance.public_id, name="reporter")
        found = _TOKEN.search(made.text)
        if found is None:
            raise NotTheTruth("The page of keys did not show the new key.")
        make_private(self.folder / "token", found[0].encode())

    def _fetched(self, page: str, pattern: str, name: str) -> str:
        found = re.search(pattern, page)
        if found is None:
            raise NotTheTruth(f"The page of the licence names no {name}.")
        return self.browser.download(found[0], self.folder / name).read_text()


def check_truth(site: Site, month: date, active_users: int | None) -> None:
    """Compare a count, None where there is none, with the product's own figure. Raises NotTheTruth."""
    if active_users != site.truth(month):
        words = f"{site.company.name}: {active_users} active users were counted in {month:%B}"
        raise NotTheTruth(f"{words}, and the product's own log has {site.truth(month)}.")


def leave_reports(sites: list[Site], folder: Path) -> None:
    """Copy reports and public keys to where people look for them: those that were handed over as files first."""
    for site in sites:
        by_file = site.company.reports_by == "file"
        target = folder / "reports" if by_file else folder / "reports" / "on-line"
        target.mkdir(parents=True, exist_ok=True)
        for path in site.reports():
            shutil.copyfile(path, target / path.name)
        key = folder / "instance.pub" if by_file else target / "instance.pub"
        shutil.copyfile(site.folder / "instance.pub", key)


def reported(site: Site) -> int:
    """Return how many reports of a site count."""
    return sum(one.is_counted for one in UsageReport.objects.filter(instance=site.instance))


def _machine(company: Company, now: datetime) -> Host:
    """The machine of a site: it was started once, on the first day of the contract."""
    started = datetime(company.first_month.year, company.first_month.month, 1, tzinfo=UTC) - timedelta(days=1)
    seconds = int((now - started).total_seconds())
    return Host(now=now, monotonic_seconds=seconds, boot_id=f"{company.key}-1", machine_id=f"{company.key}-machine")
