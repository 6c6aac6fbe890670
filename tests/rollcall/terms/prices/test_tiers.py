"""The ends of tiers by themselves: what cannot be meant, who belongs where, and how it is said."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.terms.nouns import ACTIVE_USERS, UNITS
from rollcall.terms.tiers import Bounds, written_up_to
from tests.rollcall.terms.prices.laws import quantities

D = Decimal


def bounds(*ends, bound="inclusive"):
    return Bounds(bound, tuple(None if end is None else D(str(end)) for end in ends))


@pytest.mark.parametrize(
    ("case", "found", "numbers_users", "has_open_end", "sentence"),
    [
        ("a third bound", bounds(10, None, bound="sideways"), False, True, "inclusive or exclusive"),
        ("no ends", bounds(), False, True, "Only the last tier"),
        ("an open end too early", bounds(None, 10), False, True, "Only the last tier"),
        ("no open end", bounds(10), False, True, "Only the last tier"),
        ("an open end where there is none", bounds(10, None), False, False, "Every tier ends with a number"),
        ("no ends at all where there is none", bounds(), False, False, "Every tier ends with a number"),
        ("an end of nothing", bounds(0, None), False, True, "holds no user"),
        ("an end below nothing", bounds(-1, None), False, True, "holds no user"),
        ("nobody before the end", bounds(1, None, bound="exclusive"), True, True, "holds no user"),
        ("half a user before the end", bounds("1.5", None, bound="exclusive"), True, True, "is a whole number"),
        ("a later end with decimals", bounds(5, "7.5", None, bound="exclusive"), True, True, "is a whole number"),
        ("the same end twice", bounds(5, 5, None), False, True, "must rise"),
    ],
)
def test_what_cannot_be_meant(case, found, numbers_users, has_open_end, sentence):
    with pytest.raises(ValueError, match=sentence):
        found.refuse(numbers_users=numbers_users, has_open_end=has_open_end)


@pytest.mark.parametrize(
    ("found", "numbers_users", "has_open_end"),
    [
        (bounds(None), True, True),
        (bounds("0.01", None), True, True),
        (bounds(2, None, bound="exclusive"), True, True),
        (bounds(1, "1.5", None, bound="exclusive"), False, True),
        (bounds(1), True, False),
        (bounds(1, 2, 3, bound="exclusive"), False, False),
    ],
)
def test_what_is_meant(found, numbers_users, has_open_end):
    assert found.refuse(numbers_users=numbers_users, has_open_end=has_open_end) is None


ENDS = st.lists(st.integers(2, 60), max_size=4, unique=True).map(sorted)


@given(ENDS, st.sampled_from(["inclusive", "exclusive"]), quantities(2))
def test_spans_cut_a_quantity_without_a_gap(ends, bound, quantity):
    spans = list(bounds(*ends, None, bound=bound).spans(quantity))
    assert sum(end - start for _, start, end in spans) == quantity
    assert [start for _, start, _ in spans] == [0, *(end for _, _, end in spans)][: len(spans)]
    assert [index for index, _, _ in spans] == list(range(len(spans)))
    for index, start, _ in spans[1:]:
        assert start == ends[index - 1] - (bound == "exclusive")


@given(ENDS, st.sampled_from(["inclusive", "exclusive"]), quantities(2))
def test_a_quantity_belongs_to_one_tier(ends, bound, quantity):
    found = bounds(*ends, bound=bound).tier_of(quantity)
    passed = sum(Fraction(quantity) > end or (quantity == end and bound == "exclusive") for end in ends)
    assert found == (passed if passed < len(ends) else None)
    assert bounds(*ends, None, bound=bound).tier_of(quantity) == passed


@pytest.mark.parametrize(
    ("found", "numbers", "sizes", "edge", "last"),
    [
        (bounds(10, 50, None), ["users 1 to 10", "users 11 to 50", "users from 51 on"],
         ["up to 10 users", "up to 50 users", "more than 50 users"], "; exactly 10 users are in the first tier",
         "user number 10 is the last one in the first tier"),
        (bounds(10, 50, None, bound="exclusive"), ["users 1 to 9", "users 10 to 49", "users from 50 on"],
         ["fewer than 10 users", "fewer than 50 users", "at least 50 users"], "; exactly 10 users are in the second tier",
         "user number 9 is the last one in the first tier"),
        (bounds(None), ["every user"], ["any number of active users"], "", ""),
        (bounds(1, 2, None), ["user 1", "user 2", "users from 3 on"], ["up to 1 user", "up to 2 users", "more than 2 users"],
         "; exactly 1 user is in the first tier", "user number 1 is the last one in the first tier"),
        (bounds("0.5", 2, None), ["users up to 0.5", "users above 0.5 up to 2", "users above 2"],
         ["up to 0.5 users", "up to 2 users", "more than 2 users"], "; exactly 0.5 users are in the first tier",
         "exactly 0.5 users are still in the first tier"),
    ],
)  # fmt: skip
def test_tiers_in_words(found, numbers, sizes, edge, last):
    assert found.numbers(ACTIVE_USERS) == numbers
    assert found.sizes(ACTIVE_USERS) == sizes
    assert found.edge(ACTIVE_USERS) == edge
    assert found.edge(ACTIVE_USERS, "step") == edge.replace("tier", "step")
    assert found.last_of_first(ACTIVE_USERS) == last
    assert found.sizes(UNITS) == [size.replace("active users", "units").replace("user", "unit") for size in sizes]


def test_edges_are_the_highest_of_a_tier_and_the_one_after_it():
    assert list(bounds(10, 50, None).edges()) == [(10, 11), (50, 51)]
    assert list(bounds(10, None, bound="exclusive").edges()) == [(9, 10)]
    assert list(bounds("0.25", None).edges()) == [(D("0.25"), D("0.26"))]
    assert list(bounds("0.25", None, bound="exclusive").edges()) == [(D("0.24"), D("0.25"))]


@pytest.mark.parametrize(("up_to", "written"), [(None, None), (D("10"), 10), (D("10.0"), 10), (D("0.50"), "0.5")])
def test_an_end_is_written_one_way(up_to, written):
    assert written_up_to(up_to) == written
    assert type(written_up_to(up_to)) is type(written)
