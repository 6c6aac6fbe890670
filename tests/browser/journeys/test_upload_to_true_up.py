"""The main job in a browser: from a customer's file to the invoice that carries a late one.

Aurel's administrator uploads May, finance closes and finalizes it, both open the same PDF; a corrected file arrives,
the account manager accepts its true-up, and June's draft carries it. A stranger sees nothing of all this.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.journeys.conftest import Window
from tests.cast import House

PATIENCE = 60_000
ADMIN_A, FINANCE, MANAGER = "admin@aurel.example", "finance@vendor.example", "manager@vendor.example"


def month_file(folder: Path, name: str, month: date, users: int) -> Path:
    """Write an export in which each user logs in once, spread over the first 28 days."""
    days: Sequence[date] = [month + timedelta(days=offset) for offset in range(28)]
    rows = ["event_id,user_id,occurred_at,action"]
    for number in range(users):
        day = days[number % 28].isoformat()
        rows.append(f"{month:%m}-{number:04},user{number:04}@aurel.example,{day}T12:00:00+02:00,login")
    path = folder / name
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def upload(window: Visit, path: Path, last_day: date, exported_at: str, *, replaces: bool = False) -> None:
    """Choose the file, check it, state its days, and wait for the result; the worker does the rest."""
    page = window.page
    window.go("/usage/upload/")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Send the file").click()
    page.get_by_role("heading", name="Check the file before it counts").wait_for(timeout=PATIENCE)
    page.get_by_label("First day").fill(last_day.replace(day=1).isoformat())
    page.get_by_label("Last day").fill(last_day.isoformat())
    page.get_by_label("Exported at").fill(exported_at)
    page.get_by_role("button", name="See what will change").click()
    if replaces:
        # Which file the days count from is said before anything is read.
        page.get_by_text("already covered by").wait_for()
        page.get_by_role("button", name="See what will change").click()
    page.get_by_role("button", name="Count with this file").click(timeout=PATIENCE)
    page.get_by_role("heading", name="Berlin-1,").wait_for(timeout=PATIENCE)


def draft_month(desk: Visit, month: str) -> None:
    """Count and draft a month at the desk, and wait until the draft can be opened."""
    desk.go(f"/admin/close/?month={month}")
    desk.page.get_by_role("button", name="Count and draft every contract").click()
    # The page shows the state anew by itself while contracts are being closed.
    desk.page.get_by_role("checkbox", name="choose Aurel Maschinenbau GmbH").wait_for(timeout=PATIENCE)


def sound_desk(desk: Visit, name: str) -> None:
    """A page of the desk is kept as a picture, fits its window, and the browser said nothing."""
    desk.picture(f"desk-{name}")
    wide = desk.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{desk.page.url} is {wide} px wider than its window"
    assert desk.complaints == [], desk.page.url


def digest_of(window: Visit, path: str) -> str:
    """Download what an address serves, as the signed-in person, and return its SHA-256."""
    answer = window.page.request.get(f"{window.address}{path}")
    assert answer.ok, f"{path} answered {answer.status}"
    return hashlib.sha256(answer.body()).hexdigest()


@pytest.mark.needs("chromium")
def test_from_a_file_to_the_invoice_that_carries_a_late_one(product: House, visit: Window, tmp_path: Path) -> None:
    customer, finance, manager = visit(), visit(), visit()
    customer.sign_in(ADMIN_A)
    upload(customer, month_file(tmp_path, "may.csv", date(2026, 5, 1), 412), date(2026, 5, 31), "2026-06-01T08:00:00")
    expect(customer.page.get_by_text("412", exact=True).first).to_be_visible()

    # Finance looks at the draft: 412 x 29.00 = 11,948.00, with 19 % tax 14,218.12; the floor of 400 is passed.
    finance.sign_in(FINANCE)
    draft_month(finance, "2026-05")
    sound_desk(finance, "close")
    finance.page.get_by_role("link", name="Aurel Maschinenbau GmbH").click()
    expect(finance.page.get_by_role("heading", name="Draft for Aurel Maschinenbau GmbH")).to_be_visible()
    expect(finance.page.get_by_role("cell", name="11,948.00").first).to_be_visible()
    expect(finance.page.get_by_role("cell", name="14,218.12 EUR")).to_be_visible()
    sound_desk(finance, "draft")
    finance.page.get_by_role("button", name="Finalize").click()
    expect(finance.page.get_by_role("heading", name="Invoice R-0001")).to_be_visible()

    # The customer downloads the same PDF, and the list behind the number.
    path = finance.page.url.removeprefix(finance.address).removeprefix("/admin")
    pdf_at_the_desk = finance.page.get_by_role("link", name="Open the PDF")
    for _ in range(60):
        if pdf_at_the_desk.count():
            break
        finance.page.wait_for_timeout(500)
        finance.page.reload()
    sound_desk(finance, "invoice")
    assert digest_of(finance, f"/admin{path}pdf/") == digest_of(customer, f"{path}pdf")
    people = customer.page.request.get(f"{customer.address}{path}people.csv").text()
    assert people.count("@aurel.example") == 412

    # Three more people in a later export of May: 415 x 29.00, so 87.00 more.
    late = month_file(tmp_path, "may-corrected.csv", date(2026, 5, 1), 415)
    upload(customer, late, date(2026, 5, 31), "2026-06-10T08:00:00", replaces=True)
    manager.sign_in(MANAGER)
    for _ in range(60):
        manager.go("/admin/")
        if manager.page.get_by_role("link", name="Decide").count():
            break
        manager.page.wait_for_timeout(500)
    manager.page.get_by_role("link", name="Decide").click()
    expect(manager.page.get_by_role("heading", name="May 2026: +87.00")).to_be_visible()
    expect(manager.page.get_by_text("3 new, 0 gone: 412 + 3")).to_be_visible()
    sound_desk(manager, "true-up")
    manager.page.get_by_role("radio", name="Accept").check()
    manager.page.get_by_label("Reason the customer will read").fill("Three tablets synchronized in June.")
    manager.page.get_by_role("button", name="Decide").click()
    expect(manager.page.get_by_text("Accepted by Amir Manders")).to_be_visible()

    # June has 390 people: the floor of 400 lifts it to 11,600.00, and the true-up stands beside it.
    upload(customer, month_file(tmp_path, "june.csv", date(2026, 6, 1), 390), date(2026, 6, 30), "2026-07-01T08:00:00")
    draft_month(finance, "2026-06")
    finance.page.get_by_role("link", name="Aurel Maschinenbau GmbH").click()
    for amount in ("11,310.00", "290.00", "87.00", "11,687.00"):
        expect(finance.page.get_by_role("cell", name=amount).first).to_be_visible()
    sound_desk(finance, "draft-with-true-up")


@pytest.mark.needs("chromium")
def test_each_of_the_cast_arrives_where_they_belong(product: House, visit: Window) -> None:
    # Two instances have been silent since their contracts began, and nothing else waits.
    for email, heading in (
        (FINANCE, "2 things wait for you"),
        (MANAGER, "2 things wait for you"),
        ("admin@vendor.example", "2 things wait for you"),
        (ADMIN_A, ""),
        ("admin@birch.example", ""),
        ("stranger@nowhere.example", ""),
    ):
        window = visit()
        window.sign_in(email)
        where = window.page.url.removeprefix(window.address)
        assert where == ("/admin/" if heading else "/"), email
        if "stranger" in email:
            expect(window.page.get_by_text("You do not belong to a company yet")).to_be_visible()
        if heading:
            expect(window.page.get_by_role("heading", name=heading)).to_be_visible()
            window.page.set_viewport_size({"width": 390, "height": 900})
            sound_desk(window, f"today-narrow-{email.partition('@')[0]}")
