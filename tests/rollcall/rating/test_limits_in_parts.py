"""Limits in users, caps per person and estimates in a part of a cycle of which the price is reduced: 15 of 31 days."""

from dataclasses import replace
from fractions import Fraction
from math import floor

import pytest

from rollcall.rating import TermUsage, rate_term
from rollcall.terms.contract import ContractTerms
from tests.rollcall.rating.bills import lines, nets, rate, sentences, terms_of, usage_of, words_of

# A term that begins with 17 January: 15 of its 31 days.
FROM_THE_17TH = {"start": "2026-01-17", "end": "2027-01-01"}
ENDS = ["2026-01-17", "2026-02-01", "2026-03-01"]
GRADUATED = {
    "model": "graduated",
    "bound": "inclusive",
    "tiers": [{"up_to": 10, "unit_price": "10.00"}, {"up_to": None, "unit_price": "5.00"}],
}
FLAT = {
    **GRADUATED,
    "at_zero": "nothing",
    "tiers": [{"up_to": 10, "unit_price": "10.00", "flat_amount": "31.00"}, {"up_to": None, "unit_price": "5.00"}],
}
VOLUME = {**GRADUATED, "model": "volume"}
PACKAGE = {"model": "package", "size": "10", "package_price": "310.00", "rounding": "up"}
ALL = {"per_user": "10.00", "graduated": GRADUATED, "flat": FLAT, "volume": VOLUME, "package": PACKAGE}
OVERAGE = {"quantity": 4, "overage": {"factor": "2"}, "shortfall": "none"}


def reduced(**charge):
    document = terms_of(**{"price": "10.00", **charge}, in_part_periods="reduced")
    return {**document, "term": FROM_THE_17TH}


@pytest.mark.parametrize(
    ("case", "charge", "users", "net"),
    [
        ("no limit: 10 x 10.00 x 15/31", {}, 10, "48.39"),
        ("a cap of 5: 5 x 10.00 x 15/31", {"cap": {"maximum_users": 5}}, 10, "24.19"),
        ("a reduced cap: 2 x 10.00 x 15/31",
         {"cap": {"maximum_users": 5, "in_part_periods": "reduced"}}, 10, "9.68"),
        ("a cap of nobody", {"cap": {"maximum_users": 0}}, 10, "0.00"),
        ("a cap of 5 over two tiers: 5 x 10.00 x 15/31",
         {"price": GRADUATED, "cap": {"maximum_users": 5}}, 30, "24.19"),
        ("a cap of 10 of packages: one of 310.00 x 15/31", {"price": PACKAGE, "cap": {"maximum_users": 10}}, 30,
         "150.00"),
        ("a cap beside an amount that is due once: 5 x 10.00 x 15/31 and 31.00",
         {"price": FLAT, "cap": {"maximum_users": 5}}, 30, "55.19"),
        ("a floor of 20: 20 x 10.00 x 15/31", {"floor": {"minimum_users": 20}}, 10, "96.77"),
        ("a floor of 20 by tiers: 100.00 and 50.00, x 15/31",
         {"price": GRADUATED, "floor": {"minimum_users": 20, "shortfall_priced_by": "tiers"}}, 8, "72.58"),
        ("a missing user at 6.20: 48.39 and 10 x 6.20 x 15/31",
         {"floor": {"minimum_users": 20, "shortfall_priced_by": "6.20"}}, 10, "78.39"),
        ("4 committed: 4 x 10.00 x 15/31 and 6 x 20.00 x 15/31", {"commitment": OVERAGE}, 10, "77.41"),
        ("overage at 31.00: 19.35 and 6 x 31.00 x 15/31",
         {"commitment": {**OVERAGE, "overage": {"unit_price": "31.00"}}}, 10, "109.35"),
        ("20 committed and billed: 20 x 10.00 x 15/31",
         {"commitment": {**OVERAGE, "quantity": 20, "shortfall": "billed_at_end"}}, 10, "96.77"),
    ],
)  # fmt: skip
def test_users_of_a_limit_have_the_share_of_the_price(case, charge, users, net):
    assert nets(reduced(**charge), users, ends=ENDS[:2]) == [net], case


@pytest.mark.parametrize("rounded", ["amount", "unit_price", "unit_price_down", "daily_price", "factor_4_decimals"])
@pytest.mark.parametrize("price", ALL)
@pytest.mark.parametrize("limit", [5, 10, 17])
def test_a_bill_held_or_lifted_to_users_is_the_bill_of_these_users(price, limit, rounded):
    """However a part of a month is rounded. A volume price may cost less with more users, and is then not lifted."""
    charge = {"price": ALL[price], "parts_rounded": rounded}
    (wanted,) = nets(reduced(**charge), limit, ends=ENDS[:2])
    one_price = {} if price == "per_user" else {"shortfall_priced_by": "tiers"}
    (lifted,) = nets(reduced(**charge, floor={"minimum_users": limit, **one_price}), 3, ends=ENDS[:2])
    (held,) = nets(reduced(**charge, cap={"maximum_users": limit}), 40, ends=ENDS[:2])
    assert (lifted, held) == (wanted, wanted)


def test_the_lines_of_a_part_say_both_amounts():
    (rating,) = rate(reduced(price=GRADUATED, cap={"maximum_users": 5}), 30, ends=ENDS[:2])
    assert lines(rating) == [
        ("seats/price/tier-1", "10", "48.39"),
        ("seats/price/tier-2", "20", "48.39"),
        ("seats/cap", "-1", "-72.59"),
    ]
    assert words_of(rating, "seats/cap") == (
        "Above the cap of 5 users: 30 − 5 = 25 users, not billed: 96.78 − 24.19, the price of 5 users"
    )
    (rating,) = rate(reduced(floor={"minimum_users": 20}), 10, ends=ENDS[:2])
    assert words_of(rating, "seats/floor") == (
        "Shortfall to the floor of 20 users: 20 − 10 = 10 users, the price of 20 users less what is billed: "
        "96.77 − 48.39"
    )


def test_what_is_missing_over_the_term_costs_the_whole_price():
    """January to 15 February, 30 and 4 users of 40: six are missing at 10.00 beside 4 x 10.00 x 15/28."""
    floor_of_term = {"minimum_users": 40, "per": "term"}
    document = terms_of(price="10.00", in_part_periods="reduced", floor=floor_of_term)
    document["term"] = {"start": "2026-01-01", "end": "2026-02-16"}
    rated = rate(document, 30, 4, ends=["2026-01-01", "2026-02-01", "2026-02-16"])
    assert lines(rated[1]) == [("seats/price", "4", "21.43"), ("seats/floor", "6", "60.00")]
    assert "A user that is missing over the term costs the price of a whole month." in sentences(document)


@pytest.mark.parametrize(
    ("charge", "sentence"),
    [
        ({"floor": {"minimum_users": 9, "shortfall_priced_by": "2.00"}}, "So does a user that is missing."),
        ({"commitment": {**OVERAGE, "overage": {"unit_price": "2.00"}}},
         "So does a user that is above the commitment."),
        ({"floor": {"minimum_users": 9, "shortfall_priced_by": "2.00"},
          "commitment": {**OVERAGE, "overage": {"unit_price": "2.00"}}},
         "So does a user that is missing or above the commitment."),
    ],
)  # fmt: skip
def test_the_terms_say_that_agreed_prices_are_reduced_too(charge, sentence):
    said = sentences(reduced(**charge))
    assert said[said.index("A part of a month costs its share of the price.") + 1] == sentence
    assert sentence not in sentences(terms_of(price="10.00", **charge))


def calls(*by_user, amount="40.00", ends=ENDS[:2], **charge):
    """Rate what single people used at 1.00 each, held to an amount per person."""
    document = terms_of(
        price="1.00", in_part_periods="reduced", per_user_cap={"amount": amount, "reading": "each_person"}, **charge
    )
    document["term"] = FROM_THE_17TH
    document["metrics"]["active"] = {
        "kind": "action_quantity",
        "definition": {"actions": ["call"]},
        "measure": "sum",
        "unit": "call",
    }
    (rating,) = rate(document, {"active": {"quantity_by_user": [list(one) for one in by_user]}}, ends=ends)
    return [amount for _, _, amount in lines(rating)]


@pytest.mark.parametrize(
    ("case", "by_user", "more", "expected"),
    [
        ("60.00 and 50.00 cost 29.03 and 24.19, below 40.00", [("60", 1), ("50", 1)], {}, ["53.23"]),
        ("124.00 cost 60.00, 20.00 above 40.00, three times", [("124", 3), ("50", 1)], {}, ["204.19", "-60.00"]),
        ("100.00 cost 48.387..., 8.387... above 40.00", [("100", 1)], {}, ["48.39", "-8.39"]),
        ("a price of one cut to 0.48 costs 48.00", [("100", 1)], {"parts_rounded": "unit_price_down"},
         ["48.00", "-8.00"]),
    ],
)  # fmt: skip
def test_a_person_is_held_to_what_the_person_costs(case, by_user, more, expected):
    assert calls(*by_user, **more) == expected, case


@pytest.mark.parametrize(
    ("case", "price", "expected"),
    [
        ("27 more at 10.00 for 14 of 28 days", "10.00", {"seats/price": "15.00", "seats/estimate": "135.00"}),
        ("7 more at 10.00 and 20 at 5.00", GRADUATED,
         {"seats/price/tier-1": "15.00", "seats/estimate/tier-1": "35.00", "seats/estimate/tier-2": "50.00"}),
        ("30 at 5.00 cost 75.00, 3 at 10.00 cost 15.00", VOLUME, {"seats/price": "15.00", "seats/estimate": "60.00"}),
        ("three packages, of which one is known", PACKAGE, {"seats/price": "155.00", "seats/estimate": "310.00"}),
    ],
)  # fmt: skip
def test_an_estimate_has_the_share_of_the_price(case, price, expected):
    document = terms_of(price=price, in_part_periods="reduced")
    document |= {"term": {"start": "2026-01-01", "end": "2026-02-15"}, "gap_rule": {"rule": "prior_period"}}
    usage = usage_of(30, 3, ends=["2026-01-01", "2026-02-01", "2026-02-15"])
    usage = TermUsage(periods=(usage.periods[0], replace(usage.periods[1], missing_days=5)))
    rating = rate_term(terms=ContractTerms.from_json(document), usage=usage).periods[1]
    assert {line.key: str(line.amount) for line in rating.lines} == expected, case


def test_every_line_of_a_part_multiplies_out():
    for limit in ({"cap": {"maximum_users": 5}}, {"floor": {"minimum_users": 20}}, {"commitment": OVERAGE}):
        for line in rate(reduced(**limit), 10, ends=ENDS[:2])[0].lines:
            exact = Fraction(line.quantity) * Fraction(line.unit_price) * line.share
            cents = floor(abs(exact) * 100 + Fraction(1, 2)) * (1 if exact >= 0 else -1)
            assert Fraction(line.amount) == Fraction(cents, 100), line.words
            assert line.unit_price >= 0
