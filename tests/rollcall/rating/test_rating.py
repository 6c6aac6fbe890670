"""Single bills: what is refused, what a line is called, what nobody costs."""

import json
from datetime import date
from decimal import Decimal

import pytest

from rollcall.period import Period
from rollcall.rating import STEPS, PeriodUsage, ProvisionedUsers, Rating, TermUsage, explain, rate_term
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from rollcall.terms.steps import DEFAULT_STEPS
from tests.rollcall.terms.documents import full_terms, plain_terms

SEPTEMBER = Period(date(2026, 9, 1), date(2026, 10, 1))


def usage(users, period=SEPTEMBER, metric="active"):
    return TermUsage(periods=(PeriodUsage(period=period, quantities={metric: {"users": users}}),))


def rate(document, users):
    (rating,) = rate_term(terms=ContractTerms.from_json(document), usage=usage(users)).periods
    return rating


def test_the_founding_contract_as_the_shapes_have_it():
    rated = rate_term(terms=ContractTerms.from_json(full_terms()), usage=usage(320)).to_json()
    digest = rated.pop("digest")
    assert rated == {
        "currency": "EUR",
        "periods": [
            {
                "start": "2026-09-01",
                "end": "2026-10-01",
                "lines": [
                    {
                        "key": "seats/price/tier-1",
                        "charge": "seats",
                        "kind": "usage",
                        "quantity": "320",
                        "unit_price": "29.00",
                        "amount": "9280.00",
                        "words": "Active users 1 to 320, tier 1",
                    },
                    {
                        "key": "seats/floor",
                        "charge": "seats",
                        "kind": "floor",
                        "quantity": "80",
                        "unit_price": "29.00",
                        "amount": "2320.00",
                        "words": "Shortfall to the floor of 400 users: 400 − 320 = 80 users, "
                        "priced as users 321 to 400",
                    },
                ],
                "net_amount": "11600.00",
            }
        ],
    }
    assert digest == "sha256:755b2cdaebc35cf4e4104ebf4543e6ad3861391c85f55bc8909d971b4e51e001"


def test_the_steps_are_one_list_in_the_order_of_the_terms():
    assert [step for step in STEPS if step != "estimate"] == [step for step in DEFAULT_STEPS if step in STEPS]
    assert list(STEPS)[list(STEPS).index("price") + 1] == "estimate", "no terms name it: it follows the price"
    assert set(DEFAULT_STEPS) <= set(STEPS), "terms name no step that a bill cannot take"


def test_nobody_and_no_floor_cost_nothing_and_it_is_explained():
    rating = rate(plain_terms(floor={"minimum_users": 0}), 0)
    assert [(line.key, line.quantity, line.unit_price, line.amount, line.words) for line in rating.lines] == [
        ("seats/price", 0, Decimal("29.00"), 0, "No active users")
    ]
    assert str(rating.net_amount) == "0.00"
    assert [(told["step"], told["arithmetic"], told["sum"]) for told in explain(rating)] == [
        ("price", "0 × 29.00", "0.00"),
        ("floor", "not needed: 0 users, the floor is 0 users", "0.00"),
    ]


def test_the_working_says_what_did_nothing_too():
    assert explain(rate(full_terms(), 420)) == [
        {
            "charge": "seats",
            "step": "price",
            "words": ContractTerms.from_json(full_terms()).charges["seats"].price.words("EUR"),
            "arithmetic": "420 × 29.00",
            "amount": "12180.00",
            "sum": "12180.00",
        },
        {
            "charge": "seats",
            "step": "floor",
            "words": "At least 400 users are billed each month; users that are missing to it cost the price of the "
            "tiers in which they would have been counted.",
            "arithmetic": "not needed: 420 users, the floor is 400 users",
            "amount": "0.00",
            "sum": "12180.00",
        },
        {
            "charge": "seats",
            "step": "cap",
            "words": "No month costs more than EUR 50,000.00 before tax.",
            "arithmetic": "not reached: 12,180.00, the cap is 50,000.00",
            "amount": "0.00",
            "sum": "12180.00",
        },
    ]


def test_a_shortfall_in_one_tier_is_one_line_and_in_two_tiers_two():
    assert [line.key for line in rate(full_terms(), 399).lines] == ["seats/price/tier-1", "seats/floor"]
    document = full_terms()
    document["charges"]["seats"]["floor"]["minimum_users"] = 501
    assert [(line.key, line.quantity) for line in rate(document, 499).lines] == [
        ("seats/price/tier-1", 499),
        ("seats/floor/tier-1", 1),
        ("seats/floor/tier-2", 1),
    ]


def test_the_order_of_steps_is_the_order_of_the_terms():
    document = {
        **plain_terms(floor={"minimum_users": 400}, cap={"amount": "90000"}),
        "steps": ["price", "floor", "cap"],
    }
    assert [told["step"] for told in explain(rate(document, 10))] == ["price", "floor", "cap"]


@pytest.mark.parametrize(
    ("case", "wrong", "place", "sentence"),
    [
        ("days outside the term", usage(1, Period(date(2027, 1, 1), date(2027, 2, 1))),
         "periods[2027-01-01/2027-02-01]", "is not in the term, 1 Jan to 31 Dec 2026"),
        ("half a month", usage(1, Period(date(2026, 9, 1), date(2026, 9, 16))),
         "periods[2026-09-01/2026-09-16]", "the one of that day is 1 to 30 Sep 2026"),
        ("a quarter of a monthly contract", usage(1, Period(date(2026, 7, 1), date(2026, 10, 1))),
         "periods[2026-07-01/2026-10-01]", "is no billing period"),
        ("a count under another name", usage(1, metric="activ"),
         "periods[2026-09-01/2026-10-01].quantities.activ", 'they have "active"'),
        ("no count at all", TermUsage(periods=(PeriodUsage(period=SEPTEMBER, quantities={}),)),
         "periods[2026-09-01/2026-10-01].quantities.active", "a missing count is never zero"),
    ],
)  # fmt: skip
def test_usage_that_is_not_agreed_is_refused(case, wrong, place, sentence):
    with pytest.raises(TermsRefused) as refused:
        rate_term(terms=ContractTerms.from_json(full_terms()), usage=wrong)
    assert refused.value.path == place, case
    assert sentence in refused.value.sentence


MONTH = {"start": "2026-09-01", "end": "2026-10-01", "quantities": {"active": {"users": 320}}}


@pytest.mark.parametrize(
    ("document", "place", "sentence"),
    [
        ({}, "periods", "is missing"),
        ({"periods": [MONTH], "provisioned": {}}, "provisioned", "is not a key of the usage to rate"),
        ({"periods": [{**MONTH, "users": 320}]}, "periods[0].users", "is not a key of the usage of a period"),
        ({"periods": [{**MONTH, "end": "2026-09-01"}]}, "periods[0]", "holds no day"),
        (
            {"periods": [{**MONTH, "quantities": {"active": {"users": "320"}}}]},
            "periods[0].quantities.active.users", 'not "320"',
        ),
        (
            {"periods": [{**MONTH, "quantities": {"active": {"users": 1, "events": 2}}}]},
            "periods[0].quantities.active.events", "is not a key of a quantity",
        ),
        ({"periods": [MONTH, MONTH]}, "periods", "have days in common"),
        (
            {"periods": [MONTH], "provisioned_users": {"users": 1000, "source": "user_list"}},
            "provisioned_users.date", "the number of a day",
        ),
    ],
)  # fmt: skip
def test_usage_that_cannot_be_read_is_refused(document, place, sentence):
    with pytest.raises(TermsRefused) as refused:
        TermUsage.from_json(document)
    assert refused.value.path == place
    assert sentence in refused.value.sentence


def test_usage_is_read_with_the_provisioned_users_beside_it():
    read = TermUsage.from_json(
        {"periods": [MONTH], "provisioned_users": {"users": 1000, "date": "2026-09-30", "source": "user_list"}}
    )
    assert read.periods == usage(320).periods
    assert read.provisioned_users == ProvisionedUsers(users=1000, date=date(2026, 9, 30), source="user_list")


def test_a_period_without_quantities_is_read_and_refused_only_where_something_is_counted():
    nothing = TermUsage.from_json({"periods": [{**MONTH, "quantities": {}}]})
    with pytest.raises(TermsRefused, match="a missing count is never zero"):
        rate_term(terms=ContractTerms.from_json(full_terms()), usage=nothing)


def test_a_stored_rating_is_read_again():
    rating = rate(full_terms(), 320)
    stored = json.loads(json.dumps({**rating.to_json(), "working": explain(rating)}))
    read = Rating.from_json(stored, currency="EUR")
    assert (read.period, read.lines, read.net_amount) == (rating.period, rating.lines, rating.net_amount)
    assert read.digest() == rating.digest()


def test_a_stored_rating_whose_lines_do_not_add_up_is_refused():
    stored = rate(full_terms(), 320).to_json()
    stored["lines"][0]["amount"] = "9280.01"
    with pytest.raises(ValueError, match=r"add up to 11600\.01, not to 11600\.00"):
        Rating.from_json(stored, currency="EUR")


def test_a_rating_is_found_by_its_period():
    rated = rate_term(terms=ContractTerms.from_json(full_terms()), usage=usage(320))
    assert rated.of(SEPTEMBER) is rated.periods[0]
    with pytest.raises(KeyError, match="was not rated"):
        rated.of(Period(date(2026, 10, 1), date(2026, 11, 1)))
    assert rated.digest() == rated.to_json()["digest"]
