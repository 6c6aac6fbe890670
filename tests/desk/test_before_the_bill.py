"""Both home pages say what a running period comes to so far, of which day, on what evidence, and what comes near."""

from collections.abc import Callable
from datetime import date

import pytest
from django.urls import reverse

from billing.operations.open_periods import open_periods
from billing.operations.set_go_live import set_go_live
from billing.operations.watch_contract import watch_contract
from ground.actor import Actor
from rollcall.period import Period
from tests.billing.story import Story, at, people, per_user, story_of, terms_json
from tests.cast import House, Person
from tests.desk.browser import Browser

Desk = Callable[[Person], Browser]
WORKER = Actor.system("worker")


@pytest.fixture
def near_the_floor(committed_house: House, today: Callable[[int, int], None]) -> Story:
    """Nineteen of twenty users by 10 June, on 12 June."""
    floor = {"minimum_users": 20, "per": "cycle", "shortfall_priced_by": "tiers"}
    story = story_of(committed_house, terms=terms_json(charges=per_user("10.00", floor=floor)))
    today(6, 12)
    open_periods(actor=WORKER, contract=story.contract, today=date(2026, 6, 12))
    story.deliver(people(19), Period(date(2026, 6, 1), date(2026, 6, 11)), now=at(6, 11))
    return story


def watch(story: Story) -> None:
    watch_contract(actor=WORKER, contract=story.contract, now=at(6, 12), today=date(2026, 6, 12))


def portal_home(story: Story) -> str:
    customer = Browser(story.house.customer_admin_a)
    return customer.open(f"{reverse('billing:home')}?contract={story.contract.public_id}").page


def test_both_homes_say_the_estimate_and_what_comes_near(near_the_floor: Story, desk: Desk) -> None:
    story = near_the_floor
    watch(story)
    today = desk(story.house.finance).open("/admin/").page
    for words in (
        "estimate, not final",
        "200.00 EUR",
        "of days up to 10 Jun 2026",
        "1 uploaded by a person",
        "95 % of the floor of 20 users is reached: 19 users.",
    ):
        assert words in today, words
    home = portal_home(story)
    for words in ("Known up to 10 Jun 2026.", "uploaded by a person", "95 % of the floor of 20 users is reached"):
        assert words in home, words


def test_a_contract_that_is_compared_shows_its_customer_no_bill(near_the_floor: Story, desk: Desk) -> None:
    story = near_the_floor
    set_go_live(
        actor=story.finance,
        contract=story.contract,
        live_from=date(2026, 7, 1),
        old_seat_price=None,
        old_seats=None,
        reason="compared first",
        now=at(6, 12),
    )
    watch(story)
    home = portal_home(story)
    assert "Counted for comparison until 1 Jul 2026." in home
    assert "200.00" not in home
    assert "1 contract is compared only and left out." in desk(story.house.finance).open("/admin/").page
