"""By volume: the number of all users decides the price of each, and the total may fall."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given

from rollcall.terms.fields import TermsRefused
from rollcall.terms.priced import price_of_more
from tests.rollcall.terms.prices import oracle
from tests.rollcall.terms.prices.laws import keeps_the_laws, quantities, read, shown, total
from tests.rollcall.terms.prices.test_per_user_and_graduated import OPENMETER, tiered, tiers_of

D = Decimal
POLAR = {
    "model": "volume",
    "bound": "inclusive",
    "tiers": [
        {"up_to": 10, "unit_price": "10.00"},
        {"up_to": 50, "unit_price": "8.00"},
        {"up_to": None, "unit_price": "6.00"},
    ],
}


@given(tiered("volume"), quantities(2), quantities())
def test_volume_keeps_the_laws_and_agrees_with_the_oracle(document, quantity, more):
    keeps_the_laws(document, quantity, more)
    expected = oracle.volume(
        Fraction(quantity),
        tiers_of(document),
        exclusive=document["bound"] == "exclusive",
        due_at_zero=document.get("at_zero") == "first_flat",
    )
    assert Fraction(total(read(document), quantity)) == expected


@pytest.mark.parametrize(("users", "amount"), [(0, 0), (1, 10), (10, 100), (11, 88), (50, 400), (51, 306), (100, 600)])
def test_all_users_cost_the_price_of_the_tier_that_their_number_reaches(users, amount):
    assert total(read(POLAR), users) == amount


@pytest.mark.parametrize(("users", "amount"), [(9, 90), (10, 80), (49, 392), (50, 300)])
def test_an_exclusive_bound_puts_the_number_itself_into_the_next_tier(users, amount):
    assert total(read({**POLAR, "bound": "exclusive"}), users) == amount


def test_between_two_whole_numbers_the_higher_tier_is_reached():
    assert total(read(POLAR), "10.5") == 84


def test_the_line_keeps_its_name_whatever_tier_is_reached():
    assert shown(read(POLAR), 10) == [("", "10", "10.00")]
    assert shown(read(POLAR), 60) == [("", "60", "6.00")]
    (part,) = read(POLAR).price(D(11))
    assert part.words == "active users, all at the price of tier 2 (up to 50 users)"


def test_flat_amounts_are_due_beside_the_price_of_the_tier_that_is_reached():
    price = read({**OPENMETER, "model": "volume"})
    assert [total(price, quantity) for quantity in (0, 3, 6, 15, 16)] == [100, 100, 50, 150, 80]
    assert shown(price, 6) == [("", "6", "0.00"), ("flat", "1", "50.00")]
    assert price.price(D(6))[1].words == "once in tier 2"
    assert (price.price(D(6))[1].first, price.price(D(0))[0].first) == (1, 0)
    assert shown(read({**OPENMETER, "model": "volume", "at_zero": "nothing"}), 0) == []


def test_every_fall_of_the_total_is_told():
    assert read(POLAR).warnings("EUR") == [
        "The total falls as usage rises: 10 users cost EUR 100.00, 11 users cost EUR 88.00.",
        "The total falls as usage rises: 50 users cost EUR 400.00, 51 users cost EUR 306.00.",
    ]
    assert read({**POLAR, "bound": "exclusive"}).warnings("USD")[0] == (
        "The total falls as usage rises: 9 users cost USD 90.00, 10 users cost USD 80.00."
    )
    rising = {"up_to": "0.5", "unit_price": "1"}, {"up_to": None, "unit_price": "2"}
    assert read({**POLAR, "tiers": list(rising)}).warnings("EUR") == []
    falling = {"up_to": "0.5", "unit_price": "2"}, {"up_to": None, "unit_price": "1"}
    assert (
        "0.5 users cost EUR 1.00, 0.6 users cost EUR 0.60" in read({**POLAR, "tiers": list(falling)}).warnings("EUR")[0]
    )


def test_further_users_cost_the_difference_of_two_totals_and_never_less_than_nothing():
    price = read(POLAR)
    (part,) = price_of_more(price, D(10), D(10))
    assert (part.quantity, part.unit_price, part.is_flat) == (1, 60, True)
    assert part.words == "the price of 20 users less that of 10 users"
    assert (part.first, part.last) == (11, 20)
    assert price_of_more(price, D(10), D(1)) == []
    assert price_of_more(price, D(10), D(0)) == []
    assert not price.is_marginal


@pytest.mark.parametrize(
    ("bound", "tiers"),
    [
        ("inclusive", "up to 10 users: EUR 10.00 each; up to 50 users: EUR 8.00 each; more than 50 users: EUR 6.00 each; "
         "exactly 10 users are in the first tier."),
        ("exclusive", "fewer than 10 users: EUR 10.00 each; fewer than 50 users: EUR 8.00 each; at least 50 users: "
         "EUR 6.00 each; exactly 10 users are in the second tier."),
    ],
)  # fmt: skip
def test_in_words(bound, tiers):
    assert read({**POLAR, "bound": bound}).words("EUR") == (
        f"The price is by volume, the number of all active users decides what each of them costs: {tiers}"
    )


def test_one_tier_in_words():
    price = read({**POLAR, "tiers": [{"up_to": None, "unit_price": "3", "flat_amount": "1"}], "at_zero": "nothing"})
    assert price.words("EUR").endswith(
        "any number of active users: EUR 3.00 each and EUR 1.00 once. With no users at all nothing is due."
    )
    assert read({**POLAR, "tiers": [{"up_to": None, "unit_price": "3"}]}).has_one_price


def test_an_exclusive_end_may_be_one_where_nobody_is_numbered():
    tiers = [{"up_to": 1, "unit_price": "1"}, {"up_to": None, "unit_price": "2"}]
    price = read({**POLAR, "bound": "exclusive", "tiers": tiers})
    assert [total(price, quantity) for quantity in ("0.5", 1)] == [D("0.5"), 2]


def test_refused_without_a_bound():
    with pytest.raises(TermsRefused, match="two cost different money"):
        read({"model": "volume", "tiers": POLAR["tiers"]})
    with pytest.raises(TermsRefused, match="Tiers must rise"):
        read({**POLAR, "tiers": [POLAR["tiers"][1], *POLAR["tiers"]]})
