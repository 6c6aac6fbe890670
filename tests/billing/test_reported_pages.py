"""The pages of a contract that bills reported counts: every number has its own name, and nobody is called active."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import lxml.html
import pytest
from django.test import Client

from ground import clock
from rollcall.period import Period
from tests.billing.story import APRIL, MARCH, Story, at, story_of, terms_json
from tests.billing.test_reported_counts import LAST_OF_MARCH, SEATS, TEN_EUROS, licence_file, members, month, send
from tests.cast import House
from usage.queries.reported import reported_days

TODAY = datetime(2026, 4, 12, 9, tzinfo=UTC)
NINTH_OF_APRIL = Period(date(2026, 4, 9), date(2026, 4, 10))


@pytest.fixture
def gitlab(committed_house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    """March is invoiced at 55 reported users, 120 accounts were listed, April runs with 41 so far."""
    monkeypatch.setattr(clock, "now", lambda: TODAY)
    story = story_of(committed_house, terms=terms_json(metrics=SEATS, charges=TEN_EUROS, gap_rule={"rule": "hold"}))
    send(story, members(120), covers=LAST_OF_MARCH, now=at(4, 1), name="members.csv")
    send(story, licence_file(month()), now=at(4, 1))
    story.bill(MARCH, now=at(4, 2), render=True)
    send(
        story, licence_file({date(2026, 4, 1): 41, date(2026, 4, 2): 40}), covers=APRIL, now=at(4, 3), name="april.csv"
    )
    return story


def page(story: Story, path: str, *, desk: bool = False) -> str:
    client = Client()
    client.force_login((story.house.finance if desk else story.house.customer_admin_a).user)
    response = client.get(path, {"contract": story.contract.public_id})
    assert response.status_code == 200, (path, response.status_code)
    return response.content.decode()


def text(story: Story, path: str) -> str:
    """What a person reads on a page of the portal."""
    return " ".join(str(lxml.html.fromstring(page(story, path)).text_content()).split())


def test_the_customers_first_page_names_five_numbers(gitlab: Story) -> None:
    text = " ".join(page(gitlab, "/").split())
    assert "41 reported users at your prices" in text
    assert "EUR 410.00" in text or "410.00" in text
    assert "active users at your prices" not in text
    assert "your contract bills reported users" in text
    for name, number in (("Provisioned", "120"), ("Reported", "41"), ("Active", "not counted"), ("Billed", "41")):
        cell = text.split(f"<dt>{name}</dt>")[1].split("</div>")[0]
        assert number in cell, (name, cell)
    assert "Reported users by period" in text


def test_the_days_behind_the_number_are_listed_with_their_files(gitlab: Story) -> None:
    text = page(gitlab, "/counted/")
    assert "Why 41 reported users?" in text
    assert "Reported users are the highest daily count of the period." in text
    assert "april.csv" in text
    rows = page(gitlab, "/counted/people.csv").splitlines()
    assert rows[0].lstrip("\ufeff") == '"day","users","instance","file","sha256"'
    assert rows[1].startswith('"2026-04-01","41","Hamburg-9","april.csv",')


def test_the_invoice_shows_reported_and_billed_and_no_active_users(gitlab: Story) -> None:
    invoice = gitlab.row(MARCH).invoice
    assert invoice is not None
    text = " ".join(page(gitlab, f"/invoices/{invoice.public_id}/people/").split())
    for name, number in (("Provisioned", "120"), ("Reported", "55"), ("Active", "not counted"), ("Billed", "55")):
        assert number in text.split(f"<dt>{name}</dt>")[1].split("</div>")[0], name
    assert "maximum of 31 daily counts, 55 on 12 Mar 2026" in page(gitlab, f"/invoices/{invoice.public_id}/")


@pytest.mark.parametrize("path", ["/contract/", "/usage/", "/invoices/"])
def test_the_other_pages_of_the_portal_stand(path: str, gitlab: Story) -> None:
    assert gitlab.contract.number in page(gitlab, path) or path == "/invoices/"


def test_the_desk_calls_them_reported(gitlab: Story) -> None:
    row = gitlab.row(APRIL)
    text = page(gitlab, f"/admin/periods/{row.pk}/", desk=True)
    explained = f"/admin/numbers/{row.pk}/"
    assert f'<dt>Reported users</dt><dd><a class="rc-fig" href="{explained}#reported">41</a></dd>' in text
    assert f'<dt>Provisioned users</dt><dd><a class="rc-fig" href="{explained}#provisioned">120</a> on' in text
    assert "<dt>Active users</dt>" not in text
    text = page(gitlab, explained, desk=True)
    assert "Why 41 reported users?" in text
    assert "there is no list of people" in text
    assert "<dt>Active users</dt>" not in text
    invoice = gitlab.row(MARCH).invoice
    assert invoice is not None
    assert "bills reported users" in page(gitlab, f"/admin/invoices/{invoice.public_id}/", desk=True)
    assert "reported" in page(gitlab, "/admin/close/?month=2026-03", desk=True)


def test_a_file_of_daily_counts_is_taken_back_and_an_older_one_counts_again(gitlab: Story) -> None:
    later = send(
        gitlab,
        licence_file({date(2026, 4, 1): 55, date(2026, 4, 2): 54}),
        covers=APRIL,
        now=at(4, 4),
        name="april again.csv",
    )
    address = f"/usage/reports/{later.public_id}/recall/"

    assert "1 to 3 Apr 2026 (Europe/Berlin): these days count from april.csv again." in text(gitlab, address)
    customer = Client()
    customer.force_login(gitlab.house.customer_admin_a.user)
    customer.post(address, {"reason": "Of another licence."})

    later.refresh_from_db()
    assert (later.state, later.withdrawn_reason) == ("withdrawn", "Of another licence.")
    counts = reported_days(contract=gitlab.contract, period=APRIL, zone="Europe/Berlin").by_instance
    assert counts == {"Hamburg-9": {date(2026, 4, 1): 41, date(2026, 4, 2): 40}}


def test_a_list_of_accounts_is_taken_back_and_an_older_one_counts_again(gitlab: Story) -> None:
    later = send(gitlab, members(90), covers=NINTH_OF_APRIL, now=at(4, 10), made_at=at(4, 10), name="fewer.csv")
    send(gitlab, members(80), covers=NINTH_OF_APRIL, now=at(4, 10), made_at=at(4, 9, 23), name="earlier.csv")

    said = text(gitlab, f"/usage/reports/{later.public_id}/recall/")

    assert "9 Apr 2026 (Europe/Berlin): these days count from earlier.csv again." in said
