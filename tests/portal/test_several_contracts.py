"""A customer with two contracts looks at one at a time."""

import pytest
from django.test import Client

from tests.cast import House, sign_contract, terms_json
from tests.portal.conftest import fixed_today

pytestmark = pytest.mark.usefixtures(fixed_today.__name__)


@pytest.fixture
def client(house: House) -> Client:
    client = Client()
    client.force_login(house.customer_admin_a.user)
    return client


@pytest.mark.parametrize("address", ["/", "/usage/", "/counted/", "/contract/", "/instances/"])
def test_the_other_contract_is_one_click_away(client: Client, house: House, address: str) -> None:
    second = sign_contract(house.customer_a, "K-2026-777", terms_json(timezone="Asia/Tokyo"))

    first_page = client.get(address).content.decode()
    other_page = client.get(address, {"contract": second.public_id}).content.decode()

    assert f'href="?contract={second.public_id}"' in first_page
    assert "Days and times in Europe/Berlin." in first_page
    assert "Days and times in Asia/Tokyo." in other_page


def test_a_single_contract_needs_no_choice(client: Client) -> None:
    assert 'aria-label="Contracts"' not in client.get("/").content.decode()
