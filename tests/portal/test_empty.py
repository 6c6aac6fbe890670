"""Before anything has happened, each page says the next step."""

import pytest
from django.test import Client

from licenses.models import Customer
from licenses.operations.add_member import add_member
from licenses.operations.create_customer import create_customer
from tests.cast import BUILDER, House
from tests.portal.conftest import fixed_today

pytestmark = pytest.mark.usefixtures(fixed_today.__name__)


@pytest.fixture
def newcomer(house: House) -> Client:
    """Somebody of a company that has signed nothing yet."""
    customer: Customer = create_customer(
        actor=BUILDER,
        number="C-1003",
        name="Cedar AG",
        address_lines=["Ring 1", "4020 Linz"],
        country="AT",
        legal_entity=house.legal_entity,
    )
    add_member(actor=BUILDER, customer=customer, user=house.stranger.user, role="admin")
    client = Client()
    client.force_login(house.stranger.user)
    return client


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/", "There is no contract yet."),
        ("/usage/", "There is no contract yet."),
        ("/usage/upload/", "No instance is set up yet."),
        ("/counted/", "There is no contract yet."),
        ("/invoices/", "No invoice has been issued yet."),
        ("/contract/", "There is no contract yet."),
        ("/instances/", "There is no contract yet."),
    ],
)
def test_without_a_contract(newcomer: Client, address: str, words: str) -> None:
    response = newcomer.get(address)

    assert response.status_code == 200
    assert words in response.content.decode()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/", "Nothing is counted for this period yet."),
        ("/usage/", "No report has arrived yet."),
        ("/counted/", "Nothing has been counted yet."),
        ("/invoices/", "No invoice has been issued yet."),
        ("/instances/", "none yet"),
    ],
)
def test_before_the_first_report(house: House, address: str, words: str) -> None:
    client = Client()
    client.force_login(house.customer_admin_a.user)

    assert words in client.get(address).content.decode()
