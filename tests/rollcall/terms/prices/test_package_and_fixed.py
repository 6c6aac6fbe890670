"""By the package, and one fixed amount."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.terms.fields import TermsRefused
from rollcall.terms.nouns import SEATS
from rollcall.terms.priced import price_of_more
from tests.rollcall.terms.prices import oracle
from tests.rollcall.terms.prices.laws import keeps_the_laws, prices, quantities, read, shown, total

D = Decimal
TENS = {"model": "package", "size": "10", "package_price": "50.00", "rounding": "up"}


@given(st.integers(1, 4000), st.sampled_from(["up", "down", "half_up"]), prices(), quantities(2), quantities())
def test_packages_keep_the_laws_and_agree_with_the_oracle(size, rounding, price, quantity, more):
    size_text = str(D(size).scaleb(-2))
    document = {"model": "package", "size": size_text, "package_price": price, "rounding": rounding}
    keeps_the_laws(document, quantity, more)
    packages = oracle.packages(Fraction(quantity), Fraction(size_text), rounding)
    assert Fraction(total(read(document), quantity)) == packages * Fraction(price)


@pytest.mark.parametrize(
    ("rounding", "packages"),
    [("up", [0, 1, 1, 1, 1, 1, 2, 3]), ("down", [0, 0, 0, 0, 0, 1, 1, 2]), ("half_up", [0, 0, 0, 1, 1, 1, 1, 3])],
)
def test_what_a_part_of_a_package_is(rounding, packages):
    price = read({**TENS, "rounding": rounding})
    assert [total(price, users) / 50 for users in (0, 1, "4.99", 5, 9, 10, 11, 25)] == packages


def test_the_part_counts_packages_and_names_the_users():
    (part,) = read(TENS).price(D(25))
    assert (part.part, part.quantity, part.unit_price, part.is_flat) == ("", 3, D("50.00"), True)
    assert part.words == "packages of 10 for 25 active users: a package that is begun is billed whole"
    assert (part.first, part.last) == (1, 1)
    (part,) = read({**TENS, "rounding": "down"}).price(D(1), SEATS)
    assert (part.quantity, part.words) == (0, "packages of 10 for 1 seat: only full packages are billed")
    assert read(TENS).price(D(5))[0].words.startswith("package of 10 for 5 active users")


@pytest.mark.parametrize(
    ("rounding", "words"),
    [
        ("up", "a package that is begun is billed whole."),
        ("down", "only full packages are billed."),
        ("half_up", "a package is billed whole once it is half used, and not before."),
    ],
)
def test_packages_in_words(rounding, words):
    assert (
        read({**TENS, "rounding": rounding}).words("EUR") == f"Packages of 10 active users cost EUR 50.00 each; {words}"
    )


def test_further_users_cost_what_they_change():
    price = read(TENS)
    assert price_of_more(price, D(11), D(9)) == []
    assert [part.unit_price for part in price_of_more(price, D(11), D(10))] == [50]
    assert not price.is_marginal
    assert not price.has_one_price


@pytest.mark.parametrize(
    ("case", "change", "path", "sentence"),
    [
        ("nothing in a package", {"size": "0"}, "price.size", "above zero"),
        ("no word of rounding", {"rounding": None}, "price.rounding", 'must be "up", "down" or "half_up"'),
        ("a size that is a number", {"size": 10}, "price.size", "in quotes"),
        ("two prices", {"unit_price": "5"}, "price.unit_price", 'is not a key of a price of the model "package"'),
    ],
)
def test_refused_packages(case, change, path, sentence):
    with pytest.raises(TermsRefused) as refused:
        read({**TENS, **change})
    assert refused.value.path == path, case
    assert sentence in refused.value.sentence


def test_rounding_is_asked_for():
    with pytest.raises(TermsRefused, match="say what a part of a package is"):
        read({key: value for key, value in TENS.items() if key != "rounding"})


@given(prices(), quantities(2), quantities())
def test_a_fixed_amount_keeps_the_laws(amount, quantity, more):
    document = {"model": "fixed", "amount": amount}
    price = read(document)
    keeps = total(price, quantity) == total(price, quantity + more) == D(amount)
    assert keeps
    assert price_of_more(price, quantity, more) == []
    keeps_the_laws_of_flats(document, quantity, more)


def keeps_the_laws_of_flats(document, quantity, more):
    """A fixed amount numbers nobody: the laws hold for no users at all."""
    keeps_the_laws(document, D(0), more)
    assert shown(read(document), quantity) == [("", "1", str(D(document["amount"]).quantize(D("0.01"))))]


def test_a_fixed_amount_is_due_whatever_is_used():
    price = read({"model": "fixed", "amount": "9.99"})
    (part,) = price.price(D(0))
    assert (part.quantity, part.unit_price, part.first, part.words) == (1, D("9.99"), 0, "fixed amount")
    assert price.words("USD") == "The price is a fixed amount of USD 9.99, whatever is used."
    assert (price.needs_quantity, price.is_marginal, price.has_one_price) == (False, True, False)
    assert read(TENS).needs_quantity
    with pytest.raises(TermsRefused, match=r"price\.convert: is for a quantity"):
        read({"model": "fixed", "amount": "9.99", "convert": {"divide_by": "10", "rounding": "up"}})
