"""The cap per user: of each person, or of all of them together; and the greatest of several charges."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.rollcall.rating.bills import charges_of, lines, nets, rate, sentences, terms_of, words_of

CREDITS = {"kind": "action_quantity", "definition": {"actions": ["use"]}, "measure": "sum", "unit": "credit"}


def capped(reading="each_person", amount="50.00", **charge):
    cap = {"amount": amount, "reading": reading, **({"of": "active"} if reading == "pooled" else {})}
    document = terms_of(per_user_cap=cap, **charge)
    document["metrics"]["used"] = CREDITS
    document["charges"]["seats"]["metric"] = "used"
    return document


def each(*rows, users=30):
    return {"active": {"users": users}, "used": {"quantity_by_user": [list(row) for row in rows]}}


def test_thirty_users_at_sixty_each_are_capped_per_user_then_per_cycle():
    """The published example: 1,800 used, 1,500 under the cap of 50 per user, 1,000 under the cap of the cycle."""
    (rating,) = rate(capped(cap={"amount": "1000.00"}), each(("60", 30)))
    assert lines(rating) == [
        ("seats/price", "1800", "1800.00"),
        ("seats/per_user_cap", "-1", "-300.00"),
        ("seats/cap", "-1", "-500.00"),
    ]
    assert words_of(rating, "seats/per_user_cap") == "Above EUR 50.00 per user: 30 users, not billed"
    assert str(rating.net_amount) == "1000.00"


def test_the_two_readings_differ_as_soon_as_users_do():
    """15 users at 100 and 15 at 20: each person 15 x 50 + 15 x 20 = 1,050; pooled 1,800 against 30 x 50 = 1,500."""
    assert nets(capped(), each(("100", 15), ("20", 15))) == ["1050.00"]
    assert nets(capped("pooled"), each(("100", 15), ("20", 15))) == ["1500.00"]
    (rating,) = rate(capped("pooled"), {"active": {"users": 30}, "used": {"quantity": "1800"}})
    assert words_of(rating, "seats/per_user_cap") == (
        "Above the cap per user, 30 users × 50.00 = 1,500.00: 1,800.00 − 1,500.00, not billed"
    )


def test_the_terms_say_which_reading_it_is():
    assert "No single user costs more than EUR 50.00 for the credits of a month." in sentences(capped())[1:]
    pooled = 'All users together cost no more than EUR 50.00 times the users of the metric "active" in a month.'
    assert pooled in sentences(capped("pooled"))[1:]


def test_a_part_of_a_cycle_may_have_its_share():
    document = capped(amount="31.00")
    document["charges"]["seats"]["per_user_cap"]["in_part_periods"] = "reduced"
    document["term"]["start"] = "2026-01-15"
    assert nets(document, each(("60", 10)), ends=["2026-01-15", "2026-02-01"]) == ["170.00"]


def test_nobody_above_the_cap_leaves_the_bill_as_it_is():
    (rating,) = rate(capped(), each(("50", 3), ("49.99", 1)))
    assert lines(rating) == [("seats/price", "199.99", "199.99")]


def test_a_sum_does_not_say_what_each_person_used():
    with pytest.raises(TermsRefused, match="the cap holds for each person") as refused:
        rate(capped(), {"active": {"users": 30}, "used": {"quantity": "1800"}})
    assert refused.value.path == "periods[2026-01-01/2026-02-01].quantities.used"


@pytest.mark.parametrize(
    ("change", "place", "sentence"),
    [
        ({"per_user_cap": {"amount": "50"}}, ".per_user_cap.reading", "the two cost different money"),
        ({"per_user_cap": {"amount": "50", "reading": "pooled"}}, ".per_user_cap.of", "is missing"),
        ({"per_user_cap": {"amount": "50", "reading": "pooled", "of": "actives"}}, ".per_user_cap.of",
         'no metric "actives"; use "active"'),
        ({"per_user_cap": {"amount": "50", "reading": "each_person", "of": "active"}}, ".per_user_cap.of",
         'belongs to the reading "pooled"'),
        ({"per_user_cap": {"amount": "50", "reading": "each_person"}, "included": 5}, ".per_user_cap.reading",
         "nobody can say whose they were"),
        ({"per_user_cap": {"amount": "50", "reading": "each_person"},
          "price": {"model": "graduated", "bound": "inclusive",
                    "tiers": [{"up_to": 5, "unit_price": "2"}, {"up_to": None, "unit_price": "1"}]}},
         ".per_user_cap.reading", "each unit costs the same"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(change, place, sentence):
    with pytest.raises(TermsRefused) as refused:
        ContractTerms.from_json(terms_of(**change))
    assert refused.value.path == f"charges.seats{place}"
    assert sentence in refused.value.sentence


def test_a_cap_per_user_is_no_limit_of_the_whole_contract():
    with pytest.raises(TermsRefused, match=r"limits\.per_user_cap: is not a key of the limits of a contract"):
        ContractTerms.from_json(terms_of(limits={"per_user_cap": {"amount": "5", "reading": "each_person"}}))


def test_a_metric_that_only_a_limit_looks_up_is_needed_too():
    terms = ContractTerms.from_json(capped("pooled"))
    assert terms.billed_metrics == {"active", "used"}
    with pytest.raises(TermsRefused, match="a missing count is never zero"):
        rate(capped("pooled"), {"used": {"quantity": "1800"}})


rows = st.lists(st.tuples(st.integers(0, 200).map(str), st.integers(1, 20)), min_size=1, max_size=8)


@given(rows=rows, amount=st.integers(0, 100).map(str))
def test_the_cap_of_each_person_is_the_sum_over_people_and_knows_no_order(rows, amount):
    expected = sum(min(Decimal(quantity), Decimal(amount)) * users for quantity, users in rows)
    assert [Decimal(net) for net in nets(capped(amount=amount), each(*rows))] == [expected]
    assert nets(capped(amount=amount), each(*reversed(rows))) == nets(capped(amount=amount), each(*rows))


@given(rows=rows, amount=st.integers(0, 100).map(str))
def test_each_person_never_costs_more_than_pooled_by_the_same_people(rows, amount):
    users = sum(number for _, number in rows)
    (alone,) = nets(capped(amount=amount), each(*rows, users=users))
    (pooled,) = nets(capped("pooled", amount=amount), each(*rows, users=users))
    assert Decimal(alone) <= Decimal(pooled)


def test_only_the_greatest_of_a_group_is_billed_and_the_others_are_seen():
    document = charges_of({"concurrent": "0.50", "mau": "1.00", "plan": "0.10"}, greater_of=[["mau", "concurrent"]])
    (rating,) = rate(document, 100)
    assert lines(rating)[-1] == ("contract/greater_of/concurrent", "-1", "-50.00")
    assert words_of(rating, "contract/greater_of/concurrent") == (
        "concurrent is not billed: mau is greater, 100.00 and 50.00"
    )
    assert str(rating.net_amount) == "110.00"
    assert (
        "All charges together: Of mau and concurrent only the greatest is billed, the first of them where they are equal."
        in sentences(document)
    )


def test_of_equal_charges_the_first_is_billed_and_later_limits_see_the_rest():
    document = charges_of(
        {"a": "1.00", "b": "1.00"},
        greater_of=[["b", "a"]],
        discounts=[{"name": "Ten", "percent": "10"}],
        cap={"amount": "50.00"},
    )
    (rating,) = rate(document, 100)
    assert lines(rating)[2:] == [
        ("contract/greater_of/a", "-1", "-100.00"),
        ("contract/discount/ten", "-0.1", "-10.00"),
        ("contract/cap", "-1", "-40.00"),
    ]


@pytest.mark.parametrize(
    ("groups", "place", "sentence"),
    [
        ([], "limits.greater_of", "names no charges"),
        ([["a"]], "limits.greater_of[0]", "at least two charges"),
        ([["a", "a"]], "limits.greater_of[0]", "compared twice"),
        ([["a", "b"], ["b", "c"]], "limits.greater_of[1]", "in one group at most"),
        ([["a", "d"]], "limits.greater_of[0]", 'no charge "d"'),
    ],
)
def test_groups_that_cannot_be_compared_are_refused(groups, place, sentence):
    with pytest.raises(TermsRefused) as refused:
        ContractTerms.from_json(charges_of({"a": "1", "b": "1", "c": "1"}, greater_of=groups))
    assert refused.value.path == place
    assert sentence in refused.value.sentence
