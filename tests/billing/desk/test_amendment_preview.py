"""What an amendment is said to do is what the next close bills."""

from datetime import date
from typing import Any

import pytest

from billing.models import BillingPeriod, Invoice
from billing.operations.close_period import close_period
from billing.queries.amendment import CyclePreview, preview_amendment
from licenses.models import ContractVersion
from licenses.operations.add_contract_version import add_contract_version
from rollcall.period import Period
from tests.billing.story import APRIL, MARCH, MAY, Story, at, people, per_user, story_of, terms_json
from tests.cast import House

CHEAPER = per_user("20.00")


@pytest.fixture
def told(committed_house: House) -> Story:
    """March and April are billed at 29.00 a user, May runs and was counted so far."""
    return tell(story_of(committed_house, terms=terms_json(charges=per_user("29.00"))))


def tell(story: Story) -> Story:
    story.deliver(people(10), MARCH, now=at(4, 1))
    story.bill(MARCH, now=at(4, 3))
    story.deliver(people(30), APRIL, now=at(5, 1))
    story.bill(APRIL, now=at(5, 3))
    story.deliver(people(25), Period(MAY.start, date(2026, 5, 12)), now=at(5, 12))
    return story


def previewed(story: Story, terms: dict[str, Any], first_day: date) -> dict[Period, CyclePreview]:
    found = preview_amendment(
        contract=story.contract,
        terms=terms,
        active=Period(first_day, date(2027, 1, 1)),
        today=date(2026, 5, 12),
        now=at(5, 12),
    )
    return {cycle.period: cycle for cycle in found.cycles}


def amounts(cycle: CyclePreview) -> tuple[str, str, str]:
    return f"{cycle.before:.2f}", f"{cycle.after:.2f}", f"{cycle.billed:.2f}"


def amend(story: Story, terms: dict[str, Any], first_day: date) -> None:
    add_contract_version(
        actor=story.manager,
        contract=story.contract,
        terms=terms,
        active=Period(first_day, date(2027, 1, 1)),
        agreed_at=at(5, 12),
    )


def closed(story: Story, period: Period) -> Invoice:
    closing = close_period(
        actor=story.finance, contract=story.contract, period=period, now=at(6, 2), today=date(2026, 6, 2)
    )
    assert closing.invoice is not None, closing
    return closing.invoice


@pytest.mark.parametrize("mid_cycle", ["next_cycle", "whole_cycle", "by_days"])
@pytest.mark.parametrize("first_day", [date(2026, 5, 1), date(2026, 5, 21)])
def test_the_preview_is_what_the_next_close_bills(committed_house: House, mid_cycle: str, first_day: date) -> None:
    story = tell(story_of(committed_house, terms=terms_json(charges=per_user("29.00"), mid_cycle=mid_cycle)))
    after = terms_json(charges=CHEAPER, mid_cycle=mid_cycle)
    shown = previewed(story, after, first_day)
    assert amounts(shown[APRIL]) == ("870.00", "600.00", "870.00"), "nothing before the date changes"
    assert amounts(shown[MARCH]) == ("290.00", "200.00", "290.00")
    assert ContractVersion.objects.filter(contract=story.contract).count() == 1

    amend(story, after, first_day)
    story.deliver(people(25), Period(date(2026, 5, 12), MAY.end), now=at(6, 1))
    draft = closed(story, MAY)
    assert shown[MAY].billed == draft.net_amount
    if first_day == MAY.start or mid_cycle == "whole_cycle":
        assert f"{draft.net_amount:.2f}" == "500.00"
    elif mid_cycle == "next_cycle":
        assert f"{draft.net_amount:.2f}" == "725.00"
    else:
        # 25 users: 20 of 31 days at 29.00, 11 of 31 at 20.00.
        assert f"{draft.net_amount:.2f}" == "645.16"


def test_looking_moves_no_period(told: Story) -> None:
    before = list(BillingPeriod.objects.order_by("pk").values_list("pk", "state", "rating_digest"))
    previewed(told, terms_json(charges=CHEAPER), date(2026, 5, 1))
    assert list(BillingPeriod.objects.order_by("pk").values_list("pk", "state", "rating_digest")) == before
