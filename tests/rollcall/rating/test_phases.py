"""A clause that comes by a phase: it bills what an amendment of that day bills, and is refused as the terms are."""

from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.rating import rate_term
from rollcall.rating.versions import Amendment
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.rollcall.rating.bills import nets, terms_of, usage_of

QUARTER = {"start": "2026-01-01", "end": "2026-04-01"}
FEBRUARY = "2026-02-01"

COMMITTED = {"amount": "1000.00", "overage": {"factor": "1"}, "shortfall": "billed_at_end"}
HALF = {"name": "half", "percent": "50"}
WELCOME = {"name": "Welcome", "amount": "30.00", "granted": "once", "on": "2026-02-01", "expires": "term"}


def agreed(*, steps: list[str] | None = None, **charge: Any) -> dict[str, Any]:
    """Terms of a quarter at 10.00 for each active user."""
    document = terms_of(price="10.00", **charge) | {"term": QUARTER}
    return document if steps is None else document | {"steps": steps}


def with_phase(document: dict[str, Any], keys: dict[str, Any], day: str = FEBRUARY) -> dict[str, Any]:
    return document | {"phases": [{"from": day, "charges": {"seats": keys}}]}


def with_keys(document: dict[str, Any], keys: dict[str, Any]) -> dict[str, Any]:
    """The same clause in the charge itself; null takes a key away, as in a phase."""
    copy = deepcopy(document)
    seats = copy["charges"]["seats"] | keys
    copy["charges"]["seats"] = {key: value for key, value in seats.items() if value is not None}
    return copy


@pytest.mark.parametrize(
    ("case", "keys", "expected"),
    [
        ("a commitment of 1,000.00 is billed from February on", {"commitment": COMMITTED}, ["100", "1000", "1000"]),
        ("ten users at no more than 4.00 each cost 40.00",
         {"per_user_cap": {"amount": "4.00", "reading": "pooled", "of": "active"}}, ["100", "40", "40"]),
        ("a floor of 20 users lifts ten by ten", {"floor": {"minimum_users": 20}}, ["100", "200", "200"]),
        ("half is taken off", {"discounts": [HALF]}, ["100", "50", "50"]),
        ("four included users are free", {"included": 4}, ["100", "60", "60"]),
        ("credit of 30.00 pays for February", {"credits": [WELCOME]}, ["100", "70", "100"]),
    ],
)  # fmt: skip
def test_a_clause_that_comes_by_a_phase_is_billed(case: str, keys: dict[str, Any], expected: list[str]) -> None:
    assert nets(with_phase(agreed(), keys), 10, 10, 10) == [f"{amount}.00" for amount in expected], case


STEPS = ["included", "price", "discount", "floor", "cap", "credits"]


@pytest.mark.parametrize(
    ("case", "document", "path", "sentence"),
    [
        ("an order of steps without the discount", with_phase(agreed(steps=["price"]), {"discounts": [HALF]}),
         "steps", 'the charge seats from 1 Feb 2026 on needs the step "discount"'),
        ("an order of steps without the floor", with_phase(agreed(steps=["price"]), {"floor": {"minimum_users": 2}}),
         "steps", 'needs the step "floor"'),
        ("a cap in users after a discount of the charge",
         with_phase(agreed(discounts=[HALF]), {"cap": {"maximum_users": 2}}),
         "steps", "phases[0].charges.seats counts users"),
        ("users of a metric that there is not",
         with_phase(agreed(steps=["price", "per_user_cap"]),
                    {"per_user_cap": {"amount": "4.00", "reading": "pooled", "of": "nope"}}),
         "phases[0].charges.seats.per_user_cap.of", 'there is no metric "nope"; use "active".'),
        ("a floor of the term above the caps of its months",
         with_phase(agreed(cap={"amount": "10.00"}), {"floor": {"minimum_amount": "1000.00", "per": "term"}}),
         "phases[0].charges.seats.floor", "a floor cannot be above the cap"),
        ("credit after the term", with_phase(agreed(), {"credits": [WELCOME | {"on": "2026-05-01"}]}),
         "phases[0].charges.seats.credits[0].on", "is not in the term"),
        ("credit before the phase", with_phase(agreed(), {"credits": [WELCOME | {"on": "2026-01-05"}]}),
         "phases[0].charges.seats.credits[0].on", "rated from 1 Feb 2026 on, and the credit is granted on 5 Jan 2026"),
        ("credit of a phase that rates from the next month on",
         with_phase(agreed(), {"credits": [WELCOME | {"on": "2026-02-20"}]}, day="2026-02-15"),
         "phases[0].charges.seats.credits[0].on", "rated from 1 Mar 2026 on"),
        ("credit for the term, granted on its first day",
         with_phase(agreed(), {"credits": [{"name": "t", "amount": "9.00", "granted": "each_term", "expires": "term"}]}),
         "phases[0].charges.seats.credits[0].granted", "would never be granted"),
    ],
)  # fmt: skip
def test_a_phase_is_refused_as_its_terms_would_be(
    case: str, document: dict[str, Any], path: str, sentence: str
) -> None:
    with pytest.raises(TermsRefused) as refused:
        ContractTerms.from_json(document)
    assert refused.value.path == path, case
    assert sentence in str(refused.value), case


def test_credit_that_was_agreed_before_a_phase_goes_on_in_it() -> None:
    january = WELCOME | {"on": "2026-01-01", "amount": "250.00"}
    document = agreed(credits=[january]) | {"phases": [{"from": FEBRUARY, "charges": {"seats": {"included": 2}}}]}
    assert nets(document, 10, 10, 10) == ["0.00", "0.00", "10.00"]


def test_the_steps_of_a_phase_leave_the_bill_before_it_as_it_was() -> None:
    terms = ContractTerms.from_json(with_phase(agreed(), {"commitment": COMMITTED}))
    before, after = terms.in_order
    assert before.steps == tuple(STEPS)
    assert after.steps == ("included", "price", "discount", "commitment", "floor", "cap", "credits")
    assert ContractTerms.from_json(terms.to_json()) == terms
    assert ContractTerms.from_json(terms.shortest_form()).digest() == terms.digest()


def test_the_order_that_a_phase_makes_a_choice_is_said() -> None:
    document = with_phase(agreed(discounts=[HALF]), {"floor": {"minimum_amount": "90.00"}})
    assert "The bill is made in this order: price, discount, floor." in ContractTerms.from_json(document).sentences()
    assert nets(document, 10, 10) == ["50.00", "90.00"]


amounts = st.integers(0, 30).map(lambda tens: f"{tens}0.00")
spans = st.sampled_from([{}, {"per": "term"}])
clauses = {
    "included": st.integers(0, 5),
    "per_user_cap": st.builds(
        lambda amount, of: {"amount": amount, "reading": "pooled", "of": of}, amounts, st.sampled_from(["active", "x"])
    ),
    "discounts": st.just([HALF]),
    "commitment": st.builds(
        lambda what, span, shortfall: what | span | {"overage": {"factor": "2"}, "shortfall": shortfall},
        st.one_of(st.just({"quantity": 12}), st.just({"amount": "140.00"}), st.just({"amount": "50.00"})),
        spans,
        st.sampled_from(["billed_at_end", "none"]),
    ),
    "floor": st.builds(
        lambda least, span: least | span,
        st.one_of(st.just({"minimum_users": 12}), amounts.map(lambda amount: {"minimum_amount": amount})),
        spans,
    ),
    "cap": st.builds(
        lambda most, span: most | span,
        st.one_of(st.just({"maximum_users": 12}), amounts.map(lambda amount: {"amount": amount})),
        spans,
    ),
    "credits": st.builds(
        lambda day, amount: [WELCOME | {"on": day, "amount": amount}],
        st.sampled_from(["2026-02-01", "2026-03-10", "2026-05-01"]),
        amounts,
    ),
}
some_clauses = st.fixed_dictionaries({}, optional=clauses)
some_steps = st.sampled_from(
    [
        None,
        ["price"],
        STEPS,
        ["included", "price", "per_user_cap", "discount", "commitment", "floor", "cap", "credits"],
        ["included", "price", "per_user_cap", "commitment", "floor", "cap", "discount", "credits"],
    ]
)


def read_or_refused(document: dict[str, Any]) -> ContractTerms | None:
    try:
        return ContractTerms.from_json(document)
    except TermsRefused:
        return None


@given(base=some_clauses, keys=some_clauses, steps=some_steps, users=st.lists(st.integers(0, 30), min_size=3))
def test_a_phase_is_the_amendment_of_its_day(
    base: dict[str, Any], keys: dict[str, Any], steps: list[str] | None, users: list[int]
) -> None:
    """Refused exactly when its charges as terms are, where credit of a past day is none of it; billed to the cent."""
    base.pop("credits", None)
    document = agreed(steps=steps, **base)
    terms = read_or_refused(document)
    if terms is None or not keys:
        return
    later, phased = read_or_refused(with_keys(document, keys)), read_or_refused(with_phase(document, keys))
    assert (later is None) == (phased is None)
    if later is None or phased is None:
        return
    usage = usage_of(*users[:3])
    amendment = Amendment(start=date.fromisoformat(FEBRUARY), terms=later, name="version 2")
    by_amendment = rate_term(terms=terms, usage=usage, amendments=[amendment])
    assert rate_term(terms=phased, usage=usage).to_json() == by_amendment.to_json()
