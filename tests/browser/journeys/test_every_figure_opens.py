"""Nobody argues about a number: from a late file over two people to the next invoice, every figure opens.

Aurel uploads May, finance bills it, a late file brings three people more. The contract lets nobody settle more than
EUR 50.00 alone: the account manager accepts, finance approves, and June's invoice carries it. On the way every figure
of every page leads to the place where the same number is explained, down to its people and the line of the file.
"""

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import expect

from licenses.operations.add_contract_version import add_contract_version
from rollcall.period import Period
from tests.browser.conftest import Visit
from tests.browser.journeys.conftest import Window
from tests.browser.journeys.figures import assert_every_figure_opens, assert_leads_to_lines
from tests.browser.journeys.steps import (
    ADMIN_A,
    FINANCE,
    MANAGER,
    accept_true_up,
    digest_of,
    draft_month,
    month_file,
    open_true_up,
    path_of,
    sound_desk,
    upload,
    wait_for_pdf,
)
from tests.cast import AGREED_AT, BUILDER, House, terms_json

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def agree_on_two_people(house: House) -> None:
    """From April on, a difference above EUR 50.00 takes two people."""
    terms = terms_json(true_up={"ignore_below": "0.00", "settle": "next_invoice", "approve_above": "50.00"})
    rest_of_the_year = Period(date(2026, 4, 1), date(2027, 1, 1))
    add_contract_version(
        actor=BUILDER, contract=house.contract_a, terms=terms, active=rest_of_the_year, agreed_at=AGREED_AT
    )


def open_draft(finance: Visit, month: str) -> str:
    """Draft a month, hold the month's page to its figures, and return the address of Aurel's draft."""
    draft_month(finance, month)
    assert_every_figure_opens(finance, f"/admin/close/?month={month}")
    finance.page.get_by_role("link", name="Aurel Maschinenbau GmbH").click()
    expect(finance.page.get_by_role("heading", name="Draft for Aurel Maschinenbau GmbH")).to_be_visible()
    return path_of(finance)


def finalize(finance: Visit, number: str) -> str:
    """Finalize the draft that is shown, wait for its documents, and return the invoice's address in the portal."""
    finance.page.get_by_role("link", name="Finalize").click()
    finance.page.get_by_role("button", name="Finalize").click()
    expect(finance.page.get_by_role("heading", name=f"Invoice {number}")).to_be_visible()
    wait_for_pdf(finance)
    return path_of(finance).removeprefix("/admin")


@pytest.mark.needs("chromium")
def test_every_figure_on_the_way_opens(product: House, visit: Window, tmp_path: Path) -> None:
    agree_on_two_people(product)
    customer, finance, manager = visit(), visit(), visit()
    customer.sign_in(ADMIN_A)
    upload(customer, month_file(tmp_path, "may.csv", MAY, 412), date(2026, 5, 31), "2026-06-01T08:00:00")

    # May: 412 x 29.00 = 11,948.00, at the desk as a draft, then as an invoice.
    finance.sign_in(FINANCE)
    draft = open_draft(finance, "2026-05")
    assert_every_figure_opens(finance, draft, "412", "11,948.00")
    may = finalize(finance, "R-0001")
    assert_every_figure_opens(finance, f"/admin{may}", "412", "11,948.00")
    assert_every_figure_opens(finance, f"/admin{may}explain/", "412")
    assert_leads_to_lines(finance, 412, person="user0007@aurel.example", file="may.csv", line=9)

    # The same for the customer.
    assert_every_figure_opens(customer, "/", "412", "11,948.00")
    assert_every_figure_opens(customer, "/invoices/", "412", "14,218.12")
    assert_every_figure_opens(customer, may, "412", "11,948.00", "2,270.12", "14,218.12")
    assert_every_figure_opens(customer, f"{may}people/", "412")
    assert_leads_to_lines(customer, 412, person="user0007@aurel.example", file="may.csv", line=9)
    # Both open the same PDF, and the list behind the number has everybody.
    assert digest_of(finance, f"/admin{may}pdf/") == digest_of(customer, f"{may}pdf")
    people = customer.page.request.get(f"{customer.address}{may}people.csv").text()
    assert people.count("@aurel.example") == 412

    # Three more people in a later export of May, so 87.00 more: above what one person settles.
    late = month_file(tmp_path, "may-corrected.csv", MAY, 415)
    upload(customer, late, date(2026, 5, 31), "2026-06-10T08:00:00", replaces=True)
    manager.sign_in(MANAGER)
    open_true_up(manager)
    true_up = path_of(manager)
    expect(manager.page.get_by_role("heading", name="May 2026: +87.00")).to_be_visible()
    expect(manager.page.get_by_text("3 new, 0 gone: 412 + 3")).to_be_visible()
    assert_every_figure_opens(manager, true_up, "412", "415", "3", "0", "11,948.00", "12,035.00")
    manager.page.get_by_role("row", name="Active users").get_by_role("link", name="415").click()
    assert_leads_to_lines(manager, 415, person="user0414@aurel.example", file="may-corrected.csv", line=416)
    manager.go(true_up)
    accept_true_up(manager, "Three tablets synchronized in June.")
    expect(manager.page.get_by_text("A second person approves it.", exact=True)).to_be_visible()
    assert manager.page.get_by_role("button", name="Approve it").count() == 0
    sound_desk(manager, "true-up-waits")

    # June has 390 people. Nothing of the true-up is billed before the second person approves it.
    upload(customer, month_file(tmp_path, "june.csv", JUNE, 390), date(2026, 6, 30), "2026-07-01T08:00:00")
    june = open_draft(finance, "2026-06")
    expect(finance.page.get_by_role("cell", name="11,600.00").first).to_be_visible()
    assert finance.page.get_by_role("cell", name="87.00", exact=True).count() == 0
    finance.go(true_up)
    finance.page.get_by_role("button", name="Approve it").click()
    expect(finance.page.get_by_text("Approved by Fiona Nance", exact=True)).to_be_visible()
    sound_desk(finance, "true-up-approved")

    # 390 people, lifted to the floor of 400, and the true-up beside them: 11,310.00 + 290.00 + 87.00.
    for _ in range(60):
        finance.go(june)
        if finance.page.get_by_role("cell", name="11,687.00").count():
            break
        finance.page.wait_for_timeout(500)
    figures = ("390", "10", "400", "11,310.00", "290.00", "87.00", "11,687.00")
    assert_every_figure_opens(finance, june, *figures)
    carried = finalize(finance, "R-0002")
    assert_every_figure_opens(finance, f"/admin{carried}", *figures)
    assert_every_figure_opens(finance, f"/admin{may}known/", "11,948.00", "87.00", "12,035.00")
    assert_every_figure_opens(customer, carried, *figures)
    assert_every_figure_opens(customer, f"{carried}explain/", "390", "400")

    # What the line settles: from the invoice that carries it to the people of May, then and now.
    customer.go(carried)
    customer.page.get_by_role("link", name="87.00 EUR").first.click()
    expect(customer.page.get_by_role("heading", name="R-0001, then and now")).to_be_visible()
    known = path_of(customer)
    assert_every_figure_opens(customer, known, "11,948.00", "87.00", "412", "415")
    customer.page.get_by_role("link", name="415").click()
    assert_leads_to_lines(customer, 415, person="user0414@aurel.example", file="may-corrected.csv", line=416)
