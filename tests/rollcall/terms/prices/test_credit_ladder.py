"""The ladder of free credit: 5, 2 and 1 for users 1 to 10, 11 to 50 and 51 to 100, in both readings."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.prices import read_ladder, read_price
from tests.rollcall.terms.prices import oracle
from tests.rollcall.terms.prices.laws import ends, keeps_the_laws, prices, quantities, read, shown, total

D = Decimal
LADDER = {
    "model": "credit_ladder",
    "reading": "graduated",
    "bound": "inclusive",
    "tiers": [
        {"up_to": 10, "credit": "5.00"},
        {"up_to": 50, "credit": "2.00"},
        {"up_to": 100, "credit": "1.00"},
    ],
}
WHOLE = {**LADDER, "reading": "whole_size"}


@st.composite
def ladders(draw):
    rungs = [{"up_to": end, "credit": draw(prices())} for end in draw(ends().filter(bool))]
    return {
        "model": "credit_ladder",
        "reading": draw(st.sampled_from(["graduated", "whole_size"])),
        "bound": draw(st.sampled_from(["inclusive", "exclusive"])),
        "tiers": rungs,
    }


@given(ladders(), quantities(), quantities())
def test_ladders_keep_the_laws_and_agree_with_the_oracle(document, quantity, more):
    keeps_the_laws(document, quantity, more)
    expected = oracle.ladder(
        Fraction(quantity),
        [(Fraction(rung["up_to"]), Fraction(rung["credit"])) for rung in document["tiers"]],
        whole_size=document["reading"] == "whole_size",
        exclusive=document["bound"] == "exclusive",
    )
    assert Fraction(total(read(document), quantity)) == expected


@pytest.mark.parametrize(
    ("users", "graduated", "whole_size"),
    [(0, 0, 0), (1, 5, 5), (10, 50, 50), (11, 52, 22), (50, 130, 100), (51, 131, 51), (60, 140, 60), (100, 180, 100),
     (101, 180, 0), (1000, 180, 0)],
)  # fmt: skip
def test_both_readings(users, graduated, whole_size):
    assert total(read(LADDER), users) == graduated
    assert total(read(WHOLE), users) == whole_size


def test_parts():
    assert shown(read(LADDER), 120) == [("tier-1", "10", "5.00"), ("tier-2", "40", "2.00"), ("tier-3", "50", "1.00")]
    assert [part.words for part in read(LADDER).price(D(11))] == [
        "active users 1 to 10, rung 1",
        "active user 11, rung 2",
    ]
    (part,) = read(WHOLE).price(D(60))
    assert (part.quantity, part.words) == (60, "active users, all by rung 3 (up to 100 users)")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "Each active user brings the free credit of their own rung: users 1 to 10: USD 5.00 each; users 11 to 50: "
             "USD 2.00 each; users 51 to 100: USD 1.00 each; users after number 100 bring none."),
        ({"reading": "whole_size"},
         "The number of all active users decides how much free credit each of them brings: up to 10 users: USD 5.00 "
         "each; up to 50 users: USD 2.00 each; up to 100 users: USD 1.00 each; more than 100 users bring none."),
        ({"bound": "exclusive"},
         "Each active user brings the free credit of their own rung: users 1 to 9: USD 5.00 each; users 10 to 49: "
         "USD 2.00 each; users 50 to 99: USD 1.00 each; users after number 99 bring none."),
        ({"bound": "exclusive", "reading": "whole_size"},
         "The number of all active users decides how much free credit each of them brings: fewer than 10 users: "
         "USD 5.00 each; fewer than 50 users: USD 2.00 each; fewer than 100 users: USD 1.00 each; at least 100 users "
         "bring none."),
    ],
)  # fmt: skip
def test_in_words(change, words):
    assert read({**LADDER, **change}).words("USD") == words


def test_a_fall_of_the_credit_is_told():
    assert read(WHOLE).warnings("USD") == [
        "The credit falls as usage rises: 10 users bring USD 50.00, 11 users bring USD 22.00.",
        "The credit falls as usage rises: 50 users bring USD 100.00, 51 users bring USD 51.00.",
        "The credit falls as usage rises: 100 users bring USD 100.00, 101 users bring USD 0.00.",
    ]
    assert read(LADDER).warnings("USD") == []


def test_a_ladder_prices_no_charge_and_a_price_is_no_ladder():
    with pytest.raises(TermsRefused, match=r"price\.model: .*ladder of a credit, no price"):
        read_price(Fields.of(LADDER, "price"), "EUR")
    with pytest.raises(TermsRefused, match='use "credit_ladder"'):
        read_ladder(Fields.of({"model": "per_user", "unit_price": "1"}, "ladder"), "EUR")


@pytest.mark.parametrize(
    ("case", "change", "path", "sentence"),
    [
        ("no reading", {"reading": None}, "price.reading", '"graduated" or "whole_size"'),
        ("an open end", {"tiers": [{"up_to": None, "credit": "1"}]}, "price.tiers[0].up_to", "there is no credit"),
        ("no rungs", {"tiers": []}, "price.tiers", "Every tier ends with a number"),
        ("rungs that fall", {"tiers": [*LADDER["tiers"], {"up_to": 5, "credit": "1"}]}, "price.tiers", "must rise"),
        ("a rung without anybody", {"bound": "exclusive", "tiers": [{"up_to": 1, "credit": "1"}]}, "price.tiers",
         "holds no user"),
        ("a key beside", {"cap": "1"}, "price.cap", 'is not a key of a ladder of the model "credit_ladder"'),
    ],
)  # fmt: skip
def test_refused(case, change, path, sentence):
    with pytest.raises(TermsRefused) as refused:
        read({**LADDER, **change})
    assert refused.value.path == path, case
    assert sentence in refused.value.sentence


@pytest.mark.parametrize(("ladder", "is_marginal"), [(LADDER, True), (WHOLE, False)])
def test_one_more_user_changes_the_credit_of_the_others_in_one_reading_alone(ladder, is_marginal):
    found = read(ladder)
    assert found.is_marginal is is_marginal
    before, after = (total(found, D(users)) for users in (10, 11))
    assert (after - before == D("2.00")) is is_marginal
