"""The pages of contracts that count nothing, or that bill in advance: every one answers, and says what is known."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from billing.models import BillingPeriod, TrueUp
from billing.operations.review_amendment import review_amendment
from tests.billing.desk.conftest import words
from tests.billing.story import APRIL, at, story_of, terms_json
from tests.billing.test_amended_terms import MIDDLE, amend, seats
from tests.cast import House


@pytest.fixture
def customer(committed_house: House) -> Client:
    """A browser in which the customer's administrator is signed in."""
    client = Client()
    client.force_login(committed_house.customer_admin_a.user)
    return client


def test_every_page_of_a_contract_of_seats_in_advance(
    committed_house: House, manager: Client, customer: Client
) -> None:
    house = committed_house
    story = story_of(house, terms=terms_json(**seats(("2026-01-01", 5))))
    invoice = story.finalize(story.close(APRIL, now=at(4, 1, 12)), now=at(4, 1, 12), render=True)
    version = amend(story, MIDDLE, **seats(("2026-01-01", 5), ("2026-04-11", 6)))
    review_amendment(version_id=version.pk, now=at(4, 11))
    draft = story.close(APRIL, now=at(5, 2)).invoice
    assert draft is not None
    true_up = TrueUp.objects.get(contract=story.contract)
    contract = story.contract.public_id
    pages: list[tuple[Client, str]] = [
        (manager, "/admin/"),
        (manager, f"/admin/close/?month={date(2026, 4, 1):%Y-%m}"),
        (manager, f"/admin/contracts/{contract}/"),
        (manager, f"/admin/contracts/{contract}/amend/"),
        (manager, f"/admin/contracts/{contract}/replay/"),
        (manager, f"/admin/invoices/{invoice.public_id}/"),
        (manager, f"/admin/invoices/{draft.public_id}/"),
        (manager, f"/admin/true-ups/{true_up.public_id}/"),
        (manager, "/admin/days/"),
        *((manager, f"/admin/periods/{row.pk}/") for row in BillingPeriod.objects.filter(contract=story.contract)),
        *((customer, f"/{page}?contract={contract}") for page in ("", "counted/", "invoices/", "contract/")),
        (customer, f"/invoices/{invoice.public_id}/"),
    ]
    answers: dict[str, Any] = {}
    for client, address in pages:
        response = client.get(address, follow=True)
        answers[address] = response.status_code if response.status_code != 200 else "fine"
        if address.startswith("/contract/"):
            assert "Each calendar month is billed in advance" in words(response)
    assert {address: answer for address, answer in answers.items() if answer != "fine"} == {}
