"""Per user and graduated: parts, flat amounts of tiers, ends with decimals."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.terms.fields import TermsRefused
from rollcall.terms.nouns import UNITS
from rollcall.terms.priced import price_of_more
from rollcall.terms.prices import total_of, write_price
from rollcall.terms.tiered import Tier
from tests.rollcall.terms.prices import oracle
from tests.rollcall.terms.prices.laws import ends, keeps_the_laws, prices, quantities, read, shown, total

D = Decimal
# OpenMeter's graduated tiers: two with a flat amount only, two with a price each.
OPENMETER = {
    "model": "graduated",
    "bound": "inclusive",
    "tiers": [
        {"up_to": 5, "unit_price": "0.00", "flat_amount": "100.00"},
        {"up_to": 10, "unit_price": "0.00", "flat_amount": "50.00"},
        {"up_to": 15, "unit_price": "10.00"},
        {"up_to": None, "unit_price": "5.00"},
    ],
    "at_zero": "first_flat",
}
TENTHS = {
    "model": "graduated",
    "bound": "inclusive",
    "tiers": [
        {"up_to": "0.1", "unit_price": "10.00"},
        {"up_to": 1, "unit_price": "5.00"},
        {"up_to": None, "unit_price": "2.00"},
    ],
}


def tiers_of(document):
    return [
        (
            None if tier["up_to"] is None else Fraction(tier["up_to"]),
            Fraction(tier["unit_price"]),
            Fraction(tier.get("flat_amount", "0")),
        )
        for tier in document["tiers"]
    ]


@st.composite
def tiered(draw, model="graduated"):
    """Draw a price by tiers, some of them with a flat amount."""
    bound = draw(st.sampled_from(["inclusive", "exclusive"]))
    tiers = [
        {"up_to": end, "unit_price": draw(prices()), **draw(st.sampled_from([{}, {"flat_amount": "7.50"}]))}
        for end in [*draw(ends()), None]
    ]
    zero = {"at_zero": draw(st.sampled_from(["first_flat", "nothing"]))} if "flat_amount" in tiers[0] else {}
    return {"model": model, "bound": bound, "tiers": tiers, **zero}


@given(prices(), quantities(2), quantities())
def test_per_user_keeps_the_laws(price, quantity, more):
    document = {"model": "per_user", "unit_price": price}
    keeps_the_laws(document, quantity, more)
    assert Fraction(total(read(document), quantity)) == oracle.per_unit(Fraction(quantity), Fraction(price))


def test_per_user_is_one_price_that_a_further_user_leaves_as_it_is():
    price = read({"model": "per_user", "unit_price": "29.00"})
    assert (price.has_one_price, price.is_marginal, price.needs_quantity, price.needs_events) == (
        True,
        True,
        True,
        False,
    )
    assert price.warnings("EUR") == []
    assert read(OPENMETER).is_marginal
    assert Tier(up_to=None, unit_price=D(1)).flat_amount == 0


@given(tiered(), quantities(2), quantities())
def test_graduated_keeps_the_laws_and_agrees_with_the_oracle(document, quantity, more):
    keeps_the_laws(document, quantity, more)
    expected = oracle.graduated(
        Fraction(quantity),
        tiers_of(document),
        exclusive=document["bound"] == "exclusive",
        due_at_zero=document.get("at_zero") == "first_flat",
    )
    assert Fraction(total(read(document), quantity)) == expected


@given(tiered(), st.integers(0, 200))
def test_one_more_user_costs_a_listed_price_and_the_flat_amount_of_a_tier_that_begins(document, users):
    price = read(document)
    more = total(price, users + 1) - total(price, users)
    listed = {D(tier["unit_price"]) + flat for tier in document["tiers"] for flat in (0, D(tier.get("flat_amount", 0)))}
    assert more in listed


@pytest.mark.parametrize(
    ("quantity", "amount"), [(0, 100), (3, 100), (5, 100), ("5.001", 150), (7, 150), (12, 170), (22, 235)]
)
def test_a_flat_amount_is_due_once_its_tier_is_reached(quantity, amount):
    assert total(read(OPENMETER), quantity) == amount


def test_without_users_the_first_flat_amount_is_due_or_not_as_the_terms_say():
    assert shown(read(OPENMETER), 0) == [("tier-1/flat", "1", "100.00")]
    assert shown(read({**OPENMETER, "at_zero": "nothing"}), 0) == []
    assert total(read({**OPENMETER, "at_zero": "nothing"}), 1) == 100


def test_flat_amounts_are_parts_of_their_own():
    assert shown(read(OPENMETER), 12) == [
        ("tier-1", "5", "0.00"),
        ("tier-1/flat", "1", "100.00"),
        ("tier-2", "5", "0.00"),
        ("tier-2/flat", "1", "50.00"),
        ("tier-3", "2", "10.00"),
    ]
    flats = [part for part in read(OPENMETER).price(D(12)) if part.is_flat]
    assert [(part.first, part.words) for part in flats] == [(0, "once for tier 1"), (6, "once for tier 2")]


def test_further_users_bring_the_flat_amounts_that_are_not_due_yet():
    price = read(OPENMETER)
    assert [(part.part, part.quantity) for part in price_of_more(price, D(4), D(2))] == [
        ("tier-1", 1),
        ("tier-2", 1),
        ("tier-2/flat", 1),
    ]
    assert [(part.first, part.last) for part in price_of_more(price, D(4), D(2))] == [(5, 5), (6, 6), (6, 6)]
    assert price_of_more(price, D(12), D(0)) == []
    assert [part.part for part in price_of_more(price, D(10), D(1))] == ["tier-3"]
    assert total_of(price_of_more(price, D(0), D(5))) == 0
    assert total_of(price_of_more(read({**OPENMETER, "at_zero": "nothing"}), D(0), D(5))) == 100
    assert [part.words for part in price_of_more(price, D("10.5"), D("4.5"))] == ["priced as users above 10.5 up to 15"]


@pytest.mark.parametrize(("quantity", "amount"), [("0.05", "0.5"), ("0.1", "1"), ("0.5", "3"), (1, "5.5"), (3, "9.5")])
def test_an_end_may_have_decimals(quantity, amount):
    assert total(read(TENTHS), quantity) == D(amount)


def test_quantities_with_decimals_are_named_by_where_they_begin_and_end():
    parts = read(TENTHS).price(D("0.5"), UNITS)
    assert [part.words for part in parts] == ["units up to 0.1, tier 1", "units above 0.1 up to 0.5, tier 2"]
    assert read(TENTHS).words("EUR", UNITS) == (
        "The price is graduated, each unit costs the price of their tier: units up to 0.1 cost EUR 10.00 each; "
        "units above 0.1 up to 1 cost EUR 5.00 each; units above 1 cost EUR 2.00 each; "
        "exactly 0.1 units are still in the first tier."
    )


def test_flat_amounts_in_words():
    assert read(OPENMETER).words("EUR") == (
        "The price is graduated, each user costs the price of their tier: users 1 to 5 cost EUR 0.00 each and "
        "EUR 100.00 once; users 6 to 10 cost EUR 0.00 each and EUR 50.00 once; users 11 to 15 cost EUR 10.00 each; "
        "users from 16 on cost EUR 5.00 each; user number 5 is the last one in the first tier. With no users at all "
        "the first flat amount, EUR 100.00, is due."
    )
    assert read({**OPENMETER, "at_zero": "nothing"}).words("EUR").endswith("With no users at all nothing is due.")


def test_one_price_is_only_where_nothing_is_due_once():
    flat = {"up_to": None, "unit_price": "1", "flat_amount": "2"}
    assert read({"model": "graduated", "bound": "inclusive", "tiers": [{**flat, "flat_amount": "0"}]}).has_one_price
    for tiers in ([flat], [{**flat, "up_to": 5}, {"up_to": None, "unit_price": "1"}]):
        document = {"model": "graduated", "bound": "inclusive", "tiers": tiers, "at_zero": "nothing"}
        assert not read(document).has_one_price


def test_a_flat_amount_of_zero_and_a_written_out_end_change_no_digest():
    plain = {"up_to": 10, "unit_price": "5.00"}
    last = {"up_to": None, "unit_price": "1.00"}
    written = write_price(read({"model": "graduated", "bound": "inclusive", "tiers": [plain, last]}))
    spelled = {"up_to": "10.0", "unit_price": "5", "flat_amount": "0.00"}
    assert write_price(read({"model": "graduated", "bound": "inclusive", "tiers": [spelled, last]})) == written
    assert written["tiers"] == [plain, last]


@pytest.mark.parametrize(
    ("case", "change", "path", "sentence"),
    [
        ("an exclusive end with decimals", {**TENTHS, "bound": "exclusive"}, "price.tiers", "is a whole number"),
        ("an end of nothing", {**TENTHS, "tiers": [{"up_to": "0.0", "unit_price": "1"}]}, "price.tiers[0].up_to",
         "above zero"),
        ("a word of a flat amount that is not there", {**TENTHS, "at_zero": "nothing"}, "price.at_zero",
         "there is none"),
        ("a third reading of zero", {**OPENMETER, "at_zero": "half"}, "price.at_zero", '"first_flat" or "nothing"'),
        ("an end in words", {**TENTHS, "tiers": [{"up_to": "ten", "unit_price": "1"}]}, "price.tiers[0].up_to",
         "decimal number"),
        ("a sentence beside a tier", {**TENTHS, "tiers": [{"up_to": None, "unit_price": "1", "note": "x"}]},
         "price.tiers[0].note", "is not a key of a tier"),
    ],
)  # fmt: skip
def test_refused(case, change, path, sentence):
    with pytest.raises(TermsRefused) as refused:
        read(change)
    assert refused.value.path == path, case
    assert sentence in refused.value.sentence
