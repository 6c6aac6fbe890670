"""The vendor's own pages in light, in dark and at 390 px: axe finds nothing in what we draw."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from billing.models import TrueUp
from rollcall.period import Period
from tests.billing.story import APRIL, MAY, Story, at, people
from tests.browser.conftest import FRAME, LOOKS, Visit
from tests.portal.conftest import Played

PAGES = {
    "today": "/admin/",
    "days": "/admin/days/?month=2026-05",
    "close": "/admin/close/?month=2026-04",
    "invoice": "/admin/invoices/{invoice}/",
    "draft": "/admin/invoices/{draft}/",
    "finalize": "/admin/invoices/{draft}/finalize/",
    "period": "/admin/periods/{period}/",
    "held": "/admin/periods/{held}/",
    "true-ups": "/admin/true-ups/?state=all",
    "true-up": "/admin/true-ups/{true_up}/",
}


@pytest.fixture(scope="module")
def addresses(played: Played) -> dict[str, str]:
    """The pages over a month that was billed and changed afterwards, a held period and a draft."""
    story = played.story
    late = story.deliver(people(12, first=600), Period(date(2026, 4, 10), date(2026, 4, 12)), now=at(5, 6))
    assert late.state == "accepted"
    true_up = TrueUp.objects.get(contract=story.contract)
    held = story.close(MAY, now=at(6, 2))
    assert held.state == "held"
    at_b = replace(played.house, customer_admin_a=played.house.customer_admin_b)
    other = Story(house=at_b, contract=played.house.contract_b, instance=played.house.instance_b)
    other.deliver(people(9, first=5000), MAY, now=at(6, 1))
    draft = other.close(MAY, now=at(6, 2)).invoice
    assert draft is not None
    values = {
        "invoice": played.invoice.public_id,
        "draft": draft.public_id,
        "period": story.row(APRIL).pk,
        "held": story.row(MAY).pk,
        "true_up": true_up.public_id,
    }
    return {name: path.format(**values) for name, path in PAGES.items()}


@pytest.mark.parametrize("look", LOOKS)
def test_the_desk_is_sound(visit: Callable[..., Visit], addresses: dict[str, str], look: str) -> None:
    width, scheme = LOOKS[look]
    window = visit(width=width, scheme=scheme)
    window.sign_in("manager@vendor.example")
    assert window.look_at(addresses, picture=f"desk-{{}}-{look}", but=FRAME) == {}
