"""A definition is picked from the actions that the customer's reports hold."""

import pytest
from django.test import Client

from rollcall.counting.seen_actions import SeenAction
from tests.billing.desk.conftest import words
from tests.billing.desk.dust import MAY, deliver, terms
from tests.billing.desk.test_dust import signed
from tests.billing.story import Story
from tests.cast import House
from usage.queries.actions import actions_seen


@pytest.fixture
def told(committed_house: House) -> Story:
    """Forty people signed in during May, five of them used the interface."""
    story = signed(committed_house)
    deliver(story, 40, 5, MAY)
    return story


def test_actions_come_with_their_people_the_most_used_first(told: Story) -> None:
    assert actions_seen(contract=told.contract, period=MAY, zone="Europe/Berlin") == [
        SeenAction("login", 40, 40),
        SeenAction("api.call", 5, 5),
    ]


def test_nothing_reported_is_an_empty_list(committed_house: House) -> None:
    assert actions_seen(contract=committed_house.contract_a, period=MAY, zone="Europe/Berlin") == []


def test_the_desk_tries_the_picked_actions(told: Story, manager: Client) -> None:
    address = f"/admin/contracts/{told.contract.public_id}/actions/"
    page = words(manager.get(address))
    assert 'value="login" checked' in page
    assert 'value="api.call">' in page
    tried = words(manager.post(address, {"metric": "members", "action": ["login", "api.call"]}))
    assert 'value="api.call" checked' in tried
    assert "An active user is a person who did login or api.call" in tried
    refused = words(manager.post(address, {"metric": "members"}))
    assert "nobody could ever be active" in refused
    version = told.contract.versions.get()
    assert (
        version.terms["metrics"]["members"]["definition"]["actions"]
        == terms()["metrics"]["members"]["definition"]["actions"]
    )
