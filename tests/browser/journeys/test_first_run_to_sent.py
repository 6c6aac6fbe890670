"""From an empty customer list to a sent invoice, in a browser: the first run is imported, a month is billed and mailed.

Finance sends one workbook and sees every row before it is written; the imported customer's administrator uploads May;
finance finalizes the draft and sends it to the imported billing contact, with the number after the old system's last.
"""

import email
import re
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from django.conf import settings
from playwright.sync_api import expect

from billing.imports.steps import BY_KIND
from billing.models import Delivery, Invoice
from billing.operations.close_period import close_period
from ground import clock
from licenses.models import Contract, Customer
from licenses.operations.add_member import add_member
from licenses.operations.add_person import add_person
from rollcall.period import Period
from tests.browser.conftest import Visit
from tests.browser.journeys.conftest import Window
from tests.browser.journeys.steps import FINANCE, PATIENCE, month_file, sound_desk, upload, wait_for_pdf
from tests.cast import BUILDER, PASSWORD, House

MAY = Period(date(2026, 5, 1), date(2026, 6, 1))
TERMS = BY_KIND["contracts"].sample[1][-1].replace("Europe/Paris", "Europe/Berlin").replace('"20"', '"19"')
SHEETS: dict[str, list[tuple[str, ...]]] = {
    "customers": [
        ("number", "name", "address", "country", "language"),
        ("C-3001", "Nordlicht Werke GmbH", "Werftstraße 12 | 24143 Kiel", "DE", "de"),
    ],
    "contracts": [
        ("number", "customer", "product", "purchase_order", "terms"),
        ("K-3001", "C-3001", "Atlas Analytics Server", "PO-4711", TERMS),
    ],
    "instances": [("contract", "name", "reports_from"), ("K-3001", "Berlin-1", "2026-05-01")],
    "provisioned_users": [("contract", "date", "users", "source"), ("K-3001", "2026-05-31", "120", "directory")],
    "billing_contacts": [("contract", "email", "name"), ("K-3001", "rechnung@nordlicht.example", "Frauke Petersen")],
    "open_balances": [
        ("customer", "number", "currency", "amount", "due_date"),
        ("C-3001", "RE-2025-0917", "EUR", "1190.00", "2026-01-15"),
    ],
    "series": [("document", "prefix", "last_number"), ("invoice", "R-", "1841")],
}


def workbook(folder: Path) -> Path:
    """The workbook of a vendor who comes from another system."""
    path = folder / "first-run.xlsx"
    book = xlsxwriter.Workbook(path)
    for name, rows in SHEETS.items():
        page = book.add_worksheet(name)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    book.close()
    return path


@pytest.mark.needs("chromium")
def test_from_a_workbook_to_a_mailed_invoice(product: House, visit: Window, tmp_path: Path) -> None:
    finance = visit()
    page = finance.page
    finance.sign_in(FINANCE)
    finance.go("/admin/first-run/")
    page.get_by_label("CSV or XLSX files").set_input_files(workbook(tmp_path))
    page.get_by_role("button", name="Show what they would do").click()
    page.get_by_role("heading", name="What the import would do").wait_for(timeout=PATIENCE)
    assert not Customer.objects.filter(number="C-3001").exists(), "a look writes nothing"
    # The page that waited was left in the middle of loading; from here on nothing moves by itself.
    finance.complaints.clear()
    page.reload()
    sound_desk(finance, "journey-import")
    page.get_by_role("button", name="Import 7 rows").click()
    page.get_by_role("heading", name="Imported").wait_for(timeout=PATIENCE)
    finance.complaints.clear()

    # The customer's administrator is invited and uploads May: 100 people.
    contract = Contract.objects.select_related("customer").get(number="K-3001")
    person = add_person(actor=BUILDER, email="admin@nordlicht.example", full_name="Nora Nord", password=PASSWORD)
    add_member(actor=BUILDER, customer=contract.customer, user=person, role="admin")
    customer = visit()
    customer.sign_in("admin@nordlicht.example")
    upload(customer, month_file(tmp_path, "may.csv", MAY.start, 100), date(2026, 5, 31), "2026-06-01T08:00:00")

    # 100 x 29.00 = 2,900.00, with 19 % tax 3,451.00, under the number after the old system's last.
    now = clock.now()
    closing = close_period(actor=product.finance.actor, contract=contract, period=MAY, now=now, today=now.date())
    assert closing.invoice is not None, closing
    finance.go(f"/admin/invoices/{closing.invoice.public_id}/")
    page.get_by_role("button", name="Finalize").click()
    expect(page.get_by_role("heading", name="Invoice R-1842")).to_be_visible()
    wait_for_pdf(finance)
    page.get_by_role("button", name=re.compile("^Send$")).click()
    expect(page.get_by_text("On its way to rechnung@nordlicht.example.")).to_be_visible()
    wait_for_sent(finance)
    sound_desk(finance, "journey-sent")

    delivery = Delivery.objects.get(invoice=Invoice.objects.get(number="R-1842"))
    [sent] = [email.message_from_bytes(path.read_bytes()) for path in (Path(settings.VAR_DIR) / "mail").glob("*.log")]
    assert (sent["To"], sent["Message-ID"]) == ("rechnung@nordlicht.example", delivery.message_id)
    assert [part.get_filename() for part in sent.walk() if part.get_filename()] == ["R-1842.pdf"]
    assert "Zu zahlen: 3.451,00 EUR" in delivery.body

    # The contact is removed: nothing of this contract can be sent any more.
    finance.go(f"/admin/contracts/{contract.public_id}/")
    page.get_by_role("button", name="Remove rechnung@nordlicht.example").click()
    expect(page.get_by_text("Nobody receives the invoices of this contract yet.")).to_be_visible()


def wait_for_sent(finance: Visit) -> None:
    """Look at the invoice again until its mail is out."""
    for _ in range(60):
        if finance.page.locator("section[aria-labelledby=sending]").get_by_text("sent", exact=True).count():
            return
        finance.page.wait_for_timeout(500)
        finance.page.reload()
    raise AssertionError(f"{finance.page.url} was not sent after 30 s")
