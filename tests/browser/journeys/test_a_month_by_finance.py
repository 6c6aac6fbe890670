"""A month by finance, from files of another system to a credit note, in a browser, with every amount on the way.

Finance imports customers and contracts, one of the customers uploads May; finance closes the month, follows one number
down to a line of the file, takes something off one draft, which another person approves, finalizes all together, sends
all together, and gives a part of one invoice back. At the end the PDFs are read as their readers read them.
"""

import email
import json
import re
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from django.conf import settings
from playwright.sync_api import expect

from billing.imports.steps import BY_KIND
from billing.models import Delivery, Invoice
from billing.operations.set_approval_limit import set_approval_limit
from ground import clock
from licenses.models import Contract, Customer
from licenses.operations.add_member import add_member
from licenses.operations.add_person import add_person
from tests.billing.runs.fleet import fixed_terms
from tests.browser.conftest import FRAME, LOOKS, Visit
from tests.browser.journeys.conftest import Window
from tests.browser.journeys.figures import assert_leads_to_lines
from tests.browser.journeys.steps import FINANCE, MANAGER, PATIENCE, month_file, path_of, upload
from tests.cast import BUILDER, PASSWORD, House
from tests.documents.said_by_all import in_database, on_pages, stored

MONTH = "/admin/close/?month=2026-05"
PER_USER = BY_KIND["contracts"].sample[1][-1].replace("Europe/Paris", "Europe/Berlin").replace('"20"', '"19"')
PLATFORM = json.dumps(fixed_terms("1250.50", start="2026-05-01"))
ABROAD = json.dumps(fixed_terms("990.00", start="2026-05-01", tax={"decided_by": "rule"}))
SHEETS: dict[str, list[tuple[str, ...]]] = {
    "customers": [
        ("number", "name", "address", "country", "language"),
        ("C-3001", "Nordlicht Werke GmbH", "Werftstraße 12 | 24143 Kiel", "DE", "de"),
        ("C-3002", "Westwind Energie GmbH", "Deichweg 3 | 25813 Husum", "DE", "de"),
        ("C-3003", "Alpenglas AG", "Bahnhofstrasse 4 | 7000 Chur", "CH", "en"),
    ],
    "contracts": [
        ("number", "customer", "product", "purchase_order", "terms"),
        ("K-3001", "C-3001", "Atlas Analytics Server", "PO-4711", PER_USER),
        ("K-3002", "C-3002", "Atlas Platform", "PO-4712", PLATFORM),
        ("K-3003", "C-3003", "Atlas Platform", "PO-4713", ABROAD),
    ],
    "instances": [("contract", "name", "reports_from"), ("K-3001", "Berlin-1", "2026-05-01")],
    "provisioned_users": [("contract", "date", "users", "source"), ("K-3001", "2026-05-31", "120", "directory")],
    "billing_contacts": [
        ("contract", "email", "name"),
        ("K-3001", "rechnung@nordlicht.example", "Frauke Petersen"),
        ("K-3002", "rechnung@westwind.example", "Ole Jansen"),
        ("K-3003", "invoices@alpenglas.example", "Reto Caduff"),
    ],
    "open_balances": [
        ("customer", "number", "currency", "amount", "due_date"),
        ("C-3001", "RE-2025-0917", "EUR", "1190.00", "2026-01-15"),
    ],
    "series": [("document", "prefix", "last_number"), ("invoice", "R-", "1841"), ("credit_note", "G-", "96")],
}
ROWS = sum(len(rows) - 1 for rows in SHEETS.values())


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
def test_a_month_by_finance(product: House, visit: Window, tmp_path: Path) -> None:
    set_approval_limit(
        actor=product.vendor_admin.actor,
        legal_entity=product.legal_entity,
        currency="EUR",
        amount=Decimal(100),
        reason="Two people from EUR 100.00 on.",
        now=clock.now(),
    )
    finance = visit()
    finance.sign_in(FINANCE)
    crossed = {"import": import_the_workbook(finance, tmp_path)}
    customer = invite(visit(), "K-3001", "admin@nordlicht.example")
    upload(customer, month_file(tmp_path, "may.csv", date(2026, 5, 1), 100), date(2026, 5, 31), "2026-06-01T08:00:00")

    close_the_month(finance)
    crossed |= question_a_number(finance)
    crossed |= adjust_with_approval(finance, visit())
    crossed |= finalize_together(finance)
    crossed |= send_together(finance)
    crossed |= credit_ten_users(finance)
    crossed |= remove_the_contact(finance)
    assert finance.complaints == []

    documents_say_it()
    narrow = visit(width=LOOKS["narrow"][0])
    narrow.sign_in(FINANCE)
    assert narrow.look_at(crossed | {"month": MONTH}, picture="month-{}-narrow", but=FRAME) == {}


def import_the_workbook(finance: Visit, folder: Path) -> str:
    """Send the workbook, look at what it would do, import it; return the address of its page."""
    page = finance.page
    finance.go("/admin/first-run/")
    page.get_by_label("CSV or XLSX files").set_input_files(workbook(folder))
    page.get_by_role("button", name="Show what they would do").click()
    page.get_by_role("heading", name="What the import would do").wait_for(timeout=PATIENCE)
    assert not Customer.objects.filter(number="C-3001").exists(), "a look writes nothing"
    page.get_by_role("button", name=f"Import {ROWS} rows").click()
    page.get_by_role("heading", name="Imported").wait_for(timeout=PATIENCE)
    return path_of(finance)


def invite(window: Visit, contract_number: str, address: str) -> Visit:
    """Sign in as the administrator of the customer of a contract."""
    contract = Contract.objects.select_related("customer").get(number=contract_number)
    person = add_person(actor=BUILDER, email=address, full_name="Nora Nord", password=PASSWORD)
    add_member(actor=BUILDER, customer=contract.customer, user=person, role="admin")
    window.sign_in(address)
    return window


def close_the_month(finance: Visit) -> None:
    """Count and draft every contract: three are drafted, those of the house wait for their days."""
    finance.go(MONTH)
    finance.page.get_by_role("button", name="Count and draft every contract").click()
    finance.page.get_by_role("checkbox", name="choose Nordlicht Werke GmbH, K-3001").wait_for(timeout=PATIENCE)
    for name, amount in (
        ("Nordlicht Werke GmbH", "2,900.00 EUR"),
        ("Westwind Energie GmbH", "1,250.50 EUR"),
        ("Alpenglas AG", "990.00 EUR"),
    ):
        expect(finance.page.get_by_role("row", name=name).get_by_role("cell", name=amount)).to_be_visible()
    held = finance.page.get_by_role("row", name="Aurel Maschinenbau GmbH")
    expect(held.get_by_text("held")).to_be_visible()


def question_a_number(finance: Visit) -> dict[str, str]:
    """From the 100 users of the draft to one person and the line of the file that counts."""
    finance.page.get_by_role("link", name="Nordlicht Werke GmbH").click()
    expect(finance.page.get_by_role("heading", name="Draft for Nordlicht Werke GmbH")).to_be_visible()
    expect(finance.page.get_by_role("cell", name="3,451.00 EUR")).to_be_visible()
    draft = path_of(finance)
    finance.page.get_by_role("row").get_by_role("link", name="100", exact=True).first.click()
    finance.page.wait_for_load_state("load")
    number = path_of(finance)
    assert_leads_to_lines(finance, 100, person="user0007@aurel.example", file="may.csv", line=9)
    finance.go(draft)
    return {"number": number}


def adjust_with_approval(finance: Visit, manager: Visit) -> dict[str, str]:
    """Take EUR 145.00 off Nordlicht's draft; above the limit nothing of it is final before another person says so."""
    page, draft = finance.page, path_of(finance)
    page.get_by_role("link", name="Adjust", exact=True).click()
    page.get_by_label("Take off").check()
    page.get_by_label("Amount before tax, EUR").fill("145.00")
    page.get_by_label("Reason, as the customer reads it").fill("Five accounts of a training in May are not charged.")
    page.get_by_role("button", name="Put it on the draft").click()
    expect(page.get_by_text("Another person approves it before the draft is finalized.")).to_be_visible()
    expect(page.get_by_text("Somebody else approves it.")).to_be_visible()
    adjusted = path_of(finance)

    finance.go(f"{MONTH}&view=drafted")
    page.get_by_role("button", name="Finalize all").click()
    expect(page.get_by_role("heading", name="Dry run: finalize 2 contracts")).to_be_visible()
    expect(page.get_by_text(in_words("2 drafts get their numbers for good: 2,240.50 EUR before tax."))).to_be_visible()

    manager.sign_in(MANAGER)
    manager.go(adjusted)
    manager.page.get_by_role("button", name="Approve").click()
    expect(manager.page.get_by_text("approved by Amir Manders")).to_be_visible()

    finance.go(draft)
    for amount in ("2,900.00", "−145.00", "2,755.00", "523.45", "3,278.45 EUR"):
        expect(page.get_by_role("cell", name=amount, exact=True).first).to_be_visible()
    return {"invoice": draft, "adjustments": adjusted}


def finalize_together(finance: Visit) -> dict[str, str]:
    """Finalize all drafts of the month after their dry run: 2,755.00, 1,250.50 and 990.00 before tax."""
    page = finance.page
    finance.go(f"{MONTH}&view=drafted")
    page.get_by_role("button", name="Finalize all").click()
    expect(page.get_by_text(in_words("3 drafts get their numbers for good: 4,995.50 EUR before tax."))).to_be_visible()
    expect(page.get_by_text("R-1842 to R-1844, if nobody else finalizes meanwhile.")).to_be_visible()
    assert not Invoice.objects.filter(state=Invoice.State.FINALIZED).exists()
    page.get_by_role("button", name="Finalize 3").click()
    expect(page.get_by_text("Finalized R-1842 to R-1844.")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text(in_words("It comes to 4,995.50 EUR before tax."))).to_be_visible()
    return {"finalized": path_of(finance)}


def send_together(finance: Visit) -> dict[str, str]:
    """Send the three invoices after their dry run, once their PDFs are there, to the imported contacts."""
    page = finance.page
    wait_until(lambda: Invoice.objects.filter(documents__kind="pdf").count() == 3)
    finance.go(f"{MONTH}&view=finalized")
    page.get_by_role("button", name="Send all").click()
    expect(page.get_by_text(in_words("3 documents to send: 4,995.50 EUR before tax."))).to_be_visible()
    page.get_by_role("button", name="Send 3").click()
    expect(page.get_by_text("The mails are on their way")).to_be_visible(timeout=PATIENCE)
    run = path_of(finance)
    wait_until(lambda: Delivery.objects.filter(state=Delivery.State.SENT).count() == 3)
    mails = [email.message_from_bytes(path.read_bytes()) for path in (Path(settings.VAR_DIR) / "mail").glob("*.log")]
    sent = {mail["To"]: [part.get_filename() for part in mail.walk() if part.get_filename()] for mail in mails}
    assert sent == {
        "rechnung@nordlicht.example": [f"{number_of('K-3001')}.pdf"],
        "rechnung@westwind.example": [f"{number_of('K-3002')}.pdf"],
        "invoices@alpenglas.example": [f"{number_of('K-3003')}.pdf"],
    }
    assert "Zu zahlen: 3.278,45 EUR" in Delivery.objects.get(invoice__contract__number="K-3001").body
    return {"sent": run}


def credit_ten_users(finance: Visit) -> dict[str, str]:
    """Give ten users of Nordlicht's invoice back, 290.00 and its tax, under the number after the old system's last."""
    page, invoice = finance.page, Invoice.objects.get(contract__number="K-3001", kind=Invoice.Kind.INVOICE)
    finance.go(f"/admin/invoices/{invoice.public_id}/")
    page.get_by_role("link", name="Credit", exact=True).click()
    crossed = {"credit": path_of(finance)}
    page.get_by_label("A number of users").check()
    page.get_by_label("Users of line 1 to give back").fill("10")
    page.get_by_label("Reason the customer will read").fill("Ten accounts were test accounts of our own people.")
    expect(page.get_by_role("cell", name="345.10 EUR")).to_be_visible()
    page.get_by_role("button", name="Draft the credit note").click()
    expect(page.get_by_role("heading", name="Draft credit note for Nordlicht Werke GmbH")).to_be_visible()
    page.get_by_role("link", name="Finalize").click()
    page.get_by_role("button", name="Finalize").click()
    expect(page.get_by_role("heading", name="Credit note G-0097")).to_be_visible()
    wait_until(lambda: Invoice.objects.filter(documents__kind="pdf", kind=Invoice.Kind.CREDIT_NOTE).exists())
    page.reload()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("On its way to rechnung@nordlicht.example.")).to_be_visible()
    return crossed | {"note": path_of(finance)}


def remove_the_contact(finance: Visit) -> dict[str, str]:
    """Remove the only contact of a contract: nothing of it can be sent any more."""
    contract = Contract.objects.get(number="K-3001")
    finance.go(f"/admin/contracts/{contract.public_id}/")
    finance.page.get_by_role("button", name="Remove rechnung@nordlicht.example").click()
    expect(finance.page.get_by_text("Nobody receives the invoices of this contract yet.")).to_be_visible()
    return {"contract": path_of(finance)}


def documents_say_it() -> None:
    """Read every PDF as its reader does: its text, and the XML that it carries."""
    expected = {
        "K-3001": ([Decimal("2900.00"), Decimal("-145.00")], "2755.00", "523.45", "3278.45"),
        "K-3002": ([Decimal("1250.50")], "1250.50", "237.60", "1488.10"),
        "K-3003": ([Decimal("990.00")], "990.00", "0.00", "990.00"),
        "note": ([Decimal("290.00")], "290.00", "55.10", "345.10"),
    }
    for invoice in Invoice.objects.select_related("contract").order_by("pk"):
        lines, net, tax, gross = expected.pop("note" if invoice.is_credit_note else invoice.contract.number)
        assert (
            on_pages(stored(invoice, "pdf"))
            == in_database(invoice)
            == {
                "number": invoice.number,
                "lines": lines,
                "net": Decimal(net),
                "tax": Decimal(tax),
                "gross": Decimal(gross),
                "payable": Decimal(gross),
            }
        )
    assert expected == {}


def in_words(words: str) -> re.Pattern[str]:
    """The words with whatever blank stands between an amount and its currency."""
    return re.compile(re.escape(words).replace(r"\ ", r"\s*"))


def number_of(contract: str) -> str:
    return str(Invoice.objects.get(contract__number=contract, kind=Invoice.Kind.INVOICE).number)


def wait_until(is_done: Callable[[], bool]) -> None:
    """Wait for what the worker does beside the browser."""
    for _ in range(120):
        if is_done():
            return
        time.sleep(0.25)
    raise AssertionError("The worker did not do it within 30 s.")
