"""The amounts that the contract's appendix promises, to the cent."""

from datetime import date
from decimal import Decimal

from licenses.operations.record_provisioned_count import record_provisioned_count
from tests.billing.story import APRIL, Story, amounts_of, at, lines_of, people


def test_320_of_1000_employees_at_29_are_9280(plain_story: Story) -> None:
    record_provisioned_count(
        actor=plain_story.manager,
        contract=plain_story.contract,
        users=1000,
        date=date(2026, 4, 30),
        source="user_list",
        now=at(5, 1),
    )
    plain_story.deliver(people(320), APRIL, now=at(5, 2))

    closing = plain_story.close(APRIL, now=at(5, 3))

    assert closing.state == "drafted"
    assert lines_of(closing.invoice) == [("usage", "320", "29.00", "9280.00")]
    assert amounts_of(closing.invoice) == (Decimal("9280.00"), Decimal("1763.20"), Decimal("11043.20"))
    counts = plain_story.finalize(closing, now=at(5, 3)).frozen["counts"]
    assert counts == {
        "provisioned": {"users": 1000, "date": "2026-04-30", "source": "user_list"},
        "reported": None,
        "active": 320,
        "billable": 320,
        "billed": 320,
    }


def test_a_floor_of_400_lifts_320_to_11600_on_a_line_of_80(story: Story) -> None:
    story.deliver(people(320), APRIL, now=at(5, 2))

    closing = story.close(APRIL, now=at(5, 3))

    assert lines_of(closing.invoice) == [("usage", "320", "29.00", "9280.00"), ("floor", "80", "29.00", "2320.00")]
    assert amounts_of(closing.invoice) == (Decimal("11600.00"), Decimal("2204.00"), Decimal("13804.00"))
    assert story.finalize(closing, now=at(5, 3)).frozen["counts"]["billed"] == 400


def test_provisioned_users_change_no_amount(story: Story) -> None:
    story.deliver(people(320), APRIL, now=at(5, 2))
    before = amounts_of(story.close(APRIL, now=at(5, 3)).invoice)

    record_provisioned_count(
        actor=story.manager,
        contract=story.contract,
        users=100_000,
        date=date(2026, 4, 30),
        source="directory",
        now=at(5, 3),
    )

    again = story.close(APRIL, now=at(5, 4))
    assert not again.changed
    assert amounts_of(again.invoice) == before


def test_users_above_500_cost_the_price_of_their_tier(story: Story) -> None:
    story.deliver(people(612), APRIL, now=at(5, 2))

    closing = story.close(APRIL, now=at(5, 3))

    assert lines_of(closing.invoice) == [("usage", "500", "29.00", "14500.00"), ("usage", "112", "25.00", "2800.00")]
    assert amounts_of(closing.invoice) == (Decimal("17300.00"), Decimal("3287.00"), Decimal("20587.00"))
