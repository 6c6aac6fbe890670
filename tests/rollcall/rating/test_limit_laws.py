"""Laws of limits for any terms: against a second opinion that shares no code, and on their own."""

import json
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from rollcall.rating import explain
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.rollcall.rating.bills import MONTHS, rate, terms_of
from tests.rollcall.rating.limits_oracle import Months

CONTRADICTIONS = ("cannot be above the cap", "both lift the bill", "cannot stand beside", "so that it comes before")

money = st.integers(0, 40000).map(lambda cents: f"{cents // 100}.{cents % 100:02}")
some_parts = st.sampled_from(["whole", "reduced"])


@st.composite
def spans(draw, in_part_periods=True):
    if draw(st.booleans()):
        return {"per": "term"}
    return {"per": "cycle", "in_part_periods": draw(some_parts)} if in_part_periods else {"per": "cycle"}


@st.composite
def discounts(draw):
    found = []
    for number in range(draw(st.integers(1, 3))):
        discount = {"name": f"d{number}"}
        if draw(st.booleans()):
            discount |= {"amount": draw(money), "in_part_periods": draw(some_parts)}
        else:
            discount |= {
                "percent": str(draw(st.integers(1, 100))),
                "applies_to": draw(st.sampled_from(["remaining", "undiscounted"])),
            }
        discount |= {"cycles": draw(st.integers(1, 4))} if draw(st.booleans()) else {}
        found.append(discount)
    return found


@st.composite
def credits(draw):
    found = []
    for number in range(draw(st.integers(1, 3))):
        granted = draw(st.sampled_from(["once", "each_cycle", "each_term"]))
        expires = draw(st.sampled_from(["cycle", "term", {"days": draw(st.integers(1, 100))}]))
        credit = {"name": f"c{number}", "amount": draw(money), "granted": granted, "expires": expires}
        credit["priority"] = draw(st.integers(1, 3))
        if granted == "once":
            credit["on"] = f"2026-{draw(st.integers(2, 12)):02}-{draw(st.integers(1, 28)):02}"
        if granted == "each_cycle":
            credit["in_part_periods"] = draw(some_parts)
        if (granted, expires) == ("each_cycle", "cycle") and draw(st.booleans()):
            credit["rollover_most"] = draw(money)
        found.append(credit)
    return found


@st.composite
def documents(draw):
    charge = {}
    stated = draw(st.sets(st.sampled_from(["discounts", "commitment", "floor", "cap", "credits", "included"])))
    if "discounts" in stated:
        charge["discounts"] = draw(discounts())
    if "commitment" in stated:
        shortfall = draw(st.sampled_from(["billed_at_end", "none"]))
        factor = str(draw(st.sampled_from(["0", "0.5", "1", "1.25", "2"])))
        amount = draw(money.filter(lambda text: Decimal(text) > 0))
        charge["commitment"] = {
            "amount": amount,
            "overage": {"factor": factor},
            "shortfall": shortfall,
            **draw(spans()),
        }
        if charge["commitment"]["per"] == "cycle":
            charge["commitment"]["carry_over"] = draw(st.booleans())
    if "floor" in stated:
        least = {"minimum_users": draw(st.integers(0, 60))} if draw(st.booleans()) else {"minimum_amount": draw(money)}
        charge["floor"] = {**least, **draw(spans())}
    if "cap" in stated:
        most = {"maximum_users": draw(st.integers(0, 90))} if draw(st.booleans()) else {"amount": draw(money)}
        charge["cap"] = {**most, **draw(spans())}
    if "credits" in stated:
        charge["credits"] = draw(credits())
    if "included" in stated:
        charge["included"] = {"quantity": draw(st.integers(1, 20)), "in_part_periods": draw(some_parts)}
        if "minimum_users" in charge.get("floor", {}):
            charge["included"]["counts_towards_floor"] = draw(st.booleans())
    document = terms_of(price=draw(st.sampled_from(["0.01", "1.00", "3.33", "29.00"])), **charge)
    document["term"]["start"] = draw(st.sampled_from(["2026-01-01", "2026-01-15", "2026-01-31"]))
    if draw(st.booleans()):
        order = draw(st.permutations(["discount", "commitment", "floor", "cap", "credits"]))
        limits = [step for step in order if step not in ("commitment", "floor", "cap")]
        place = draw(st.integers(0, len(limits)))
        document["steps"] = ["included", "price", *limits[:place], "commitment", "floor", "cap", *limits[place:]]
    return document


def accepted(document):
    """Return whether the limits do not contradict each other. Another refusal goes on, and fails the test."""
    try:
        ContractTerms.from_json(document)
    except TermsRefused as refused:
        if any(words in refused.sentence for words in CONTRADICTIONS):
            return False
        raise
    return True


terms_documents = documents().filter(accepted)
some_users = st.lists(st.integers(0, 120), min_size=1, max_size=12)


def rated(document, users):
    return rate(document, *users, ends=[document["term"]["start"], *MONTHS[1:]])


@given(document=terms_documents, users=some_users)
def test_the_engine_agrees_with_the_second_opinion(document, users):
    opinion = Months({**document, "steps": [s for s in document.get("steps", ORDER) if s not in ("included", "price")]})
    assert [Fraction(rating.net_amount) for rating in rated(document, users)] == opinion.bill(users)


ORDER = ["discount", "commitment", "floor", "cap", "credits"]


@given(document=terms_documents, users=some_users)
def test_every_line_multiplies_out_every_step_is_explained_and_terms_are_read_again(document, users):
    terms = ContractTerms.from_json(document)
    assert ContractTerms.from_json(json.loads(json.dumps(terms.to_json()))) == terms
    assert ContractTerms.from_json(terms.shortest_form()).digest() == terms.digest()
    stated = [step for step in terms.steps if step in terms.charges["seats"].stated_steps()]
    for rating in rated(document, users):
        assert len({line.key for line in rating.lines}) == len(rating.lines)
        for line in rating.lines:
            exact = Fraction(line.quantity) * Fraction(line.unit_price)
            assert abs(Fraction(line.amount) - exact) <= Fraction(1, 200)
            assert line.unit_price >= 0
            assert line.words
        told = explain(rating)
        assert [entry["step"] for entry in told] == stated
        assert told[-1]["sum"] == str(rating.net_amount)
        assert all(entry["words"] and entry["arithmetic"] for entry in told)


@given(document=terms_documents, users=some_users)
def test_a_bill_is_never_negative_and_a_term_rated_further_changes_no_earlier_period(document, users):
    whole = rated(document, users)
    assert all(rating.net_amount >= 0 for rating in whole)
    some = (len(users) + 1) // 2
    assert rated(document, users[:some]) == whole[:some]


@given(floor=st.integers(0, 30000), more=st.integers(0, 30000), users=st.integers(0, 200), parts=some_parts)
def test_a_charge_lies_between_floor_and_cap_also_in_a_part_of_a_cycle(floor, more, users, parts):
    least, most = (f"{cents // 100}.{cents % 100:02}" for cents in (floor, floor + more))
    document = terms_of(
        price="2.00",
        floor={"minimum_amount": least, "in_part_periods": parts},
        cap={"amount": most, "in_part_periods": parts},
    )
    document["term"]["start"] = "2026-01-20"
    share = Fraction(12, 31) if parts == "reduced" else Fraction(1)
    part, whole = rated(document, [users, users])
    assert Decimal(least) <= whole.net_amount <= Decimal(most)
    cent = Fraction(1, 200)
    assert Fraction(least) * share - cent <= Fraction(part.net_amount) <= Fraction(most) * share + cent
