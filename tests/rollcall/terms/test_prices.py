"""Price models: each prices a number of users in parts that add up to them."""

import pkgutil
from decimal import Decimal

import pytest

from rollcall.terms import prices
from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.prices import LADDERS, MODELS, read_price, write_price

D = Decimal

LADDER = {
    "model": "graduated",
    "bound": "inclusive",
    "tiers": [
        {"up_to": 10, "unit_price": "5.00"},
        {"up_to": 50, "unit_price": "2.00"},
        {"up_to": None, "unit_price": "1.00"},
    ],
}


def read(document, currency="EUR"):
    return read_price(Fields.of(document, "price"), currency)


def total(price, users):
    return sum(part.quantity * part.unit_price for part in price.price(D(users)))


def test_the_folder_is_the_registry():
    files = {file.name for file in pkgutil.iter_modules(prices.__path__)}
    assert files == {*MODELS, *LADDERS}
    assert {"graduated", "per_user"} <= set(MODELS)


@pytest.mark.parametrize(("users", "amount"), [(0, "0"), (1, "29"), (320, "9280"), (6400, "185600"), ("2.5", "72.5")])
def test_per_user_is_users_times_price(users, amount):
    assert total(read({"model": "per_user", "unit_price": "29.00"}), users) == D(amount)


@pytest.mark.parametrize(("users", "amount"), [(0, 0), (10, 50), (11, 52), (50, 130), (51, 131), (137, 217), (60, 140)])
def test_graduated_prices_each_user_in_the_tier_of_that_user(users, amount):
    assert total(read(LADDER), users) == amount


@pytest.mark.parametrize(("users", "amount"), [(9, 45), (10, 47), (49, 125), (50, 126), (51, 127)])
def test_an_exclusive_bound_puts_the_user_of_the_bound_into_the_next_tier(users, amount):
    assert total(read({**LADDER, "bound": "exclusive"}), users) == amount


def test_parts_are_numbered_by_tier_and_by_user():
    parts = read(LADDER).price(D(51))
    assert [(part.part, part.first, part.last, part.quantity) for part in parts] == [
        ("tier-1", 1, 10, 10),
        ("tier-2", 11, 50, 40),
        ("tier-3", 51, 51, 1),
    ]
    assert [part.words for part in parts] == [
        "active users 1 to 10, tier 1",
        "active users 11 to 50, tier 2",
        "active user 51, tier 3",
    ]


def test_a_fraction_of_a_user_costs_that_fraction():
    assert total(read(LADDER), "10.5") == D("51")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"model": "per_user", "unit_price": "29"}, "Each active user costs EUR 29.00."),
        (
            LADDER,
            "The price is graduated, each user costs the price of their tier: users 1 to 10 cost EUR 5.00 each; "
            "users 11 to 50 cost EUR 2.00 each; users from 51 on cost EUR 1.00 each; "
            "user number 10 is the last one in the first tier.",
        ),
        (
            {**LADDER, "bound": "exclusive"},
            "The price is graduated, each user costs the price of their tier: users 1 to 9 cost EUR 5.00 each; "
            "users 10 to 49 cost EUR 2.00 each; users from 50 on cost EUR 1.00 each; "
            "user number 9 is the last one in the first tier.",
        ),
        (
            {"model": "graduated", "bound": "inclusive", "tiers": [{"up_to": None, "unit_price": "3"}]},
            "The price is graduated with one tier: every user costs EUR 3.00.",
        ),
    ],
)
def test_prices_in_words(document, words):
    assert read(document).words("EUR") == words


@pytest.mark.parametrize("document", [LADDER, {"model": "per_user", "unit_price": "29.00"}])
def test_a_price_is_written_as_it_was_read(document):
    assert write_price(read(document)) == document


def test_one_price_is_written_one_way():
    assert write_price(read({"model": "per_user", "unit_price": "29"})) == write_price(
        read({"model": "per_user", "unit_price": "29.000"})
    )
    assert write_price(read({"model": "per_user", "unit_price": "29.00"}, "JPY")) == {
        "model": "per_user",
        "unit_price": "29",
    }


def tiers(*rows, bound="inclusive"):
    return {"model": "graduated", "bound": bound, "tiers": [{"up_to": up, "unit_price": price} for up, price in rows]}


@pytest.mark.parametrize(
    ("case", "document", "path", "sentence"),
    [
        ("no model", {"unit_price": "1"}, "price.model", "is missing"),
        (
            "a model nobody wrote",
            {"model": "spiral"},
            "price.model",
            'is not a known price model; use "fixed", "graduated"',
        ),
        ("a second price", {"model": "per_user", "unit_price": "1", "price": "2"}, "price.price", "is not a key"),
        ("a number that may lose digits", {"model": "per_user", "unit_price": 29.0}, "price.unit_price", "in quotes"),
        ("a negative price", {"model": "per_user", "unit_price": "-1"}, "price.unit_price", "must not be negative"),
        ("words for a price", {"model": "per_user", "unit_price": "1e3"}, "price.unit_price", "decimal number"),
        ("an unsaid bound", {"model": "graduated", "tiers": []}, "price.bound", "two cost different money"),
        ("no tiers", tiers(), "price.tiers", "Only the last tier"),
        ("no open end", tiers((10, "1")), "price.tiers", "Only the last tier"),
        ("two open ends", tiers((None, "1"), (None, "2")), "price.tiers", "Only the last tier"),
        ("falling tiers", tiers((10, "1"), (5, "2"), (None, "3")), "price.tiers", "Tiers must rise"),
        ("a tier twice", tiers((10, "1"), (10, "2"), (None, "3")), "price.tiers", "Tiers must rise"),
        ("a tier without a user", tiers((1, "1"), (None, "3"), bound="exclusive"), "price.tiers", "holds no user"),
        ("a tier up to nobody", tiers((0, "1"), (None, "3")), "price.tiers[0].up_to", "at least 1"),
        (
            "a flat amount of which nobody said whether it is due without users",
            {**LADDER, "tiers": [{"up_to": None, "unit_price": "1", "flat_amount": "10"}]},
            "price.at_zero",
            "billing systems disagree",
        ),
        ("a tier that is no object", {**LADDER, "tiers": [5]}, "price.tiers[0]", "must be an object"),
        ("tiers that are no list", {**LADDER, "tiers": {}}, "price.tiers", "must be a list"),
    ],
)
def test_refused_prices(case, document, path, sentence):
    with pytest.raises(TermsRefused) as refused:
        read(document)
    assert refused.value.path == path, case
    assert sentence in refused.value.sentence
