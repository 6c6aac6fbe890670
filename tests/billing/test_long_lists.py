"""Searching the desk's lists: what a person types is found by its beginning, by index, whatever the table's length."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from billing.models import Invoice
from ground.desk import RecordAdmin
from ground.long_tables import NAMED_AT_MOST
from licenses.models import Customer
from tests.billing.story import APRIL, Story, at, people
from tests.cast import House

Found = Callable[[str], int]


@pytest.fixture
def draft(plain_story: Story) -> Invoice:
    """A draft of customer A, whose name has two words."""
    plain_story.deliver(people(3), APRIL, now=at(5, 1))
    closing = plain_story.close(APRIL, now=at(5, 3))
    assert closing.invoice is not None
    return closing.invoice


@pytest.fixture
def found(plain_story: Story) -> Found:
    """How many invoices the list shows for a text."""
    desk = Client()
    desk.force_login(plain_story.house.finance.user)

    def search(text: str) -> int:
        response = desk.get(reverse("admin:billing_invoice_changelist"), {"q": text})
        return len(response.context["cl"].result_list)

    return search


@pytest.mark.parametrize(
    "text",
    ["aurel", "Aurel Maschinenbau", '"Aurel Maschinenbau GmbH"', "k-2026-009", "aurel K-2026-009", "AUREL MASCH"],
)
def test_an_invoice_is_found_by_the_beginning_of_the_name_and_by_the_contract(
    draft: Invoice, found: Found, text: str
) -> None:
    assert found(text) == 1


@pytest.mark.parametrize("text", ["maschinenbau", "birch", "aurel birch", "K-2026", "K-2026-009 birch", "%", "_urel"])
def test_an_invoice_is_not_found_by_what_it_does_not_say(draft: Invoice, found: Found, text: str) -> None:
    assert found(text) == 0


def test_a_finalized_invoice_is_found_by_its_number(draft: Invoice, found: Found, plain_story: Story) -> None:
    finalized = plain_story.finalize(plain_story.close(APRIL, now=at(5, 3)), now=at(5, 3))
    assert finalized.number == "R-0001"
    assert [found(text) for text in ("R-0001", "r-0001", "R-000", "0001")] == [1, 1, 0, 0]


def test_more_names_than_can_be_listed_one_by_one_find_the_same(
    draft: Invoice, found: Found, committed_house: House
) -> None:
    Customer.objects.bulk_create(
        Customer(number=f"M-{number}", name=f"Aurel {number}", country="DE", legal_entity=committed_house.legal_entity)
        for number in range(NAMED_AT_MOST + 5)
    )
    assert [found(text) for text in ("aurel", "aurel 1", "aurel m")] == [1, 0, 1]


def test_the_currencies_to_choose_from_are_those_that_invoices_have(draft: Invoice, plain_story: Story) -> None:
    desk = Client()
    desk.force_login(plain_story.house.finance.user)
    response = desk.get(reverse("admin:billing_invoice_changelist"), {"currency": "EUR"})
    [choices] = [spec.lookup_choices for spec in response.context["cl"].filter_specs if spec.title == "currency"]
    assert list(choices) == [draft.currency] == ["EUR"]
    assert len(response.context["cl"].result_list) == 1


def test_every_list_searches_by_beginnings_or_whole_values() -> None:
    lists = [page for page in admin.site._registry.values() if isinstance(page, RecordAdmin)]
    slow = [(page.model.__name__, field) for page in lists for field in page.search_fields if field[0] not in "^="]
    assert len(lists) > 5
    assert slow == []
