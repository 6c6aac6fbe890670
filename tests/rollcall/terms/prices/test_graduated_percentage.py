"""A percentage by tiers: each part of the quantity pays that of its own tier, and a flat amount once it is reached."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.terms.fields import TermsRefused
from rollcall.terms.nouns import UNITS, noun
from rollcall.terms.prices import write_price
from rollcall.terms.prices.graduated_percentage import PercentTier
from tests.rollcall.terms.prices import oracle
from tests.rollcall.terms.prices.laws import ends, keeps_the_laws, prices, quantities, read, shown, total

D = Decimal
EUROS = noun("euro", "euros")
LAGO = {
    "model": "graduated_percentage",
    "bound": "inclusive",
    "tiers": [
        {"up_to": 10, "percent": "1", "flat_amount": "200.00"},
        {"up_to": 20, "percent": "2", "flat_amount": "300.00"},
        {"up_to": None, "percent": "3", "flat_amount": "400.00"},
    ],
    "at_zero": "nothing",
}


@st.composite
def percentages(draw):
    tiers = [
        {"up_to": end, "percent": draw(prices(900)), **draw(st.sampled_from([{}, {"flat_amount": "7.50"}]))}
        for end in [*draw(ends()), None]
    ]
    zero = {"at_zero": draw(st.sampled_from(["first_flat", "nothing"]))} if "flat_amount" in tiers[0] else {}
    bound = draw(st.sampled_from(["inclusive", "exclusive"]))
    return {"model": "graduated_percentage", "bound": bound, "tiers": tiers, **zero}


@given(percentages(), quantities(2), quantities())
def test_keeps_the_laws_and_agrees_with_the_oracle(document, quantity, more):
    keeps_the_laws(document, quantity, more)
    expected = oracle.graduated(
        Fraction(quantity),
        [
            (
                None if tier["up_to"] is None else Fraction(tier["up_to"]),
                Fraction(tier["percent"]) / 100,
                Fraction(tier.get("flat_amount", "0")),
            )
            for tier in document["tiers"]
        ],
        exclusive=document["bound"] == "exclusive",
        due_at_zero=document.get("at_zero") == "first_flat",
    )
    assert Fraction(total(read(document), quantity)) == expected


@pytest.mark.parametrize(
    ("quantity", "amount"),
    [(0, "0"), (1, "200.01"), (10, "200.1"), (11, "500.12"), (12, "500.14"), (20, "500.30"), (21, "900.33")],
)
def test_each_part_pays_the_percentage_of_its_tier(quantity, amount):
    assert total(read(LAGO), quantity) == D(amount)


def test_without_tiers_the_tiers_are_what_is_wrong():
    with pytest.raises(TermsRefused, match=r"price\.tiers: Only the last tier may be open-ended"):
        read({"model": "graduated_percentage", "bound": "inclusive", "tiers": []})


def test_no_flat_amount_is_none():
    assert PercentTier(up_to=None, percent=D(1)).flat_amount == 0
    assert read(LAGO).is_marginal
    assert not read(LAGO).has_one_price


def test_without_anything_the_first_flat_amount_is_due_or_not_as_the_terms_say():
    assert shown(read({**LAGO, "at_zero": "first_flat"}), 0) == [("tier-1/flat", "1", "200.00")]
    assert shown(read(LAGO), 0) == []


def test_parts_say_their_percentage():
    assert shown(read(LAGO), 11) == [
        ("tier-1", "10", "0.01"),
        ("tier-1/flat", "1", "200.00"),
        ("tier-2", "1", "0.02"),
        ("tier-2/flat", "1", "300.00"),
    ]
    assert [part.words for part in read(LAGO).price(D(11), EUROS)] == [
        "euros 1 to 10, tier 1, 1 %",
        "once for tier 1",
        "euro 11, tier 2, 2 %",
        "once for tier 2",
    ]


def test_in_words_and_back_to_terms():
    assert read(LAGO).words("EUR", EUROS) == (
        "The price is a percentage of the euros that changes from tier to tier: euros 1 to 10: 1 % and EUR 200.00 once; "
        "euros 11 to 20: 2 % and EUR 300.00 once; euros from 21 on: 3 % and EUR 400.00 once; "
        "euro number 10 is the last one in the first tier. With no euros at all nothing is due."
    )
    one = {"model": "graduated_percentage", "bound": "inclusive", "tiers": [{"up_to": None, "percent": "2.50"}]}
    assert read(one).words("EUR", UNITS) == (
        "The price is a percentage of the units that changes from tier to tier: every unit: 2.5 %."
    )
    assert write_price(read(LAGO)) == LAGO
    assert write_price(read(one))["tiers"] == [{"up_to": None, "percent": "2.5"}]


@pytest.mark.parametrize(
    ("case", "change", "path", "sentence"),
    [
        ("no bound", {"bound": None}, "price.bound", '"inclusive" or "exclusive"'),
        ("no word about zero", {"at_zero": None}, "price.at_zero", '"first_flat" or "nothing"'),
        ("no tiers", {"tiers": [], "at_zero": "nothing"}, "price.at_zero", "there is none"),
        ("tiers that fall", {"tiers": [LAGO["tiers"][1], *LAGO["tiers"]]}, "price.tiers", "Tiers must rise"),
        ("half a unit before an end that belongs to the next tier",
         {"bound": "exclusive", "tiers": [{**LAGO["tiers"][0], "up_to": "10.5"}, LAGO["tiers"][-1]]},
         "price.tiers", "is a whole number"),
        ("a price in place of a percentage", {"tiers": [{"up_to": None, "unit_price": "1"}], "at_zero": "nothing"},
         "price.tiers[0].percent", "is missing"),
    ],
)  # fmt: skip
def test_refused(case, change, path, sentence):
    with pytest.raises(TermsRefused) as refused:
        read({**LAGO, **change})
    assert refused.value.path == path, case
    assert sentence in refused.value.sentence
