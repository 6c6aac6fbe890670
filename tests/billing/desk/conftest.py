"""Somebody of the vendor's at the contract desk, on 12 May 2026."""

from typing import Any

import pytest
from django.test import Client

from ground import clock
from tests.billing.story import at
from tests.cast import House


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages read the clock in one place."""
    monkeypatch.setattr(clock, "now", lambda: at(5, 12))


@pytest.fixture
def manager(committed_house: House) -> Client:
    """A browser in which the account manager is signed in."""
    client = Client()
    client.force_login(committed_house.account_manager.user)
    return client


def words(response: Any) -> str:
    """The page as text, for looking."""
    return str(response.content.decode())
