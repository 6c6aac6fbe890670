"""What users of such systems complained of: minimums, parts of months, and state that was read from an earlier bill."""

from datetime import date
from decimal import Decimal
from typing import Any

from billing.models import TrueUp
from rollcall.period import Period
from tests.billing.story import APRIL, MAY, Story, amounts_of, at, people, story_of, terms_json
from tests.cast import House

JUNE = Period(date(2026, 6, 1), date(2026, 7, 1))
ONE_YEAR = {"start": "2026-04-01", "end": "2027-01-01"}


def seats(price: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"metric": "active", "price": price} | more


def named_lines(invoice: Any) -> list[tuple[str, str]]:
    return [(line.key, f"{line.amount:.2f}") for line in invoice.lines.order_by("position")]


def signed(house: House, charges: dict[str, Any], **changes: Any) -> Story:
    return story_of(house, terms=terms_json(charges=charges, **({"term": ONE_YEAR} | changes)))


def test_a_minimum_was_lifted_without_the_fixed_charge(committed_house: House) -> None:
    """getlago/lago-api#1784, #4524: 50.00 fixed and 3 at 10.00 under a minimum of 100.00 leave 20.00, not 70.00."""
    story = signed(
        committed_house,
        {
            "seats": seats({"model": "per_user", "unit_price": "10.00"}),
            "platform": {"price": {"model": "fixed", "amount": "50.00"}, "in_part_periods": "whole"},
        },
        limits={"floor": {"minimum_amount": "100.00", "per": "cycle"}},
    )
    story.deliver(people(3), APRIL, now=at(5, 2))

    invoice = story.bill(APRIL, now=at(5, 3))

    assert named_lines(invoice) == [("seats/price", "30.00"), ("platform/price", "50.00"), ("contract/floor", "20.00")]
    assert amounts_of(invoice)[0] == Decimal("100.00")


def test_a_graduated_price_was_wrong_in_the_month_in_which_the_contract_ends(committed_house: House) -> None:
    """getlago/lago-api#1528: four people, two at 20.00 and two at 10.00, for 15 of 30 days are 30.00."""
    graduated = {
        "model": "graduated",
        "bound": "inclusive",
        "tiers": [{"up_to": 2, "unit_price": "20.00"}, {"up_to": None, "unit_price": "10.00"}],
    }
    story = signed(
        committed_house,
        {"seats": seats(graduated, in_part_periods="reduced")},
        term={"start": "2026-03-01", "end": "2026-04-16"},
        day_count="real_days",
    )
    half = Period(date(2026, 4, 1), date(2026, 4, 16))
    march = Period(date(2026, 3, 1), date(2026, 4, 1))
    story.deliver(people(4), march, now=at(4, 2))
    assert amounts_of(story.bill(march, now=at(4, 3)))[0] == Decimal("60.00")
    story.deliver(people(4), half, now=at(4, 17))

    invoice = story.bill(half, now=at(4, 18))

    assert named_lines(invoice) == [("seats/price/tier-1", "20.00"), ("seats/price/tier-2", "10.00")]
    assert {line.share for line in invoice.lines.all()} == {"1/2"}


def test_a_past_dated_event_made_a_graduated_charge_wrong(committed_house: House) -> None:
    """getlago/lago-api#1520: an event of April that arrives in May settles April's tiers, and leaves May's alone."""
    graduated = {
        "model": "graduated",
        "bound": "inclusive",
        "tiers": [{"up_to": 10, "unit_price": "20.00"}, {"up_to": None, "unit_price": "10.00"}],
    }
    story = signed(committed_house, {"seats": seats(graduated)})
    story.deliver(people(9), APRIL, now=at(5, 2), made_at=at(5, 1))
    assert amounts_of(story.bill(APRIL, now=at(5, 3)))[0] == Decimal("180.00")
    story.deliver(people(12), APRIL, now=at(5, 10), made_at=at(5, 9))
    late = TrueUp.objects.get(contract=story.contract)
    story.accept(late, now=at(5, 11))
    story.deliver(people(9), MAY, now=at(6, 2))

    invoice = story.bill(MAY, now=at(6, 3))

    # April: 10 × 20.00 + 2 × 10.00 = 220.00, of which 180.00 was billed.
    assert [amount for _, amount in named_lines(invoice)] == ["180.00", "40.00"]
    assert amounts_of(invoice)[0] == Decimal("220.00")


def test_a_negative_balance_of_one_month_was_carried_into_the_price_of_the_next(committed_house: House) -> None:
    """getlago/lago-api#5569: about 300 was shown where 0 was due, because an earlier fee was read for the facts."""
    story = signed(committed_house, {"seats": seats({"model": "per_user", "unit_price": "29.00"})})
    story.deliver(people(20), APRIL, now=at(5, 2), made_at=at(5, 1))
    story.bill(APRIL, now=at(5, 3))
    story.deliver(people(5), APRIL, now=at(5, 10), made_at=at(5, 9))
    back = TrueUp.objects.get(contract=story.contract)
    assert back.difference_amount == Decimal("-435.00")
    story.accept(back, now=at(5, 11))
    story.deliver(people(15), MAY, now=at(6, 2))

    may = story.bill(MAY, now=at(6, 3))

    assert [amount for _, amount in named_lines(may)] == ["435.00", "-435.00"]
    assert amounts_of(may)[0] == Decimal("0.00")
    story.deliver(people(15), JUNE, now=at(7, 2))
    assert named_lines(story.bill(JUNE, now=at(7, 3))) == [("seats/price", "435.00")]
