"""A month at its cap with an amount put on by hand: every page adds up, and says what the document says."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from billing.models import ApprovalLimit, Invoice
from billing.operations.adjust_draft import adjust_draft
from ground import clock
from licenses.models import User
from tests.billing.story import APRIL, Story, amounts_of, at, lines_of, people, per_user, story_of, terms_json
from tests.cast import House

SUPPORT = {"support": {"price": {"model": "fixed", "amount": "750.00"}, "in_part_periods": "whole"}}
GOODWILL = "Two days of the outage in April are not charged."


@pytest.fixture
def capped(committed_house: House, monkeypatch: pytest.MonkeyPatch) -> Story:
    """Users at 29.00 and 750.00 of support, together at most 3,500.00 a month."""
    monkeypatch.setattr(clock, "now", lambda: at(5, 12))
    ApprovalLimit.objects.create(legal_entity=committed_house.legal_entity, currency="EUR", amount=Decimal("1000.00"))
    limits = {"cap": {"amount": "3500.00", "per": "cycle"}}
    return story_of(committed_house, terms=terms_json(charges=per_user("29.00") | SUPPORT, limits=limits))


def drafted(story: Story) -> Invoice:
    """A hundred users, 150.00 above the cap, and 250.00 taken off by hand."""
    story.deliver(people(100), APRIL, now=at(5, 1))
    invoice = story.close(APRIL, now=at(5, 3)).invoice
    assert invoice is not None
    adjust_draft(actor=story.manager, invoice=invoice, amount=Decimal("-250.00"), reason=GOODWILL, now=at(5, 3))
    assert lines_of(invoice) == [
        ("usage", "100", "29.00", "2900.00"),
        ("flat", "1", "750.00", "750.00"),
        ("cap", "-1", "150.00", "-150.00"),
        ("adjustment", "-1", "250.00", "-250.00"),
    ]
    assert amounts_of(invoice)[0] == Decimal("3250.00")
    return invoice


def billed(story: Story) -> Invoice:
    drafted(story)
    return story.bill(APRIL, now=at(5, 3))


@pytest.fixture
def read() -> Callable[[User, str], str]:
    """Open an address as somebody and return the page."""

    def reading(user: User, address: str) -> str:
        client = Client()
        client.force_login(user)
        response = client.get(address)
        assert response.status_code == 200, address
        return response.content.decode()

    return reading


def test_a_fixed_amount_and_a_cap_are_no_users(capped: Story, read: Callable[[User, str], str]) -> None:
    invoice = billed(capped)
    page = read(capped.house.customer_admin_a.user, f"/invoices/{invoice.public_id}/")
    assert 'data-label="Quantity"' in page
    assert 'data-label="Unit price"' in page
    assert "Price per user" not in page
    assert 'data-label="Users"' not in page


def test_a_cap_in_money_is_not_said_to_change_nothing(capped: Story, read: Callable[[User, str], str]) -> None:
    invoice = billed(capped)
    for user, address in (
        (capped.house.customer_admin_a.user, f"/invoices/{invoice.public_id}/"),
        (capped.house.customer_admin_a.user, f"/invoices/{invoice.public_id}/explain/"),
        (capped.house.finance.user, f"/admin/invoices/{invoice.public_id}/explain/"),
    ):
        page = read(user, address)
        assert "no floor and no cap of users applied" in page, address
        assert "change nothing" not in page, address
