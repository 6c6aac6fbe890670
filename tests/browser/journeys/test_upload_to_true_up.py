"""The main job in a browser: from a customer's file to the invoice that carries a late one.

Aurel's administrator uploads May, finance closes and finalizes it, both open the same PDF; a corrected file arrives,
the account manager accepts its true-up, and June's draft carries it. A stranger sees nothing of all this.
"""

import re
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.journeys.conftest import Window
from tests.browser.journeys.steps import (
    ADMIN_A,
    FINANCE,
    MANAGER,
    accept_true_up,
    digest_of,
    draft_month,
    month_file,
    open_true_up,
    sound_desk,
    upload,
    wait_for_pdf,
)
from tests.cast import House

DECIDED = re.compile(r"\+87\.00\s*EUR, on the next invoice, decided by Amir Manders")


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
    wait_for_pdf(finance)
    sound_desk(finance, "invoice")
    assert digest_of(finance, f"/admin{path}pdf/") == digest_of(customer, f"{path}pdf")
    people = customer.page.request.get(f"{customer.address}{path}people.csv").text()
    assert people.count("@aurel.example") == 412

    # Three more people in a later export of May: 415 x 29.00, so 87.00 more.
    late = month_file(tmp_path, "may-corrected.csv", date(2026, 5, 1), 415)
    upload(customer, late, date(2026, 5, 31), "2026-06-10T08:00:00", replaces=True)
    manager.sign_in(MANAGER)
    open_true_up(manager)
    expect(manager.page.get_by_role("heading", name="May 2026: +87.00")).to_be_visible()
    expect(manager.page.get_by_text("3 new, 0 gone: 412 + 3")).to_be_visible()
    sound_desk(manager, "true-up")
    accept_true_up(manager, "Three tablets synchronized in June.")
    expect(manager.page.get_by_text(DECIDED)).to_be_visible()

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
