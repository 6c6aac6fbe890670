"""A contract of several charges through the month: people, a fixed amount, limits over all of them, and credit."""

from decimal import Decimal
from typing import Any

from billing.invariants import CHECKS
from billing.models import BillingPeriod
from ground import storage
from tests.billing.story import APRIL, MAY, Story, amounts_of, at, people, story_of, terms_json
from tests.cast import House
from tests.documents.checker import texts_of

CHARGES: dict[str, Any] = {
    "seats": {"metric": "active", "price": {"model": "per_user", "unit_price": "29.00"}},
    "platform": {"price": {"model": "fixed", "amount": "500.00"}, "in_part_periods": "whole"},
}
LIMITS: dict[str, Any] = {
    "discounts": [{"name": "non-profit", "percent": "10", "class": "non_profit"}],
    "credits": [
        {"name": "welcome", "amount": "400.00", "granted": "once", "on": "2026-04-01", "expires": "term", "priority": 1}
    ],
}


def story_with(house: House, **changes: Any) -> Story:
    """A contract whose term begins in April 2026, so that its first month is the first that is billed."""
    return story_of(
        house, terms=terms_json(term={"start": "2026-04-01", "end": "2027-01-01"}, charges=CHARGES, **changes)
    )


def named_lines(invoice: Any) -> list[tuple[str, str]]:
    return [(line.key, f"{line.amount:.2f}") for line in invoice.lines.order_by("position")]


def test_one_invoice_carries_every_charge_and_the_limits_over_all_of_them(committed_house: House) -> None:
    story = story_with(committed_house, limits=LIMITS)
    story.deliver(people(10), APRIL, now=at(5, 2))

    invoice = story.bill(APRIL, now=at(5, 3), render=True)

    assert named_lines(invoice) == [
        ("seats/price", "290.00"),
        ("platform/price", "500.00"),
        ("contract/discount/non-profit", "-79.00"),
        ("contract/credits/welcome", "-400.00"),
    ]
    assert amounts_of(invoice) == (Decimal("311.00"), Decimal("59.09"), Decimal("370.09"))
    frozen = invoice.frozen
    assert frozen["counts"] == {"provisioned": None, "reported": None, "active": 10, "billable": 10, "billed": 10}
    assert frozen["charges"]["platform"] == {"metric": "fixed", "noun": "units"}
    assert [(entry["kind"], entry["amount"], entry["balance"]) for entry in frozen["credits"]] == [
        ("grant", "400.00", "400.00"),
        ("burn", "400.00", "0.00"),
    ]
    stored = invoice.documents.get(kind="pdf")
    with storage.open_stored(stored.storage_key, stored.sha256) as file:
        printed = "".join(texts_of(file.read()))
    assert "EUR 370.09" in printed
    assert "Discount" in printed


def test_credit_that_is_used_up_is_gone_in_the_next_month(committed_house: House) -> None:
    story = story_with(committed_house, limits=LIMITS)
    story.deliver(people(10), APRIL, now=at(5, 2))
    story.bill(APRIL, now=at(5, 3))
    story.deliver(people(11), MAY, now=at(6, 2))

    invoice = story.bill(MAY, now=at(6, 3))

    assert named_lines(invoice) == [
        ("seats/price", "319.00"),
        ("platform/price", "500.00"),
        ("contract/discount/non-profit", "-81.90"),
    ]
    assert amounts_of(invoice)[0] == Decimal("737.10")


def test_a_month_whose_credit_depends_on_an_earlier_one_waits_for_it(committed_house: House) -> None:
    story = story_with(committed_house, limits=LIMITS)
    story.deliver(people(11), MAY, now=at(6, 2))

    waiting = story.close(MAY, now=at(6, 3))

    assert (waiting.state, waiting.held_code) == ("held", "earlier_open")
    assert waiting.held_words.startswith("Earlier periods of the term are not closed: 1 to 30 Apr 2026 first.")
    story.deliver(people(10), APRIL, now=at(6, 4))
    story.close(APRIL, now=at(6, 4))
    assert story.close(MAY, now=at(6, 4)).state == "drafted"


def test_credit_after_tax_lowers_what_is_owed_and_not_the_tax(committed_house: House) -> None:
    prepaid = {"credits": [LIMITS["credits"][0] | {"applies": "after_tax"}]}
    story = story_with(committed_house, limits=prepaid)
    story.deliver(people(10), APRIL, now=at(5, 2))

    invoice = story.bill(APRIL, now=at(5, 3))

    assert amounts_of(invoice) == (Decimal("790.00"), Decimal("150.10"), Decimal("940.10"))
    assert invoice.prepaid_amount == Decimal("400.00")
    totals = invoice.frozen["totals"]
    assert (totals["gross"], totals["prepaid"], totals["payable"]) == ("940.10", "400.00", "540.10")


def test_a_fixed_amount_is_billed_without_any_report(committed_house: House) -> None:
    only = {"platform": CHARGES["platform"]}
    terms = terms_json(term={"start": "2026-04-01", "end": "2027-01-01"}, charges=only)
    story = story_of(committed_house, terms={key: value for key, value in terms.items() if key != "metrics"})

    invoice = story.bill(APRIL, now=at(5, 3), render=True)

    assert named_lines(invoice) == [("platform/price", "500.00")]
    assert invoice.frozen["counts"]["active"] is None
    assert invoice.frozen["evidence"] == []


def test_the_whole_house_holds_after_months_of_several_charges(committed_house: House) -> None:
    story = story_with(committed_house, limits=LIMITS)
    story.deliver(people(10), APRIL, now=at(5, 2))
    story.bill(APRIL, now=at(5, 3), render=True)
    story.deliver(people(12), MAY, now=at(6, 2))
    story.close(MAY, now=at(6, 3))

    assert [(result.name, result.findings) for check in CHECKS if (result := check()).findings] == []
    mains = BillingPeriod.objects.filter(contract=story.contract, is_main=True)
    assert {row.charge_key for row in mains} == {"seats"}
