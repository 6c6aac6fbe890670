"""A percentage of what events are worth: free events, a free amount, and what a single event costs."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.money import exactly
from rollcall.terms.fields import TermsRefused
from rollcall.terms.nouns import noun
from rollcall.terms.prices import total_of, write_price
from rollcall.terms.prices.percentage import Percentage
from tests.rollcall.terms.prices import oracle
from tests.rollcall.terms.prices.laws import keeps_the_laws, quantities, read, total

D = Decimal
EUROS = noun("euro", "euros")
PAYMENTS = {
    "model": "percentage",
    "percent": "1.3",
    "per_event": "2.00",
    "free_events": 3,
    "free_amount": "250",
    "free_until": "first_limit",
}


def of_events(document, *events):
    with exactly():
        return total_of(read(document).price_events([D(event) for event in events]))


@st.composite
def percentages(draw):
    document = {"model": "percentage", "percent": str(D(draw(st.integers(0, 900))).scaleb(-2))}
    document |= draw(st.sampled_from([{}, {"per_event": "0.10"}, {"per_event": "2.00"}]))
    free_events, free_amount = draw(st.integers(0, 4)), draw(st.integers(0, 300))
    document |= {"free_events": free_events} if free_events else {}
    document |= {"free_amount": str(free_amount)} if free_amount else {}
    if free_events and free_amount:
        document["free_until"] = draw(st.sampled_from(["first_limit", "last_limit"]))
    document |= draw(st.sampled_from([{}, {"minimum_per_event": "1.75"}]))
    return document | draw(st.sampled_from([{}, {"maximum_per_event": "2.50"}]))


@given(percentages(), st.lists(quantities(2), max_size=8))
def test_events_agree_with_the_oracle_and_their_parts_add_up(document, events):
    price = read(document)
    with exactly():
        parts = price.price_events(events)
        numbered = [part for part in parts if not part.is_flat]
        assert sum(part.quantity for part in numbered) == sum(events)
    expected = oracle.percentage(
        [Fraction(event) for event in events],
        Fraction(document["percent"]),
        per_event=Fraction(document.get("per_event", "0")),
        free_events=document.get("free_events", 0),
        free_amount=Fraction(document.get("free_amount", "0")),
        last_limit=document.get("free_until") == "last_limit",
        least=Fraction(document["minimum_per_event"]) if "minimum_per_event" in document else None,
        most=Fraction(document["maximum_per_event"]) if "maximum_per_event" in document else None,
    )
    assert Fraction(total_of(parts)) == expected
    assert all(part.unit_price >= 0 for part in parts)
    assert write_price(read(write_price(price))) == write_price(price)


@given(st.sampled_from(["0", "1.3", "100"]), st.sampled_from([None, "30"]), quantities(2), quantities())
def test_where_only_the_sum_counts_the_laws_of_quantities_hold(percent, free, quantity, more):
    document = {"model": "percentage", "percent": percent, **({"free_amount": free} if free else {})}
    assert not read(document).needs_events
    keeps_the_laws(document, quantity, more)


@pytest.mark.parametrize(
    ("case", "change", "events", "amount"),
    [
        ("the free amount ends in the third event", {}, ["50", "100", "250", "400"], "11.15"),
        ("three events are free, whatever they are worth", {"free_amount": "0"}, ["50", "100", "250", "400"], "7.20"),
        ("the events end before the amount does", {"free_amount": "500"}, ["50", "100", "250", "400"], "7.20"),
        ("an amount alone", {"free_events": 0}, ["50", "100", "250", "400"], "11.15"),
        ("nothing is free", {"free_events": 0, "free_amount": "0"}, ["200", "200", "200", "200"], "18.40"),
        ("both may be used up", {"free_until": "last_limit"}, ["50", "100", "250", "400"], "7.20"),
        ("the amount lasts longer", {"free_until": "last_limit", "free_amount": "500"}, ["50", "100", "250", "400"],
         "5.90"),
        ("an event that uses the amount up is free", {}, ["250", "100"], "3.30"),
        ("after that the smallest event is not", {}, ["250", "0"], "2.00"),
        ("no events", {}, [], "0"),
    ],
)  # fmt: skip
def test_what_is_free(case, change, events, amount):
    document = {**PAYMENTS, **change}
    if not (document["free_events"] and D(document["free_amount"])):
        del document["free_until"]
    assert of_events(document, *events) == D(amount), case


@pytest.mark.parametrize(
    ("change", "amount"),
    [
        ({}, "16.142"),
        ({"per_event": "2.00"}, "18.691"),
        ({"free_amount": "30"}, "13.794"),
        ({"free_events": 2}, "12"),
        ({"free_events": 3, "free_amount": "10000", "free_until": "first_limit"}, "2.691"),
    ],
)
def test_an_event_costs_at_least_and_at_most(change, amount):
    document = {"model": "percentage", "percent": "2.99", "minimum_per_event": "1.75", "maximum_per_event": "12"}
    assert of_events({**document, **change}, "10", "80", "10000") == D(amount)


def test_every_part_says_what_it_is():
    limited = {**PAYMENTS, "minimum_per_event": "4.00", "maximum_per_event": "6.00"}
    parts = read(limited).price_events([D(50), D(100), D(250), D(400)], EUROS)
    assert [(part.part, part.quantity, part.unit_price, part.words) for part in parts] == [
        ("free", 250, 0, "euros that are free"),
        ("percent", 550, D("0.013"), "euros at 1.3 %"),
        ("per-event", 2, D("2.00"), "2 events"),
        ("minimum", 1, D("0.05"), "1 event lifted to the minimum of 4.00"),
        ("maximum", -1, D("1.20"), "1 event lowered to the maximum of 6.00"),
    ]
    assert [(part.first, part.last) for part in parts[:2]] == [(1, 250), (251, 800)]
    assert {(part.first, part.last) for part in parts[2:]} == {(1, 1)}


def test_an_event_at_a_limit_is_neither_lifted_nor_lowered():
    limited = {"model": "percentage", "percent": "1", "minimum_per_event": "1", "maximum_per_event": "2"}
    parts = read(limited).price_events([D(100), D(200), D(50), D(300)])
    assert [part.words for part in parts[1:]] == [
        "1 event lifted to the minimum of 1.00",
        "1 event lowered to the maximum of 2.00",
    ]


def test_the_smallest_free_amount_is_free():
    small = {"model": "percentage", "percent": "1", "per_event": "2", "free_amount": "0.5"}
    assert of_events(small, "0.5") == 0
    assert of_events(small, "0.5", "0.01") == D("2.0001")


def test_there_are_no_parts_of_nothing():
    def names(document, *events):
        return [part.part for part in read(document).price_events([D(event) for event in events])]

    assert names(PAYMENTS, "100", "100") == ["free"]
    assert names({"model": "percentage", "percent": "2.9"}, "4") == ["percent"]
    assert names({"model": "percentage", "percent": "2.9", "per_event": "1"}, "0") == ["per-event"]
    limits = {"minimum_per_event": "1", "maximum_per_event": "2"}
    assert names({"model": "percentage", "percent": "1", **limits}, "100", "200", "150") == ["percent"]


def test_an_event_may_cost_one_and_the_same_whatever_it_is_worth():
    always = {"model": "percentage", "percent": "1", "minimum_per_event": "2", "maximum_per_event": "2"}
    assert of_events(always, "1", "100000") == 4


def test_nothing_is_agreed_beside_the_percentage_where_nothing_is_said():
    assert read({"model": "percentage", "percent": "1"}) == Percentage(percent=D(1))
    assert Percentage(percent=D(1)).free_events == 0


def test_one_price_is_a_bare_percentage():
    assert not read({"model": "percentage", "percent": "1", "free_amount": "5"}).has_one_price
    for key, value in (("per_event", "1"), ("free_events", 1), ("minimum_per_event", "0"), ("maximum_per_event", "9")):
        price = read({"model": "percentage", "percent": "1", key: value})
        assert (price.has_one_price, price.needs_events) == (False, True)


def test_a_quantity_is_priced_as_one_event():
    assert total(read(PAYMENTS), 100) == 0
    assert total(read(PAYMENTS), 350) == D("3.30")
    assert read(PAYMENTS).price(D(0)) == []


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"model": "percentage", "percent": "2.9"}, "2.9 % of the euros is billed."),
        (PAYMENTS, "1.3 % of the euros is billed, and EUR 2.00 for each event. Free are the first 3 events and the first "
                   "250 euros, until the first of the two is used up. An event that is free only in part pays the rest, "
                   "and what an event costs."),
        ({**PAYMENTS, "free_until": "last_limit", "minimum_per_event": "1.75", "maximum_per_event": "12"},
         "1.3 % of the euros is billed, and EUR 2.00 for each event. Free are the first 3 events and the first 250 euros, "
         "until the last of the two is used up. An event that is free only in part pays the rest, and what an event "
         "costs. An event that is not free costs at least EUR 1.75 and at most EUR 12.00, all together."),
        ({"model": "percentage", "percent": "1", "free_events": 1, "maximum_per_event": "12"},
         "1 % of the euros is billed. Free are the first 1 event. An event that is not free costs at most EUR 12.00, "
         "all together."),
    ],
)  # fmt: skip
def test_in_words(document, words):
    assert read(document).words("EUR", EUROS) == words


@pytest.mark.parametrize(
    ("case", "document", "path", "sentence"),
    [
        ("which limit ends the free part", {k: v for k, v in PAYMENTS.items() if k != "free_until"}, "price.free_until",
         "the two cost different money"),
        ("one limit needs no such word", {"model": "percentage", "percent": "1", "free_events": 1,
         "free_until": "first_limit"}, "price.free_until", "belongs to free_events together"),
        ("least above most", {"model": "percentage", "percent": "1", "minimum_per_event": "3",
         "maximum_per_event": "2"}, "price.minimum_per_event", "is above maximum_per_event"),
        ("no percentage", {"model": "percentage"}, "price.percent", "is missing"),
        ("a conversion of events", {**PAYMENTS, "convert": {"divide_by": "10", "rounding": "up"}}, "price.convert",
         "is for a quantity"),
    ],
)  # fmt: skip
def test_refused(case, document, path, sentence):
    with pytest.raises(TermsRefused) as refused:
        read(document)
    assert refused.value.path == path, case
    assert sentence in refused.value.sentence


def test_what_is_not_agreed_is_not_written():
    assert write_price(read({"model": "percentage", "percent": "1.30", "free_events": 0, "per_event": "0"})) == {
        "model": "percentage",
        "percent": "1.3",
    }
    assert write_price(read(PAYMENTS)) == PAYMENTS
    price = read({"model": "percentage", "percent": "1"})
    assert (price.has_one_price, price.is_marginal) == (True, True)
    assert (read(PAYMENTS).has_one_price, read(PAYMENTS).is_marginal) == (False, False)
