"""The step "price": a line for every part, a line also for nothing, single events, and what was included before it."""

from decimal import Decimal

import pytest

from rollcall.rating import TermUsage, explain, rate_term
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.rollcall.terms.documents import plain_terms

PERIOD = {"start": "2026-09-01", "end": "2026-10-01"}
GIGABYTES = {"kind": "action_quantity", "definition": {"actions": ["*"]}, "measure": "sum", "unit": "gigabyte"}
PAYMENTS = {
    "model": "percentage",
    "percent": "1.2",
    "per_event": "0.10",
    "free_events": 3,
    "free_amount": "500",
    "free_until": "first_limit",
}
PACKAGES = {"model": "package", "size": "10", "package_price": "100.00", "rounding": "down"}


def rated(price, quantity, **charge):
    document = plain_terms()
    document["metrics"] = {"used": GIGABYTES}
    document["charges"] = {"storage": {"metric": "used", "price": price, **charge}}
    given = quantity if isinstance(quantity, dict) else {"quantity": quantity}
    usage = TermUsage.from_json({"periods": [{**PERIOD, "quantities": {"used": given}}]})
    return rate_term(terms=ContractTerms.from_json(document), usage=usage).periods[0]


def lines(rating):
    return [(line.key, line.kind, str(line.quantity), str(line.amount), line.words) for line in rating.lines]


def test_every_part_is_a_line_and_a_flat_amount_is_called_so():
    tiers = [{"up_to": 5, "unit_price": "1.00", "flat_amount": "3.00"}, {"up_to": None, "unit_price": "0.50"}]
    price = {"model": "graduated", "bound": "inclusive", "tiers": tiers, "at_zero": "first_flat"}
    assert lines(rated(price, "6.5")) == [
        ("storage/price/tier-1", "usage", "5", "5.00", "Gigabytes 1 to 5, tier 1"),
        ("storage/price/tier-1/flat", "flat", "1", "3.00", "Once for tier 1"),
        ("storage/price/tier-2", "usage", "1.5", "0.75", "Gigabytes above 5 up to 6.5, tier 2"),
    ]
    assert lines(rated(price, "0")) == [("storage/price/tier-1/flat", "flat", "1", "3.00", "Once for tier 1")]
    assert explain(rated(price, "6.5"))[0]["arithmetic"] == "5 × 1.00 + 1 × 3.00 + 1.5 × 0.50"


@pytest.mark.parametrize(
    ("price", "quantity", "charge", "line"),
    [
        (PACKAGES, "0", {}, ("storage/price", "usage", "0", "0.00", "No gigabytes")),
        (PACKAGES, "8", {"included": 10}, ("storage/price", "usage", "0", "0.00", "No gigabytes beyond the included ones")),
        ({"model": "per_user", "unit_price": "5"}, "0", {}, ("storage/price", "usage", "0", "0.00", "No gigabytes")),
        (PAYMENTS, "0", {}, ("storage/price/free", "usage", "0", "0.00", "No gigabytes")),
        ({**PACKAGES, "convert": {"divide_by": "100", "rounding": "down"}}, "0", {},
         ("storage/price", "usage", "0", "0.00", "No gigabytes")),
    ],
)  # fmt: skip
def test_nothing_is_a_line_too(price, quantity, charge, line):
    rating = rated(price, quantity, **charge)
    assert lines(rating)[-1] == line
    assert rating.net_amount == 0


def test_single_events_are_priced_in_their_order():
    assert lines(rated(PAYMENTS, {"quantities_by_event": ["200", "100", "100", "50"]})) == [
        ("storage/price/free", "usage", "400", "0.00", "Gigabytes that are free"),
        ("storage/price/percent", "usage", "50", "0.60", "Gigabytes at 1.2 %"),
        ("storage/price/per-event", "flat", "1", "0.10", "1 event"),
    ]


def test_a_price_of_events_is_not_guessed_from_their_sum():
    with pytest.raises(TermsRefused) as refused:
        rated(PAYMENTS, "450")
    assert refused.value.path.endswith("quantities")
    assert "give their quantities in quantities_by_event" in refused.value.sentence
    whole = {"model": "percentage", "percent": "1.2", "free_amount": "50"}
    assert rated(whole, "450").net_amount == Decimal("4.80")


@pytest.mark.parametrize(
    ("included", "amount"), [(0, "6.00"), (50, "5.50"), (100, "4.00"), (150, "3.50"), (300, "2.00"), (400, "0.00")]
)
def test_what_is_included_is_taken_out_of_the_first_events(included, amount):
    """Events of 100 and 300 at 1 % and 1.00 each: one that is included whole is no event of the price any more."""
    price = {"model": "percentage", "percent": "1", "per_event": "1.00"}
    rating = rated(price, {"quantities_by_event": ["100", "300"]}, included=included)
    assert rating.net_amount == Decimal(amount)
