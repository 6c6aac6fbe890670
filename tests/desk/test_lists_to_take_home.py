"""Every list is taken home as it is filtered, as CSV and as a workbook; invoices open in saved views."""

import csv
import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from billing.models import Invoice
from ground import clock
from tests.billing.runs.fleet import done, fleet
from tests.billing.story import at
from tests.cast import House
from tests.desk.browser import Browser
from tests.isolation.world import World, desk_models

INVOICES = "/admin/billing/invoice/"


@pytest.fixture
def finance(committed_house: House) -> Client:
    """Three drafts over April, of which two are finalized; finance is signed in."""
    contracts = fleet(committed_house, ["100.00", "250.50", "300.00"])
    done(committed_house.finance.actor, "draft", only=contracts)
    done(committed_house.finance.actor, "finalize", only=contracts[:2])
    client = Client()
    client.force_login(committed_house.finance.user)
    return client


def table(client: Client, address: str) -> list[list[str]]:
    """The rows of a list as CSV, without the heading."""
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    assert response["Content-Disposition"].endswith('.csv"'), address
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_the_list_of_invoices_comes_home_as_it_is_filtered_and_sorted(finance: Client) -> None:
    heading, *rows = table(finance, f"{INVOICES}?as=csv")
    assert heading[:5] == ["number", "kind", "state", "customer", "contract"]
    assert [(row[0], row[2], row[10]) for row in rows] == [
        ("", "draft", "300.00"),
        ("R-0002", "finalized", "250.50"),
        ("R-0001", "finalized", "100.00"),
    ]
    assert [row[0] for row in table(finance, f"{INVOICES}?view=to_send&as=csv")[1:]] == ["R-0002", "R-0001"]
    assert [row[4] for row in table(finance, f"{INVOICES}?view=draft&as=csv")[1:]] == ["K-RUN-003"]
    assert table(finance, f"{INVOICES}?view=credit_notes&as=csv")[1:] == []
    assert [row[0] for row in table(finance, f"{INVOICES}?q=R-0001&as=csv")[1:]] == ["R-0001"]


def test_a_workbook_has_numbers_as_numbers_and_days_as_days(finance: Client) -> None:
    response = finance.get(f"{INVOICES}?view=to_send&as=xlsx")

    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(response.streaming_content)))
    heading, *rows = book.get_sheet_by_index(0).to_python()
    first = dict(zip(heading, rows[0], strict=True))
    assert (first["before tax"], first["issued"], first["period start"]) == (250.5, date(2026, 5, 3), date(2026, 4, 1))


def test_overdue_is_what_is_past_its_day(finance: Client, today: Callable[[int, int], None]) -> None:
    assert table(finance, f"{INVOICES}?view=overdue&as=csv")[1:] == []
    due = Invoice.objects.filter(number="R-0001").values_list("due_date", flat=True).get()
    assert due is not None
    today(due.month, due.day)
    assert table(finance, f"{INVOICES}?view=overdue&as=csv")[1:] == []
    today(due.month, due.day + 1)
    assert [row[0] for row in table(finance, f"{INVOICES}?view=overdue&as=csv")[1:]] == ["R-0002", "R-0001"]


def test_the_views_and_the_files_are_offered_above_the_list(committed_house: House) -> None:
    page = Browser(committed_house.finance).open(f"{INVOICES}?view=overdue&state__exact=finalized").page

    for words in ("Drafts", "To send", "Not delivered", "Overdue", "Credit notes", "CSV", "XLSX"):
        assert words in page


def test_an_unknown_filter_leads_back_to_the_list(finance: Client) -> None:
    response = finance.get(f"{INVOICES}?password=1&as=csv")
    assert (response.status_code, response["Location"]) == (302, INVOICES)


def test_every_list_of_the_desk_comes_home(world: World) -> None:
    client = Client()
    client.force_login(world.house.finance.user)
    for model in desk_models():
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        heading, *rows = table(client, f"{address}?as=csv")
        assert len(heading) >= 2, address
        assert all(len(row) == len(heading) for row in rows), address
        if model.objects.exists():
            assert rows, address


def test_the_month_comes_home_as_it_is_filtered(finance: Client) -> None:
    heading, *rows = table(finance, "/admin/close/?month=2026-04&view=drafted&as=csv")

    assert [(row[1], row[heading.index("before tax")]) for row in rows] == [("K-RUN-003", "300.00")]
    found = table(finance, "/admin/close/?month=2026-04&find=run-00&sort=amount&as=csv")[1:]
    assert [Decimal(row[heading.index("before tax")]) for row in found] == [300, Decimal("250.50"), 100]
    assert clock.now() == at(5, 3)
