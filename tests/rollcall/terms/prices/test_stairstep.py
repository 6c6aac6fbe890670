"""Stairs: an amount for each step, the highest one alone or all that are passed."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.terms.fields import TermsRefused
from rollcall.terms.priced import price_of_more
from tests.rollcall.terms.prices import oracle
from tests.rollcall.terms.prices.laws import ends, keeps_the_laws, prices, quantities, read, shown, total

D = Decimal
STAIRS = {
    "model": "stairstep",
    "bound": "inclusive",
    "stairs": "highest",
    "steps": [
        {"up_to": 100, "amount": "10.00"},
        {"up_to": 200, "amount": "20.00"},
        {"up_to": None, "amount": "30.00"},
    ],
    "at_zero": "nothing",
}


@st.composite
def stairs(draw):
    steps = [{"up_to": end, "amount": draw(prices())} for end in [*draw(ends()), None]]
    first_costs = D(steps[0]["amount"]) > 0
    return {
        "model": "stairstep",
        "bound": draw(st.sampled_from(["inclusive", "exclusive"])),
        "stairs": draw(st.sampled_from(["highest", "all"])),
        "steps": steps,
        **({"at_zero": draw(st.sampled_from(["first_flat", "nothing"]))} if first_costs else {}),
    }


@given(stairs(), quantities(2), quantities())
def test_stairs_keep_the_laws_and_agree_with_the_oracle(document, quantity, more):
    keeps_the_laws(document, quantity, more)
    expected = oracle.stairstep(
        Fraction(quantity),
        [
            (None if step["up_to"] is None else Fraction(step["up_to"]), Fraction(step["amount"]))
            for step in document["steps"]
        ],
        exclusive=document["bound"] == "exclusive",
        every=document["stairs"] == "all",
        due_at_zero=document.get("at_zero") == "first_flat",
    )
    assert Fraction(total(read(document), quantity)) == expected


@pytest.mark.parametrize(
    ("stairs_billed", "bound", "amounts"),
    [
        ("highest", "inclusive", [0, 10, 10, 20, 20, 30]),
        ("all", "inclusive", [0, 10, 10, 30, 30, 60]),
        ("highest", "exclusive", [0, 10, 20, 20, 30, 30]),
        ("all", "exclusive", [0, 10, 30, 30, 60, 60]),
    ],
)
def test_the_step_that_is_reached(stairs_billed, bound, amounts):
    price = read({**STAIRS, "stairs": stairs_billed, "bound": bound})
    assert [total(price, users) for users in (0, 1, 100, 101, 200, 201)] == amounts


def test_the_first_step_is_due_without_users_where_the_terms_say_so():
    assert shown(read({**STAIRS, "at_zero": "first_flat"}), 0) == [("", "1", "10.00")]
    assert shown(read({**STAIRS, "at_zero": "first_flat", "stairs": "all"}), 0) == [("step-1", "1", "10.00")]
    assert shown(read(STAIRS), 0) == []


def test_parts_say_the_step():
    (part,) = read(STAIRS).price(D(150))
    assert (part.part, part.words, part.is_flat) == ("", "step 2: up to 200 users", True)
    every = read({**STAIRS, "stairs": "all"}).price(D(150))
    assert [(part.part, part.words) for part in every] == [
        ("step-1", "step 1: up to 100 users"),
        ("step-2", "step 2: up to 200 users"),
    ]


@pytest.mark.parametrize(
    ("bound", "at_zero", "firsts"),
    [
        ("inclusive", "nothing", [1, 101, 201]),
        ("inclusive", "first_flat", [0, 101, 201]),
        ("exclusive", "nothing", [1, 100, 200]),
    ],
)
def test_parts_say_with_which_user_they_fall_due(bound, at_zero, firsts):
    price = read({**STAIRS, "stairs": "all", "bound": bound, "at_zero": at_zero})
    assert [part.first for part in price.price(D(500))] == firsts
    assert [part.last for part in price.price(D(500))] == firsts
    assert read({**STAIRS, "bound": bound, "at_zero": at_zero}).price(D(500))[0].first == firsts[2]


def test_further_users_bring_the_steps_that_are_not_due_yet():
    every = read({**STAIRS, "stairs": "all"})
    assert [part.part for part in price_of_more(every, D(90), D(20))] == ["step-2"]
    assert price_of_more(every, D(90), D(10)) == []
    (part,) = price_of_more(read(STAIRS), D(90), D(20))
    assert part.unit_price == 10


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "only the highest step that is reached is billed: up to 100 users: EUR 10.00; up to 200 users: EUR 20.00; "
             "more than 200 users: EUR 30.00; exactly 100 users are in the first step. With no users at all nothing is due."),
        ({"stairs": "all", "bound": "exclusive", "at_zero": "first_flat"},
         "every step that is reached is billed, the lower ones too: fewer than 100 users: EUR 10.00; fewer than 200 users: "
         "EUR 20.00; at least 200 users: EUR 30.00; exactly 100 users are in the second step. With no users at all the "
         "first flat amount, EUR 10.00, is due."),
    ],
)  # fmt: skip
def test_in_words(change, words):
    said = read({**STAIRS, **change}).words("EUR")
    assert said == f"The price goes by steps of the number of active users, {words}"


def test_an_exclusive_end_may_be_one_or_have_decimals_where_nobody_is_numbered():
    small = [{"up_to": "0.5", "amount": "1.00"}, {"up_to": 1, "amount": "2.00"}, {"up_to": None, "amount": "3.00"}]
    price = read({**STAIRS, "bound": "exclusive", "steps": small})
    assert [total(price, quantity) for quantity in ("0.4", "0.5", "0.9", 1)] == [1, 2, 2, 3]
    assert price.words("EUR").count("exactly 0.5 users are in the second step") == 1
    one = read({**STAIRS, "bound": "exclusive", "steps": small[1:]})
    assert "exactly 1 user is in the second step" in one.words("EUR")


def test_steps_that_fall_are_told():
    falling = [{"up_to": 5, "amount": "9.00"}, {"up_to": None, "amount": "8.00"}]
    assert read({**STAIRS, "steps": falling}).warnings("EUR") == [
        "The total falls as usage rises: 5 users cost EUR 9.00, 6 users cost EUR 8.00."
    ]
    assert read({**STAIRS, "steps": falling, "stairs": "all"}).warnings("EUR") == []
    assert read(STAIRS).warnings("EUR") == []


@pytest.mark.parametrize(
    ("missing", "path", "sentence"),
    [
        ("stairs", "price.stairs", 'only the "highest" step is billed or "all"'),
        ("bound", "price.bound", "two cost different money"),
        ("at_zero", "price.at_zero", "billing systems disagree"),
        ("steps", "price.steps", "is missing"),
    ],
)
def test_every_convention_is_asked_for(missing, path, sentence):
    with pytest.raises(TermsRefused) as refused:
        read({key: value for key, value in STAIRS.items() if key != missing})
    assert refused.value.path == path
    assert sentence in refused.value.sentence


def test_refused_steps():
    with pytest.raises(TermsRefused, match=r"price\.steps: Only the last tier"):
        read({"model": "stairstep", "bound": "inclusive", "stairs": "highest", "steps": []})
    with pytest.raises(TermsRefused, match=r"price\.steps: Tiers must rise"):
        read({**STAIRS, "steps": [STAIRS["steps"][1], *STAIRS["steps"]]})
    with pytest.raises(TermsRefused, match=r"price\.steps: Only the last tier"):
        read({**STAIRS, "steps": STAIRS["steps"][:2]})
