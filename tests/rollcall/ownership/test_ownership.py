"""Which report owns which instants: by its facts, never by its arrival."""

import random
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.ownership import Claim, ClaimRefused, owned_spans

START = datetime(2026, 6, 1, tzinfo=UTC)


def hour(number):
    return START + timedelta(hours=number)


def claim(name, first, last, *, grade=1, generated=None, sha256=None):
    return Claim(
        id=name,
        span=(hour(first), hour(last)),
        grade=grade,
        generated_at=None if generated is None else hour(generated),
        sha256=sha256 or name,
    )


def test_the_better_grade_owns_though_the_other_is_newer():
    claims = [claim("signed", 10, 20, grade=3, generated=1), claim("upload", 0, 30, grade=1, generated=9)]
    assert owned_spans(claims) == {
        "signed": [(hour(10), hour(20))],
        "upload": [(hour(0), hour(10)), (hour(20), hour(30))],
    }


def test_of_one_grade_the_later_made_owns_and_a_file_without_a_time_is_older():
    claims = [claim("old", 0, 10, generated=1), claim("new", 5, 15, generated=2), claim("undated", 0, 20)]
    assert owned_spans(claims) == {
        "old": [(hour(0), hour(5))],
        "new": [(hour(5), hour(15))],
        "undated": [(hour(15), hour(20))],
    }


def test_otherwise_the_bytes_decide():
    claims = [claim("a", 0, 10, sha256="22"), claim("b", 0, 10, sha256="33")]
    assert owned_spans(claims) == {"a": [], "b": [(hour(0), hour(10))]}


def test_neighbours_of_one_owner_are_one_span_and_zones_do_not_matter():
    berlin = timezone(timedelta(hours=2))
    whole = Claim(
        id="w", span=(hour(0).astimezone(berlin), hour(9).astimezone(berlin)), grade=2, generated_at=None, sha256="1"
    )
    assert owned_spans([whole, claim("x", 3, 6)]) == {"w": [(hour(0), hour(9))], "x": []}


def test_a_claim_on_nothing_or_without_a_zone_is_refused():
    with pytest.raises(ClaimRefused, match="covers nothing"):
        claim("a", 3, 3)
    with pytest.raises(ClaimRefused, match="zone"):
        Claim(id="a", span=(datetime(2026, 6, 1), hour(2)), grade=1, generated_at=None, sha256="1")  # noqa: DTZ001
    assert owned_spans([]) == {}


CLAIMS = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.integers(1, 20),
        st.integers(1, 3),
        st.none() | st.integers(0, 3),
        st.sampled_from(["aa", "bb", "cc"]),
    ),
    max_size=12,
)


@given(CLAIMS, st.randoms(use_true_random=False))
def test_ownership_is_free_of_order_disjoint_and_covers_what_is_claimed(drawn, shuffle: random.Random):
    claims = [
        claim(f"c{number}", first, first + length, grade=grade, generated=generated, sha256=sha256)
        for number, (first, length, grade, generated, sha256) in enumerate(drawn)
    ]
    owned = owned_spans(claims)
    shuffled = list(claims)
    shuffle.shuffle(shuffled)
    assert owned_spans(shuffled) == owned
    for at in range(62):
        claiming = [one for one in claims if one.span[0] <= hour(at) < one.span[1]]
        owners = [name for name, spans in owned.items() if any(start <= hour(at) < end for start, end in spans)]
        best = max(claiming, key=lambda one: one.precedence, default=None)
        assert owners == ([] if best is None else [best.id])
