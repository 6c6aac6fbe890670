"""Lists: search, filter, order, pages; and what one takes home."""

import csv
import hashlib
import io
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from billing.models import InvoiceDocument
from tests.portal.conftest import Played


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.mark.parametrize(
    ("query", "first", "total"),
    [
        ({}, "user0001@aurel.example", "1 to 25 of 205 people"),
        ({"page": "9"}, "user0201@aurel.example", "201 to 205 of 205 people"),
        ({"page": "99"}, "user0201@aurel.example", "201 to 205 of 205 people"),
        ({"find": "USER0042"}, "user0042@aurel.example", "1 to 1 of 1 people"),
        ({"order": "-user"}, "user0205@aurel.example", "1 to 25 of 205 people"),
        ({"order": "-last"}, "user0009@aurel.example", "1 to 25 of 205 people"),
        ({"order": "password"}, "user0001@aurel.example", "1 to 25 of 205 people"),
        ({"why": "counted"}, "user0001@aurel.example", "1 to 25 of 205 people"),
        ({"period": "2026-03-01"}, "user0001@aurel.example", "1 to 25 of 320 people"),
    ],
)
def test_the_people_of_a_period(customer_a: Client, query: dict[str, str], first: str, total: str) -> None:
    text = customer_a.get("/counted/", query).content.decode()

    shown = text[text.index('<tbody role="rowgroup">', text.index('id="people"')) :]
    assert total in text
    assert shown.index(first) < shown.index("</tr>")


@pytest.mark.parametrize(("period", "day"), [("2026-03-02", "2 Mar 2026"), ("2031-01-01", "1 Jan 2031")])
def test_a_period_that_was_not_counted_says_so(customer_a: Client, period: str, day: str) -> None:
    said = customer_a.get("/counted/", {"period": period}).content.decode()

    assert f"Nothing is counted for a period that begins on {day}." in said
    assert customer_a.get("/counted/people.csv", {"period": period}).status_code == 404


def test_a_metric_that_was_not_counted_never_shows_the_number_of_another(customer_a: Client) -> None:
    latest = {"period": "2026-04-01"}
    assert "Why " in customer_a.get("/counted/", latest | {"metric": "active"}).content.decode()

    said = customer_a.get("/counted/", latest | {"metric": "seats"}).content.decode()

    assert "Nothing is counted for a period that begins on 1 Apr 2026." in said


def test_what_is_no_day_names_no_period(customer_a: Client) -> None:
    assert customer_a.get("/counted/", {"period": "never"}).status_code == 404


def test_nobody_matches_is_said(customer_a: Client) -> None:
    assert "Nobody matches." in customer_a.get("/counted/", {"find": "nobody-has-this-name"}).content.decode()


def test_the_csv_of_an_invoice_holds_everybody_who_was_counted(customer_a: Client, played: Played) -> None:
    response = customer_a.get(f"/invoices/{played.invoice.public_id}/people.csv")

    rows = rows_of(response.content)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="{played.invoice.number} people.csv"'
    assert sum(row["counted"] == "yes" for row in rows) == 430
    assert {row["user"] for row in rows} == {f"user{n:04}@aurel.example" for n in range(1, 431)}


def test_the_csv_of_a_period(customer_a: Client) -> None:
    response = customer_a.get("/counted/people.csv", {"period": "2026-03-01"})

    assert len(rows_of(response.content)) == 320


def test_the_pdf_is_the_stored_one(customer_a: Client, played: Played) -> None:
    stored = InvoiceDocument.objects.get(invoice=played.invoice, kind="pdf")

    shown = customer_a.get(f"/invoices/{played.invoice.public_id}/pdf")
    saved = customer_a.get(f"/invoices/{played.invoice.public_id}/pdf?save")

    content = b"".join(shown.streaming_content)
    assert hashlib.sha256(content).hexdigest() == stored.sha256
    assert shown["Content-Type"] == "application/pdf"
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert shown["Content-Disposition"] == f'inline; filename="{played.invoice.number}.pdf"'
    assert saved["Content-Disposition"] == f'attachment; filename="{played.invoice.number}.pdf"'


def test_a_damaged_pdf_is_not_sent(customer_a: Client, played: Played) -> None:
    stored = InvoiceDocument.objects.get(invoice=played.invoice, kind="pdf")
    path = Path(settings.STORAGE_ROOT) / stored.storage_key
    good = path.read_bytes()
    customer_a.raise_request_exception = False
    try:
        path.write_bytes(good[:-1] + b"!")
        response = customer_a.get(f"/invoices/{played.invoice.public_id}/pdf")
    finally:
        path.write_bytes(good)

    assert response.status_code == 500
    assert "Something failed on our side" in response.content.decode()


def test_an_invoice_shows_how_its_number_came_to_be(customer_a: Client, played: Played) -> None:
    text = customer_a.get(f"/invoices/{played.invoice.public_id}/").content.decode()

    for words in (
        "14,839.30 EUR for April 2026",
        "430 billed users, due 3 Jun 2026",
        "430 × 29.00",
        "VAT 19 % of 12,470.00",
        "2026-04-01.csv",
        played.report.sha256,
        played.invoice.snapshot["count"]["digest"],
    ):
        assert words in text


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, ["R-0002", "R-0001"]),
        ({"order": "issued"}, ["R-0001", "R-0002"]),
        ({"order": "-total"}, ["R-0002", "R-0001"]),
        ({"find": "0001"}, ["R-0001"]),
        ({"find": "R-9999"}, []),
    ],
)
def test_the_list_of_invoices(customer_a: Client, query: dict[str, str], numbers: list[str]) -> None:
    text = customer_a.get("/invoices/", query).content.decode()

    found = sorted(("R-0001", "R-0002"), key=lambda number: text.find(f">{number}</a>"))
    assert [number for number in found if f">{number}</a>" in text] == numbers


@pytest.mark.parametrize(
    ("query", "files"),
    [
        ({}, 4),
        ({"state": "waiting"}, 1),
        ({"state": "accepted"}, 3),
        ({"state": "anything"}, 4),
        ({"find": "04-01"}, 1),
        ({"find": "nothing"}, 0),
    ],
)
def test_the_list_of_reports(customer_a: Client, query: dict[str, str], files: int) -> None:
    text = customer_a.get("/usage/", query).content.decode()

    assert text.count('data-label="State"') == files


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-04-15", "April 2026"),
        ("2026-05-01", "May 2026"),
        ("someday", "May 2026"),
        ("2031-01-01", "Nothing is agreed"),
    ],
)
def test_the_calendar_of_another_period(customer_a: Client, day: str, words: str) -> None:
    assert words in customer_a.get("/usage/", {"day": day}).content.decode()
