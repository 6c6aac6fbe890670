"""Drafts and what comes before a bill, in light, in dark and at 390 px: adjusted, compared, estimated, told."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from billing.models import ApprovalLimit, Notice
from billing.operations.adjust_draft import adjust_draft
from billing.operations.set_go_live import set_go_live
from billing.operations.watch_contract import watch_contract
from ground.actor import Actor
from rollcall.period import Period
from tests.billing.story import APRIL, MARCH, Story, at, people, per_user, story_of, terms_json
from tests.browser.conftest import FRAME, LOOKS, Visit
from tests.portal.conftest import Played

Addresses = dict[str, str]


@pytest.fixture(scope="module")
def addresses(played: Played) -> Addresses:
    """One draft with two adjustments, one of them to approve, after a billed month; one draft of a compared contract."""
    house = played.house
    ApprovalLimit.objects.create(legal_entity=house.legal_entity, currency="EUR", amount=Decimal(100))
    story = story_of(house, terms=terms_json(charges=per_user("29.00")), number="K-2026-010")
    for month, users in ((MARCH, 40), (APRIL, 44)):
        story.deliver(people(users), month, now=at(month.end.month, 2))
        closing = story.close(month, now=at(month.end.month, 2))
    assert closing.invoice is not None
    for amount, reason in (
        ("-58.00", "Two days of the outage in April are not charged."),
        ("120.00", "The setup of the second instance, as agreed on 3 April by mail."),
    ):
        adjust_draft(actor=story.manager, invoice=closing.invoice, amount=Decimal(amount), reason=reason, now=at(5, 3))
    compared = compared_draft(story_of(house, terms=terms_json(charges=per_user("21.00")), number="K-2026-011"))
    told = told_contract(played.story)
    return {
        "draft": f"/admin/invoices/{closing.invoice.public_id}/",
        "adjust": f"/admin/invoices/{closing.invoice.public_id}/adjust/",
        "compared": compared,
        "limits": "/admin/approval-limits/",
        "today": "/admin/",
        **told,
    }


def compared_draft(story: Story) -> str:
    set_go_live(
        actor=story.finance,
        contract=story.contract,
        live_from=date(2026, 6, 1),
        old_seat_price=Decimal("12.50"),
        old_seats=60,
        reason="Two months are compared with the seats.",
        now=at(4, 1),
    )
    story.deliver(people(30), APRIL, now=at(5, 2))
    draft = story.close(APRIL, now=at(5, 2)).invoice
    assert draft is not None
    return f"/admin/invoices/{draft.public_id}/"


def told_contract(story: Story) -> Addresses:
    """The customer's own contract: most of its floor is reached in the running month."""
    story.deliver(people(370), Period(date(2026, 5, 1), date(2026, 5, 3)), now=at(5, 3))
    watch_contract(actor=Actor.system("worker"), contract=story.contract, now=at(5, 3), today=date(2026, 5, 3))
    assert Notice.objects.filter(contract=story.contract).exists()
    contract = story.contract.public_id
    return {
        "contract": f"/admin/contracts/{contract}/",
        "go-live": f"/admin/contracts/{contract}/go-live/",
        "portal-home": f"/?contract={contract}",
    }


@pytest.mark.parametrize("look", LOOKS)
def test_drafts_and_what_comes_before_a_bill_are_sound(
    visit: Callable[..., Visit], addresses: Addresses, look: str
) -> None:
    width, scheme = LOOKS[look]
    window = visit(width=width, scheme=scheme)
    window.sign_in("finance@vendor.example")
    for name, address in addresses.items():
        if name.startswith("portal"):
            continue
        window.complaints.clear()
        window.go(address)
        window.picture(f"draft-{name}-{look}")
        window.assert_sound(but=FRAME)


@pytest.mark.parametrize("look", LOOKS)
def test_the_customers_home_is_sound(visit: Callable[..., Visit], addresses: Addresses, look: str) -> None:
    width, scheme = LOOKS[look]
    window = visit(width=width, scheme=scheme)
    window.sign_in("admin@aurel.example")
    window.go(addresses["portal-home"])
    window.picture(f"draft-portal-home-{look}")
    window.assert_sound()
