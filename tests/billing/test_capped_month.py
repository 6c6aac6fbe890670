"""A month at its cap with an amount put on by hand: every page adds up, and says what the document says."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from billing.invariants.as_known import then_and_now_agree
from billing.models import ApprovalLimit, Invoice
from billing.operations.adjust_draft import adjust_draft
from billing.queries.as_known import as_known
from billing.queries.explain import explain_invoice
from ground import clock
from licenses.models import User
from rollcall.money import exact_sum
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


def test_what_explains_an_amount_adds_up_to_the_document(capped: Story) -> None:
    draft = drafted(capped)
    of_seats, of_support, of_limits = ["2900.00", "-250.00"], ["750.00"], ["-150.00"]
    everything = [("seats", of_seats), ("support", of_support), ("contract", of_limits)]
    for invoice in (draft, capped.bill(APRIL, now=at(5, 3))):
        for actor in (capped.finance, capped.house.customer_admin_a.actor):
            if invoice.state == "draft" and not actor.is_vendor:
                continue
            for charge, lines in everything:
                told = explain_invoice(actor=actor, invoice=Invoice.objects.get(pk=invoice.pk), charge=charge)
                assert [line["amount"] for line in told.lines] == lines, charge
                rest = [line["amount"] for line in told.other_lines]
                assert sorted(rest) == sorted(one for key, of in everything if key != charge for one in of)
                assert told.net_amount == Decimal("3250.00")
                assert exact_sum((told.charge_amount, *map(Decimal, rest))) == told.net_amount


def test_the_page_that_explains_shows_the_charge_the_rest_and_the_invoice(
    capped: Story, read: Callable[[User, str], str]
) -> None:
    invoice = billed(capped)
    for user, address in (
        (capped.house.finance.user, f"/admin/invoices/{invoice.public_id}/explain/"),
        (capped.house.customer_admin_a.user, f"/invoices/{invoice.public_id}/explain/"),
    ):
        words = re.sub(r"<[^>]+>|\s+|&nbsp;|\u00a0", " ", read(user, address))
        places = [words.index(said) for said in ("This charge", "of the whole contract", "Invoice before tax")]
        assert places == sorted(places), address


def test_then_and_now_has_every_line_of_the_invoice(capped: Story, read: Callable[[User, str], str]) -> None:
    invoice = billed(capped)
    known = as_known(actor=capped.finance, invoice=invoice)
    assert [one.then_amount for one in known.charges] == [Decimal(2900), Decimal(-150), Decimal(750)]
    assert [line.amount for line in known.other_lines] == [Decimal(-250)]
    assert (known.then_amount, known.now_amount) == (Decimal(3250), Decimal(3250))
    assert then_and_now_agree().findings == []
    page = read(capped.house.finance.user, f"/admin/invoices/{invoice.public_id}/known/")
    assert f"Adjustment: {GOODWILL}" in page
    assert "added by hand" in page
