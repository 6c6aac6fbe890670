"""Discounts: percentages and amounts, their order, their scope, their end; and no cent is lost over several charges."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.rollcall.rating.bills import charges_of, lines, nets, rate, sentences, terms_of, words_of

NON_PROFIT = {"name": "Non-profit", "class": "non_profit", "percent": "15"}


def discounted(*discounts, **charge):
    return terms_of(price="29.00", discounts=list(discounts), **charge)


def test_a_class_of_customers_has_its_discount_under_its_name():
    (rating,) = rate(discounted(NON_PROFIT), 320)
    assert lines(rating) == [("seats/price", "320", "9280.00"), ("seats/discount/non-profit", "-0.15", "-1392.00")]
    assert words_of(rating, "seats/discount/non-profit") == (
        "Discount Non-profit (for a non-profit organization): 15 % of 9,280.00"
    )
    assert "Discount Non-profit (for a non-profit organization): 15 % off what is left." in sentences(
        discounted(NON_PROFIT)
    )


@pytest.mark.parametrize(
    ("case", "discounts", "expected"),
    [
        ("percentages are one after the other", [{"name": "A", "percent": "10"}, {"name": "B", "percent": "20"}],
         ["10.00", "18.00"]),
        ("or each of the whole", [{"name": "A", "percent": "10"},
                                  {"name": "B", "percent": "20", "applies_to": "undiscounted"}], ["10.00", "20.00"]),
        ("an amount, then a percentage", [{"name": "A", "amount": "10"}, {"name": "B", "percent": "20"}],
         ["10.00", "18.00"]),
        ("a percentage, then an amount", [{"name": "B", "percent": "20"}, {"name": "A", "amount": "10"}],
         ["20.00", "10.00"]),
        ("never more than there is", [{"name": "A", "amount": "70"}, {"name": "B", "amount": "70"}],
         ["70.00", "30.00"]),
        ("nothing after nothing is left", [{"name": "A", "percent": "100"}, {"name": "B", "percent": "20"}],
         ["100.00"]),
        ("the whole is held to what is left", [{"name": "A", "percent": "80"},
                                               {"name": "B", "percent": "30", "applies_to": "undiscounted"}],
         ["80.00", "20.00"]),
        ("half a cent is rounded up, and said", [{"name": "A", "percent": "0.125"}], ["0.13"]),
    ],
)  # fmt: skip
def test_several_discounts_in_their_written_order(case, discounts, expected):
    (rating,) = rate(terms_of(discounts=discounts), 100)
    taken = [amount.removeprefix("-") for key, _, amount in lines(rating) if "/discount/" in key]
    assert taken == expected, case
    assert rating.net_amount == 100 - sum(Decimal(amount) for amount in expected)


def test_a_discount_ends_after_its_cycles():
    document = discounted({"name": "Welcome", "percent": "50", "cycles": 2}, NON_PROFIT)
    assert nets(document, 10, 10, 10, 10) == ["123.25", "123.25", "246.50", "246.50"]
    said = sentences(document)
    assert "Discount Welcome: 50 % off what is left in each of the first 2 months." in said
    assert "Discounts are taken in this order: Welcome, Non-profit." in said


def test_the_first_cycles_count_from_the_term_also_when_a_period_is_rated_alone():
    document = discounted({"name": "Welcome", "percent": "50", "cycles": 2})
    assert nets(document, 10, ends=["2026-02-01", "2026-03-01"]) == ["145.00"]
    assert nets(document, 10, ends=["2026-03-01", "2026-04-01"]) == ["290.00"]


@pytest.mark.parametrize(("parts", "expected"), [("whole", ["69.00"]), ("reduced", ["83.00"])])
def test_a_fixed_discount_in_a_part_of_a_cycle(parts, expected):
    document = terms_of(discounts=[{"name": "A", "amount": "31", "in_part_periods": parts}])
    document["term"]["start"] = "2026-01-15"
    assert nets(document, 100, ends=["2026-01-15", "2026-02-01"]) == expected


def test_a_fixed_discount_over_several_charges_loses_no_cent():
    document = charges_of({"a": "1.00", "b": "1.00", "c": "1.00"}, discounts=[{"name": "Fix", "amount": "100.00"}])
    (rating,) = rate(document, 200)
    assert lines(rating)[3:] == [
        ("contract/discount/fix/a", "-1", "-33.34"),
        ("contract/discount/fix/b", "-1", "-33.33"),
        ("contract/discount/fix/c", "-1", "-33.33"),
    ]
    assert words_of(rating, "contract/discount/fix/a") == "Discount Fix: 33.34 of 100.00, the part of a"


def test_scopes_from_narrow_to_wide_split_what_is_left():
    """The published breakdown of eight fees: 20.00 on two of them, 10.00 on four, 5.00 on all."""
    prices = {"l1": "10", "l2": "20", "l3": "30", "l4": "40", "l5": "10", "l6": "20", "l7": "30", "l8": "40"}
    discounts = [
        {"name": "two", "amount": "20", "charges": ["l1", "l2"]},
        {"name": "four", "amount": "10", "charges": ["l5", "l6", "l7", "l8"]},
        {"name": "all", "amount": "5"},
    ]
    (rating,) = rate(charges_of(prices, discounts=discounts), 1)
    taken = {key: Decimal(0) for key in prices}
    for key, _, amount in lines(rating):
        if "/discount/" in key:
            taken[key.rpartition("/")[2]] -= Decimal(amount)
    # Published with five decimals of a cent; here each is within a cent of it, and the sum is the same.
    published = [
        "6.7647059",
        "13.5294117",
        "0.8823529",
        "1.1764706",
        "1.2647059",
        "2.5294118",
        "3.7941176",
        "5.0588235",
    ]
    assert all(abs(taken[key] - Decimal(exact)) < Decimal("0.02") for key, exact in zip(prices, published, strict=True))
    assert sum(taken.values()) == Decimal("35.00")
    assert str(rating.net_amount) == "165.00"


@pytest.mark.parametrize(
    ("case", "prices", "discounts", "net"),
    [
        ("ten percent of three lines of a third", {"a": "0.33", "b": "0.34", "c": "0.33"},
         [{"name": "Ten", "percent": "10"}], "0.90"),
        ("a discount on one charge, then one on all", {"a": "80.00", "b": "20.00"},
         [{"name": "Line", "percent": "25", "charges": ["a"]}, {"name": "All", "amount": "10"}], "70.00"),
    ],
)  # fmt: skip
def test_published_orders(case, prices, discounts, net):
    assert nets(charges_of(prices, discounts=discounts), 1) == [net], case


def test_discount_before_or_after_the_cap_is_a_choice_that_changes_the_bill():
    document = terms_of(price="10", discounts=[{"name": "Half", "percent": "50"}], cap={"amount": "100.00"})
    assert nets(document, 27) == ["100.00"]
    assert "The bill is made in this order: price, discount, cap." in sentences(document)
    other = {**document, "steps": ["price", "cap", "discount"]}
    assert nets(other, 27) == ["50.00"]
    assert "The bill is made in this order: price, cap, discount." in sentences(other)
    assert ContractTerms.from_json(document).digest() != ContractTerms.from_json(other).digest()


def test_a_discount_of_the_whole_contract_after_its_floor_takes_from_the_floor_too():
    document = charges_of({"a": "1.00"}, discounts=[{"name": "Half", "percent": "50"}], floor={"minimum_amount": "80"})
    assert nets(document, 10) == ["80.00"]
    assert nets({**document, "steps": ["price", "floor", "discount"]}, 10) == ["40.00"]


@pytest.mark.parametrize(
    ("discount", "place", "sentence"),
    [
        ({"name": "A"}, "", "either a percent or an amount"),
        ({"name": "A", "percent": "5", "amount": "5"}, "", "only one of them"),
        ({"percent": "5"}, ".name", "is missing"),
        ({"name": "!!", "percent": "5"}, ".name", "needs letters or digits"),
        ({"name": "A", "percent": "0"}, ".percent", "above 0 and at most 100"),
        ({"name": "A", "percent": "100.5"}, ".percent", "above 0 and at most 100"),
        ({"name": "A", "percent": "5", "class": "friends"}, ".class", '"education"'),
        ({"name": "A", "amount": "5", "applies_to": "undiscounted"}, ".applies_to", "a fixed amount has none"),
        ({"name": "A", "percent": "5", "in_part_periods": "reduced"}, ".in_part_periods", "belongs to a fixed amount"),
        ({"name": "A", "percent": "5", "cycles": 0}, ".cycles", "at least 1"),
        ({"name": "A", "percent": "5", "charges": ["seats"]}, ".charges", "belongs to a discount of the whole"),
        ({"name": "A", "amount": "0.001"}, ".amount", "more decimals"),
        ({"name": "A", "percent": "5", "until": "2026-03-01"}, ".until", "is not a key of a discount"),
    ],
)
def test_what_cannot_be_meant_is_refused(discount, place, sentence):
    with pytest.raises(TermsRefused) as refused:
        ContractTerms.from_json(terms_of(discounts=[discount]))
    assert refused.value.path == f"charges.seats.discounts[0]{place}"
    assert sentence in refused.value.sentence


def test_what_the_contract_cannot_mean_is_refused():
    for discounts, place, sentence in (
        ([{"name": "A", "percent": "5", "charges": ["chairs"]}], "[0].charges", 'no charge "chairs"; use "a" or "b"'),
        ([{"name": "A", "percent": "5", "charges": []}], "[0].charges", "leave it out for all of them"),
        ([{"name": "A", "percent": "5", "charges": ["a", 7]}], "[0].charges", "must name the charges"),
        ([{"name": "A", "percent": "5", "charges": ["a", "a"]}], "[0].charges", "each once"),
        ([{"name": "A b", "percent": "5"}, {"name": "a-B", "percent": "6"}], "[1].name", "cannot be told apart"),
    ):
        with pytest.raises(TermsRefused) as refused:
            ContractTerms.from_json(charges_of({"a": "1", "b": "1"}, discounts=discounts))
        assert refused.value.path == f"limits.discounts{place}"
        assert sentence in refused.value.sentence


percents = st.decimals(min_value=Decimal("0.01"), max_value=100, places=2).map(str)
amounts = st.decimals(min_value=0, max_value=300, places=2).map(str)


@st.composite
def some_discounts(draw, keys=()):
    found = []
    for number in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["percent", "amount", "undiscounted"]))
        discount = {"name": f"d{number}"}
        discount |= {"amount": draw(amounts)} if kind == "amount" else {"percent": draw(percents)}
        discount |= {"applies_to": "undiscounted"} if kind == "undiscounted" else {}
        scope = draw(st.sets(st.sampled_from(keys), min_size=1)) if keys and draw(st.booleans()) else None
        discount |= {"charges": sorted(scope)} if scope else {}
        found.append(discount)
    return found


@given(discounts=some_discounts(), users=st.integers(0, 300))
def test_discounts_of_a_charge_never_take_more_than_there_is_and_never_add(discounts, users):
    (rating,) = rate(terms_of(price="1.37", discounts=discounts), users)
    assert 0 <= rating.net_amount <= rating.lines[0].amount
    assert all(line.amount <= 0 for line in rating.lines if line.kind == "discount")


@given(discounts=some_discounts(keys=("a", "b", "c")), users=st.integers(0, 60))
def test_discounts_of_the_contract_never_take_more_than_there_is(discounts, users):
    prices = {"a": "1.37", "b": "0.01", "c": "9.99"}
    (rating,) = rate(charges_of(prices, discounts=discounts), users)
    charged = sum(line.amount for line in rating.lines if line.kind == "usage")
    assert 0 <= rating.net_amount <= charged
    fixed = {d["name"]: Decimal(d["amount"]) for d in discounts if "amount" in d}
    for name, amount in fixed.items():
        parts = [line.amount for line in rating.lines if line.key.startswith(f"contract/discount/{name}")]
        assert -amount <= sum(parts) <= 0


def test_yen_are_split_without_losing_one():
    document = charges_of({"a": "100", "b": "100", "c": "100"}, discounts=[{"name": "Fix", "amount": "100"}])
    (rating,) = rate({**document, "currency": "JPY"}, 1)
    assert [amount for key, _, amount in lines(rating) if "/discount/" in key] == ["-34", "-33", "-33"]
    assert str(rating.net_amount) == "200"


def test_a_charge_that_came_to_nothing_has_no_part_of_a_discount():
    document = charges_of({"a": "0.00", "b": "1.00", "c": "0.00"}, discounts=[{"name": "Fix", "amount": "0.03"}])
    (rating,) = rate(document, 1)
    assert lines(rating)[3:] == [("contract/discount/fix/b", "-1", "-0.03")]
