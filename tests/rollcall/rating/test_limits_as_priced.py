"""Limits in users beside prices that are not simply made of users: a tier by the peak, days, seats that changed."""

from datetime import date, timedelta

import pytest

from rollcall.rating import TermUsage, rate_term
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.rollcall.rating.bills import lines, nets, rate, terms_of, words_of

VOLUME = {
    "model": "volume",
    "bound": "inclusive",
    "tiers": [{"up_to": 500, "unit_price": "29.00"}, {"up_to": None, "unit_price": "25.00"}],
}
GRADUATED = {
    "model": "graduated",
    "bound": "inclusive",
    "tiers": [{"up_to": 10, "unit_price": "10.00"}, {"up_to": None, "unit_price": "5.00"}],
}
EVENTS = {"model": "percentage", "percent": "2.9", "per_event": "0.10"}
BY_TIERS = {"shortfall_priced_by": "tiers"}
JUNE = [(date(2026, 6, 1) + timedelta(days=number)).isoformat() for number in range(30)]
ENDS = ["2026-06-01", "2026-07-01", "2026-08-01"]


def reported(calculation, **charge):
    document = terms_of(**charge)
    document["metrics"]["active"] = {"kind": "reported_users", **calculation}
    return document


def average(**charge):
    """An average of which the highest day chooses the tier."""
    rule = {"calculation": "average", "average_over": "days_of_period", "rounding": "half_up", "decimals": 2}
    return reported({**rule, "tier_by": "max"}, price=VOLUME, **charge)


@pytest.mark.parametrize(
    ("case", "charge", "expected"),
    [
        ("300 at 25.00", {}, [("seats/price", "300", "7500.00")]),
        ("a cap of 200: 100 less at 25.00", {"cap": {"maximum_users": 200}},
         [("seats/price", "300", "7500.00"), ("seats/cap", "-100", "-2500.00")]),
        ("a floor of 400: 100 more at 25.00", {"floor": {"minimum_users": 400, **BY_TIERS}},
         [("seats/price", "300", "7500.00"), ("seats/floor", "100", "2500.00")]),
        ("200 committed, 100 above at 1.2 x 25.00",
         {"commitment": {"quantity": 200, "overage": {"unit_price": "30.00"}, "shortfall": "none"}},
         [("seats/price", "300", "7500.00"), ("seats/commitment", "200", "0.00"),
          ("seats/commitment/above", "-100", "-2500.00"), ("seats/overage", "100", "3000.00")]),
        ("400 committed, 100 missing at 25.00",
         {"commitment": {"quantity": 400, "overage": {"unit_price": "30.00"}, "shortfall": "billed_at_end", **BY_TIERS}},
         [("seats/price", "300", "7500.00"), ("seats/commitment", "300", "0.00"), ("seats/shortfall", "100", "2500.00")]),
    ],
)  # fmt: skip
def test_a_limit_has_the_tier_of_the_highest_day(case, charge, expected):
    """600 users on 15 of 30 days: 300 on average, at the price of more than 500."""
    daily = {day: 600 if number < 15 else 0 for number, day in enumerate(JUNE)}
    (rating,) = rate(average(**charge), {"active": {"daily_users": daily}}, ends=ENDS[:2])
    assert [line for line in lines(rating) if line[2] != "0.00" or line[0].endswith("commitment")] == expected, case


def test_an_estimate_has_the_tier_of_the_highest_day():
    """The month before had 400 on average; 300 are known, and the 100 between them cost 25.00 each."""
    document = {**average(), "gap_rule": {"rule": "prior_period"}}
    half = {day: 600 if number < 15 else 0 for number, day in enumerate(JUNE)}
    july = {f"2026-07-{day:02}": 620 if day <= 15 else 0 for day in range(1, 31)}
    periods = [
        {"start": "2026-06-01", "end": "2026-07-01", "quantities": {"active": {"daily_users": half}}},
        {"start": "2026-07-01", "end": "2026-08-01", "quantities": {"active": {"daily_users": july}}},
    ]
    periods[0]["quantities"]["active"]["daily_users"] = {day: number * 4 // 3 for day, number in half.items()}
    periods[1]["missing_days"] = 1
    usage = TermUsage.from_json({"periods": periods})
    rating = rate_term(terms=ContractTerms.from_json(document), usage=usage).periods[1]
    assert lines(rating) == [("seats/price", "300", "7500.00"), ("seats/estimate", "100", "2500.00")]


def seats(bought, **charge):
    """Terms of seats, rated for January, by their days."""
    document = terms_of(**charge, bill="in_advance")
    document["metrics"]["active"] = {
        "kind": "seats",
        "removed": "at_once",
        "bought": [{"from": day, "seats": number} for day, number in bought],
    }
    return document


@pytest.mark.parametrize(
    ("case", "price", "limit", "net"),
    [
        ("8 seats, and 7 more for 15 of 31 days", GRADUATED, {}, "101.78"),
        ("lifted to 15: 10 at 10.00 and 5 at 5.00", GRADUATED, {"floor": {"minimum_users": 15, **BY_TIERS}}, "125.00"),
        ("lifted to 15 at one price", "10.00", {"floor": {"minimum_users": 15}}, "150.00"),
        ("11.39 on average are enough for 11", GRADUATED, {"floor": {"minimum_users": 11, **BY_TIERS}}, "101.78"),
        ("held to 9: 9 at 10.00", GRADUATED, {"cap": {"maximum_users": 9}}, "90.00"),
        ("held to 11, which would cost 105.00 and more", GRADUATED, {"cap": {"maximum_users": 11}}, "101.78"),
        ("9 committed, 2.387097 above at 20.00", GRADUATED,
         {"commitment": {"quantity": 9, "overage": {"unit_price": "20.00"}, "shortfall": "none"}}, "137.74"),
        ("15 committed and billed", GRADUATED,
         {"commitment": {"quantity": 15, "overage": {"unit_price": "20.00"}, "shortfall": "billed_at_end", **BY_TIERS}},
         "125.00"),
    ],
)  # fmt: skip
def test_seats_that_changed_inside_a_month_are_lifted_and_held_to_whole_months(case, price, limit, net):
    document = seats([("2026-01-01", 8), ("2026-01-17", 15)], price=price, **limit)
    assert nets(document, {}) == [net], case


@pytest.mark.parametrize(
    ("users", "net", "above"),
    [
        # 500 at 29.00 are drawn whatever is above them, and each one above costs 40.00.
        (500, "14500.00", None),
        (510, "14900.00", ("seats/commitment/above", "1", "1750.00")),
        (580, "17700.00", None),
        (600, "18500.00", ("seats/commitment/above", "-1", "-500.00")),
    ],
)
def test_what_is_drawn_costs_its_own_price_where_the_total_falls(users, net, above):
    commitment = {"quantity": 500, "overage": {"unit_price": "40.00"}, "shortfall": "billed_at_end", **BY_TIERS}
    (rating,) = rate(terms_of(price=VOLUME, commitment=commitment), users)
    assert str(rating.net_amount) == net
    assert next((line for line in lines(rating) if line[0].endswith("above")), None) == above
    if users == 510:
        assert words_of(rating, "seats/commitment/above") == (
            "Above the commitment of 500 users, billed as overage: 10 users; 500 users cost 14,500.00, not 12,750.00"
        )


@pytest.mark.parametrize(
    ("case", "factor", "quantity", "users", "net"),
    [
        ("1.5 times what 50 above 600 cost, 25.00 each", "1.5", 600, 650, "16875.00"),
        ("its ordinary price: the table alone", "1", 500, 510, "12750.00"),
    ],
)
def test_overage_by_a_factor_where_the_total_does_not_fall_above(case, factor, quantity, users, net):
    commitment = {"quantity": quantity, "overage": {"factor": factor}, "shortfall": "none"}
    assert nets(terms_of(price=VOLUME, commitment=commitment), users) == [net], case


def events(**charge):
    document = terms_of(price=EVENTS, **charge)
    document["metrics"]["active"] = {
        "kind": "action_quantity",
        "definition": {"actions": ["pay"]},
        "measure": "sum",
        "unit": "euro",
    }
    return document


ALONE = {"calculation": "each_day_alone"}
FACTOR = {"quantity": 500, "overage": {"factor": "1.5"}, "shortfall": "none"}


@pytest.mark.parametrize(
    ("case", "document", "place", "sentence"),
    [
        ("20 a day are no 600 users: a cap of 300 holds none of them",
         reported(ALONE, price=GRADUATED, cap={"maximum_users": 300}), "charges.seats.cap", "prices every day alone"),
        ("nor does a floor", reported(ALONE, price="1.00", floor={"minimum_users": 3}), "charges.seats.floor",
         'write an amount, or another calculation, such as "max"'),
        ("nor a commitment", reported(ALONE, price="1.00", commitment=FACTOR), "charges.seats.commitment",
         "prices every day alone"),
        ("an estimate of days priced alone over tiers",
         {**reported(ALONE, price=GRADUATED), "gap_rule": {"rule": "prior_period"}}, "gap_rule", 'use "bill_known"'),
        ("a cap of a quantity of which single events are priced", events(cap={"maximum_users": 5}),
         "charges.seats.cap", "looks at single events"),
        ("an estimate of single events", {**events(), "gap_rule": {"rule": "prior_peak"}}, "gap_rule",
         "seats prices single events"),
        ("1.5 times less than nothing", terms_of(price=VOLUME, commitment=FACTOR),
         "charges.seats.commitment.overage.factor", "500 users cost EUR 14,500.00, 501 users cost EUR 12,525.00."),
        ("over the term nobody knows where the total is drawn to",
         terms_of(price=VOLUME, commitment={**FACTOR, "quantity": 9000, "per": "term"}),
         "charges.seats.commitment.overage.factor", 'Write a "unit_price"'),
        ("the tier of seats above, where seats are priced by their days",
         seats([("2026-01-01", 8)], price=GRADUATED, commitment=FACTOR),
         "charges.seats.commitment.overage.factor", "nobody can say their tier"),
    ],
)  # fmt: skip
def test_users_without_a_price_are_refused(case, document, place, sentence):
    with pytest.raises(TermsRefused) as refused:
        ContractTerms.from_json(document)
    assert refused.value.path == place, case
    assert sentence in refused.value.sentence, case


@pytest.mark.parametrize(
    "document",
    [
        reported(ALONE, price=GRADUATED, cap={"amount": "300.00"}),
        {**reported(ALONE, price="1.00"), "gap_rule": {"rule": "prior_period"}},
        events(cap={"amount": "5.00"}),
        {**events(), "gap_rule": {"rule": "bill_known"}},
        terms_of(price=VOLUME, commitment={**FACTOR, "overage": {"unit_price": "40.00"}}),
        seats([("2026-01-01", 8)], price="10.00", commitment=FACTOR),
    ],
)
def test_the_cure_that_a_refusal_names_is_accepted(document):
    assert ContractTerms.from_json(document)
