"""Laws that hold for any terms: checked against generated contracts and an oracle that shares no code."""

import json
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall.rating import TermUsage, billed_users, explain, rate_term, settle
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.rollcall.rating.oracle import PLACES, exact_usage, half_up, net_amounts, price_of
from tests.rollcall.terms.documents import full_terms

D = Decimal

prices = st.decimals(min_value=0, max_value=200, places=3, allow_nan=False, allow_infinity=False).map(str)
users = st.integers(0, 300)


@st.composite
def graduated_prices(draw):
    ends = sorted(draw(st.sets(st.integers(2, 250), max_size=4)))
    bound = draw(st.sampled_from(["inclusive", "exclusive"]))
    return {
        "model": "graduated",
        "bound": bound,
        "tiers": [{"up_to": end, "unit_price": draw(prices)} for end in [*ends, None]],
    }


@st.composite
def charges(draw):
    price = draw(st.one_of(prices.map(lambda text: {"model": "per_user", "unit_price": text}), graduated_prices()))
    charge = {"metric": "active", "price": price}
    limit = draw(st.sampled_from(["none", "users at tiers", "users at a price", "money", "included"]))
    if limit == "users at tiers":
        charge["floor"] = {"minimum_users": draw(users), "shortfall_priced_by": "tiers"}
    elif limit == "users at a price":
        charge["floor"] = {"minimum_users": draw(users), "shortfall_priced_by": draw(prices)}
    elif limit == "money":
        charge["floor"] = {"minimum_amount": str(draw(st.integers(0, 20000)))}
    elif limit == "included":
        charge["included"] = draw(users)
    if draw(st.booleans()):
        charge["cap"] = {"amount": str(draw(st.integers(0, 60000)))}
    return charge


@st.composite
def documents(draw):
    document = full_terms()
    document["currency"] = draw(st.sampled_from(sorted(PLACES)))
    document["charges"] = {f"charge-{number}": draw(charges()) for number in range(draw(st.integers(1, 2)))}
    return document


def usage_of(*counts):
    months = [*(f"2026-{month:02}-01" for month in range(1, 13)), "2027-01-01"]
    return {
        "periods": [
            {"start": start, "end": end, "quantities": {"active": {"users": count}}}
            for start, end, count in zip(months, months[1:], counts, strict=False)
        ]
    }


def rate(document, *counts):
    return rate_term(terms=ContractTerms.from_json(document), usage=TermUsage.from_json(usage_of(*counts)))


def accepted(document):
    """Return whether the limits do not contradict each other. Another refusal goes on, and fails the test."""
    try:
        ContractTerms.from_json(document)
    except TermsRefused as refused:
        return "a floor cannot be above the cap" not in refused.sentence
    return True


terms_documents = documents().filter(accepted)


@settings(max_examples=300)
@given(document=terms_documents, counts=st.lists(users, min_size=1, max_size=12))
def test_the_engine_agrees_with_the_oracle(document, counts):
    rated = rate(document, *counts)
    assert [rating.net_amount for rating in rated.periods] == net_amounts(document, usage_of(*counts))


@given(document=terms_documents, counts=st.lists(users, min_size=1, max_size=12))
def test_the_same_inputs_give_the_same_bytes_in_any_thread(document, counts):
    once = json.dumps(rate(document, *counts).to_json())
    with localcontext() as careless:
        careless.prec = 2
        careless.rounding = "ROUND_DOWN"
        again = json.dumps(rate(json.loads(json.dumps(document)), *counts).to_json())
    assert again == once


@given(document=terms_documents, counts=st.lists(users, min_size=2, max_size=12))
def test_a_period_is_rated_the_same_alone_and_among_others_in_any_order(document, counts):
    terms = ContractTerms.from_json(document)
    together = rate(document, *counts)
    backwards = usage_of(*counts)
    backwards["periods"].reverse()
    assert rate_term(terms=terms, usage=TermUsage.from_json(backwards)) == together
    for number, rating in enumerate(together.periods):
        alone = TermUsage.from_json({"periods": [usage_of(*counts)["periods"][number]]})
        assert rate_term(terms=terms, usage=alone).periods == (rating,)


@given(document=terms_documents, count=users)
def test_keys_are_unique_and_every_line_multiplies_out(document, count):
    (rating,) = rate(document, count).periods
    assert len({line.key for line in rating.lines}) == len(rating.lines)
    for line in rating.lines:
        assert line.key.startswith(f"{line.charge}/")
        assert line.unit_price >= 0
        assert Fraction(line.amount) == half_up(
            Fraction(line.quantity) * Fraction(line.unit_price), document["currency"]
        )
        assert line.words.strip() == line.words != ""
    assert sum(line.amount for line in rating.lines) == rating.net_amount


@given(document=terms_documents, count=users)
def test_the_charge_lies_between_floor_and_cap(document, count):
    (rating,) = rate(document, count).periods
    terms = ContractTerms.from_json(document)
    for key, charge in terms.charges.items():
        amount = sum(line.amount for line in rating.lines if line.charge == key)
        cap = charge.cap.amount if charge.cap else None
        assert cap is None or amount <= cap
        if charge.floor and charge.floor.minimum_amount is not None:
            assert amount >= charge.floor.minimum_amount
        if charge.floor and charge.floor.minimum_users is not None:
            billed = sum(
                line.quantity for line in rating.lines if line.charge == key and line.kind in ("usage", "floor")
            )
            assert billed == max(count, charge.floor.minimum_users) == billed_users(charge=charge, active_users=count)


@given(price=graduated_prices(), count=users)
def test_a_graduated_total_rises_by_one_listed_price_per_user(price, count):
    document = full_terms()
    document["charges"] = {"seats": {"metric": "active", "price": price}}
    charge = ContractTerms.from_json(document).charges["seats"]

    def unrounded(number):
        return sum(part.quantity * part.unit_price for part in charge.price.price(D(number)))

    step = Fraction(unrounded(count + 1)) - Fraction(unrounded(count))
    assert step == price_of(price, count + 1)
    assert step in {Fraction(tier["unit_price"]) for tier in price["tiers"]}
    assert sum(part.quantity for part in charge.price.price(D(count))) == count
    fewer, more = rate(document, count, count + 1).periods
    assert fewer.net_amount <= more.net_amount, "more users never cost less"


@given(document=terms_documents, count=users, factor=st.integers(1, 7))
def test_scaled_prices_scale_the_price_before_rounding(document, count, factor):
    scaled = json.loads(json.dumps(document))
    for charge in scaled["charges"].values():
        rows = charge["price"].get("tiers", [charge["price"]])
        for row in rows:
            row["unit_price"] = str(D(row["unit_price"]) * factor)
        charge.pop("floor", None)
        charge.pop("cap", None)
    (rating,) = rate(scaled, count).periods
    for key, charge in document["charges"].items():
        lines = [line for line in rating.lines if line.charge == key]
        unrounded = sum((Fraction(line.quantity) * Fraction(line.unit_price) for line in lines), Fraction(0))
        assert unrounded == factor * exact_usage(charge, count)


@given(document=terms_documents, count=users, included=users)
def test_only_users_beyond_the_included_ones_are_priced(document, count, included):
    for charge in document["charges"].values():
        charge.pop("floor", None)
        charge["included"] = included
    (rating,) = rate(document, count).periods
    for key in document["charges"]:
        lines = [line for line in rating.lines if line.charge == key]
        assert sum(line.quantity for line in lines if line.kind == "usage") == max(0, count - included)
        assert sum(line.quantity for line in lines if line.kind == "included") == min(count, included)
        assert not any(line.amount for line in lines if line.kind == "included")


@given(document=terms_documents, count=users)
def test_every_stated_step_is_explained_and_the_working_ends_at_the_net_amount(document, count):
    (rating,) = rate(document, count).periods
    told = explain(rating)
    terms = ContractTerms.from_json(document)
    assert [(entry["charge"], entry["step"]) for entry in told] == [
        (key, step) for key, charge in terms.charges.items() for step in terms.steps if step in charge.stated_steps()
    ]
    assert told[-1]["sum"] == str(rating.net_amount)
    assert sum(D(entry["amount"]) for entry in told) == rating.net_amount
    assert all(entry["words"] and entry["arithmetic"] for entry in told)


@given(document=terms_documents, counts=st.lists(users, min_size=1, max_size=6))
def test_first_bill_and_all_true_ups_together_are_the_bill_with_the_last_count(document, counts):
    ratings = [rate(document, count).periods[0] for count in counts]
    settled = sum(settle(before=before, after=after).difference_amount for before, after in pairwise(ratings))
    assert ratings[0].net_amount + settled == ratings[-1].net_amount
