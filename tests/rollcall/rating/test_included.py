"""Included users: as a number or with what else is said of them, and beside a floor in users."""

import pytest

from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.rollcall.rating.bills import lines, nets, rate, sentences, terms_of, words_of


@pytest.mark.parametrize(
    ("users", "among", "beyond"),
    [
        # Floor of 200 users, 100 of them included: the least is 100 billed ones. Beyond: the least is 200 billed ones.
        (0, "100.00", "200.00"),
        (50, "100.00", "200.00"),
        (100, "100.00", "200.00"),
        (150, "100.00", "200.00"),
        (250, "150.00", "200.00"),
        (350, "250.00", "250.00"),
    ],
)
def test_whether_included_users_count_towards_the_floor_changes_the_bill(users, among, beyond):
    def net(counts):
        included = {"quantity": 100, "counts_towards_floor": counts}
        return nets(terms_of(included=included, floor={"minimum_users": 200}), users)

    assert net(True) == [among]
    assert net(False) == [beyond]


def test_the_line_says_how_many_of_the_floor_are_included():
    included = {"quantity": 100, "counts_towards_floor": True}
    (rating,) = rate(terms_of(included=included, floor={"minimum_users": 200}), 130)
    assert lines(rating) == [
        ("seats/included", "100", "0.00"),
        ("seats/price", "30", "30.00"),
        ("seats/floor", "70", "70.00"),
    ]
    assert words_of(rating, "seats/floor") == (
        "Shortfall to the floor of 200 users, 100 of them included: 100 − 30 = 70 users, at the price of an active user"
    )


def test_the_terms_say_it():
    floor = {"minimum_users": 200}
    among = terms_of(included={"quantity": 100, "counts_towards_floor": True}, floor=floor)
    beyond = terms_of(included={"quantity": 100, "counts_towards_floor": False}, floor=floor)
    first = "The first 100 users of each month are included; the price counts from the user after that"
    assert f"{first}; they count towards the floor." in sentences(among)
    assert f"{first}; the floor holds for those after them." in sentences(beyond)
    reduced = terms_of(included={"quantity": 100, "in_part_periods": "reduced"})
    assert f"{first}; a part of a month has its share of this." in sentences(reduced)
    assert ContractTerms.from_json(among).digest() != ContractTerms.from_json(beyond).digest()


def test_a_number_and_an_object_that_says_no_more_are_the_same_terms():
    number, written = (ContractTerms.from_json(terms_of(included=given)) for given in (5, {"quantity": 5}))
    assert number == written
    assert number.digest() == written.digest()
    assert written.to_json()["charges"]["seats"]["included"] == 5


@pytest.mark.parametrize(
    ("charge", "place", "sentence"),
    [
        ({"included": 5, "floor": {"minimum_users": 9}}, "charges.seats.included", "whether included users count"),
        ({"included": {"quantity": 5, "counts_towards_floor": True}},
         "charges.seats.included.counts_towards_floor", "only where users are included"),
        ({"included": {"quantity": 5, "counts_towards_floor": "no"}, "floor": {"minimum_users": 9}},
         "charges.seats.included.counts_towards_floor", "must be true or false"),
        ({"included": {"quantity": 5, "in_part_periods": "some"}},
         "charges.seats.included.in_part_periods", '"whole" or "reduced"'),
        ({"included": {"in_part_periods": "whole"}}, "charges.seats.included.quantity", "is missing"),
        ({"included": {"quantity": 5, "users": 5}}, "charges.seats.included.users", "is not a key of"),
        ({"included": "5"}, "charges.seats.included", "whole number"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(charge, place, sentence):
    with pytest.raises(TermsRefused) as refused:
        ContractTerms.from_json(terms_of(**charge))
    assert refused.value.path == place
    assert sentence in refused.value.sentence
