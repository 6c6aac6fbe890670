"""The order of a bill: a named choice, said where it matters, and no other digest for terms that do not use new steps."""

import json

import pytest

from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from rollcall.terms.steps import DEFAULT_STEPS
from tests.rollcall.terms.documents import changed, full_terms, plain_terms

SIX = ["included", "price", "discount", "floor", "cap", "credits"]
OF_USERS = {"amount": "50", "reading": "pooled", "of": "active"}
COMMITMENT = {"amount": "5", "overage": {"factor": "2"}, "shortfall": "none"}
DISCOUNTS = [{"name": "A", "percent": "5"}]
CREDITS = [{"name": "A", "amount": "5", "granted": "each_cycle", "expires": "cycle"}]


def read(document):
    return ContractTerms.from_json(document)


def without_steps(**charge):
    document = plain_terms(**charge)
    del document["steps"]
    return document


def order_of(document):
    return [said for said in read(document).sentences() if said.startswith("The bill is made in this order")]


@pytest.mark.parametrize("steps", [SIX, list(DEFAULT_STEPS)])
def test_terms_that_do_not_use_a_later_step_have_the_digest_they_had(steps):
    terms = read(changed(full_terms(), "steps", steps))
    assert terms.digest() == "sha256:6097e9c7b5f44cd5739305b0d9e5685568d7e01494a914eb1d19e7810bca1b36"
    assert terms.to_json()["steps"] == SIX
    assert terms == read(full_terms())


@pytest.mark.parametrize("limit", [{"per_user_cap": OF_USERS}, {"commitment": COMMITMENT}])
def test_a_later_step_is_in_the_default_order_where_it_is_used(limit):
    terms = read(without_steps(**limit))
    (name,) = limit
    assert terms.steps == tuple(step for step in DEFAULT_STEPS if step in (*SIX, name))
    assert "steps" not in terms.shortest_form()
    assert read(terms.to_json()) == terms
    assert read(terms.shortest_form()).digest() == terms.digest()
    with pytest.raises(TermsRefused, match=f'needs the step "{name}", which is not in the list'):
        read(plain_terms(**limit))


@pytest.mark.parametrize(
    ("case", "charge", "steps", "said"),
    [
        ("one limit", {"discounts": DISCOUNTS}, None, []),
        ("floor and cap have one order only", {"floor": {"minimum_users": 1}, "cap": {"amount": "99"}}, None, []),
        ("discount and cap could be either way", {"discounts": DISCOUNTS, "cap": {"amount": "99"}}, None,
         ["price, discount, cap"]),
        ("everything", {"per_user_cap": OF_USERS, "discounts": DISCOUNTS, "commitment": COMMITMENT,
                        "floor": {"minimum_users": 1}, "cap": {"amount": "99"}, "credits": CREDITS},
         None, ["price, per user cap, discount, commitment, floor, cap, credits"]),
        ("a chosen order", {"cap": {"amount": "99"}, "credits": CREDITS}, ["price", "credits", "cap"],
         ["price, credits, cap"]),
    ],
)  # fmt: skip
def test_the_order_is_said_where_it_matters(case, charge, steps, said):
    document = without_steps(**charge)
    document |= {"steps": steps} if steps else {}
    assert order_of(document) == [f"The bill is made in this order: {order}." for order in said], case


@pytest.mark.parametrize(
    ("case", "steps", "sentence"),
    [
        ("a floor after the cap", ["price", "cap", "floor"], '"floor" comes before "cap"'),
        ("a commitment after the floor", ["price", "floor", "commitment"], '"commitment" comes before "floor"'),
        ("a commitment after the cap", ["price", "cap", "commitment"], '"commitment" comes before "cap"'),
        ("a cap per user after a discount", ["price", "discount", "per_user_cap"], '"per_user_cap" follows "price"'),
        ("a discount before the price", ["discount", "price"], '"included" comes before "price", every other step'),
        ("a step that nobody knows", ["price", "tax"], "must be"),
        ("a step twice", ["price", "cap", "cap"], "stands in the list twice"),
    ],
)
def test_orders_that_cannot_be_meant_are_refused(case, steps, sentence):
    with pytest.raises(TermsRefused) as refused:
        read({**plain_terms(), "steps": steps})
    assert refused.value.path.startswith("steps"), case
    assert sentence in refused.value.sentence


IN_USERS = {"quantity": 5, "overage": {"factor": "2"}, "shortfall": "none"}


@pytest.mark.parametrize(
    ("limit", "cure"),
    [
        ({"cap": {"maximum_users": 9}}, '["included", "price", "floor", "cap", "discount", "credits"]'),
        ({"commitment": IN_USERS}, '["included", "price", "commitment", "floor", "cap", "discount", "credits"]'),
    ],
)
def test_a_limit_in_users_comes_before_what_lowers_the_amount(limit, cure):
    document = without_steps(discounts=DISCOUNTS, **limit)
    with pytest.raises(TermsRefused) as refused:
        read(document)
    assert refused.value.path == "steps"
    assert refused.value.sentence.endswith(f'so that it comes before "discount"; write "steps": {cure}.')
    assert read({**document, "steps": json.loads(cure)})


@pytest.mark.parametrize(
    ("limits", "place", "sentence"),
    [
        ({"cap": {"maximum_users": 9}, "commitment": COMMITMENT}, "cap", 'cannot stand beside "commitment"'),
        ({"cap": {"maximum_users": 9}, "per_user_cap": OF_USERS}, "cap", 'cannot stand beside "per_user_cap"'),
        ({"commitment": IN_USERS, "per_user_cap": OF_USERS}, "commitment", "commit to an amount"),
    ],
)
def test_limits_in_users_that_would_take_off_twice_are_refused(limits, place, sentence):
    with pytest.raises(TermsRefused) as refused:
        read(without_steps(**limits))
    assert refused.value.path == f"charges.seats.{place}"
    assert sentence in refused.value.sentence


def test_discount_and_credits_may_stand_anywhere_after_the_price():
    charge = {"discounts": DISCOUNTS, "credits": CREDITS, "cap": {"amount": "99"}}
    orders = [
        ["price", "discount", "cap", "credits"],
        ["price", "cap", "discount", "credits"],
        ["price", "credits", "discount", "cap"],
    ]
    digests = {read({**without_steps(**charge), "steps": steps}).digest() for steps in orders}
    assert len(digests) == 3


EVERYTHING = {
    "included": {"quantity": 5, "in_part_periods": "reduced"},
    "discounts": [{"name": "A", "percent": "5.0", "class": "education", "cycles": 3}, {"name": "B", "amount": "5"}],
    "commitment": {"amount": "5", "overage": {"factor": "2.0"}, "shortfall": "none", "per": "term"},
    "floor": {"minimum_amount": "5", "in_part_periods": "reduced"},
    "cap": {"amount": "90", "in_part_periods": "reduced"},
    "credits": [{"name": "A", "amount": "5", "granted": "once", "on": "2026-05-01", "expires": {"days": 30}}],
}


def test_limits_are_written_as_they_were_read_and_have_one_digest():
    terms = read(without_steps(**EVERYTHING))
    assert read(terms.to_json()) == terms
    assert read(terms.shortest_form()) == terms
    defaults = without_steps(**EVERYTHING)
    charge = defaults["charges"]["seats"]
    charge["credits"][0] |= {"priority": 1, "applies": "before_tax", "rollover_most": None}
    charge["discounts"][0] |= {"applies_to": "remaining"}
    charge["commitment"]["overage"] = {"factor": "2"}
    assert read(defaults).digest() == terms.digest()


def test_a_part_of_a_month_has_the_whole_but_for_what_says_its_share():
    document = without_steps(**EVERYTHING)
    document["term"]["start"] = "2026-01-15"
    assert (
        "A part of a month at the start or the end of the term has the whole of these numbers, where it is not said that "
        "it has a share." in read(document).sentences()
    )


def test_limits_in_users_count_those_after_the_included_ones():
    said = read(without_steps(included=5, cap={"maximum_users": 9})).sentences()
    assert "The cap counts the users after the included ones." in said
    quantity = {"quantity": 5, "overage": {"unit_price": "2"}, "shortfall": "billed_at_end", "per": "term"}
    terms = read(without_steps(included=5, commitment=quantity))
    assert "The commitment counts the users after the included ones." in terms.sentences()
    priced_by = read(without_steps(included=5, commitment={**quantity, "shortfall_priced_by": "tiers"}))
    assert priced_by.digest() == terms.digest()
