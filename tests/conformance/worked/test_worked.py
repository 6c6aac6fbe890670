"""Every stated case matches, every other one says why it is not stated, and nothing of a source is left out unseen."""

from collections import Counter

import pytest

from tests.conformance.worked import KINDS, Case, all_cases, faults_of, not_stated

CASES = all_cases()
# The kinds of which most must be stated, because contracts of active users are made of them.
MOSTLY_STATED = (
    "floor_true_up",
    "seat_daily_series",
    "included_usage",
    "cap",
    "commitment_overage",
    "credits_drawdown",
    "proration_fixed",
    "proration_seat",
    "reconciliation",
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_comes_out_as_its_source_states_it(case: Case) -> None:
    assert list(faults_of(case)) == []


def test_every_case_is_stated_or_says_why_not() -> None:
    left_out = not_stated()
    assert Counter(case.kind for case in CASES) + Counter(row["kind"] for row in left_out) == KINDS
    ids = [case.id for case in CASES] + [row["id"] for row in left_out]
    assert len(set(ids)) == len(ids) == 204
    assert all(len(row["reason"]) > 30 for row in left_out)


def test_enough_is_stated() -> None:
    stated = Counter(case.kind for case in CASES)
    assert sum(stated.values()) >= 174
    assert {kind: stated[kind] / KINDS[kind] for kind in MOSTLY_STATED if stated[kind] < 0.7 * KINDS[kind]} == {}


def test_every_case_compares_a_figure_and_says_how_it_was_read() -> None:
    for case in CASES:
        assert case.figures, case.id
        assert case.stated_as.endswith("."), case.id
        assert case.source, case.id


@pytest.mark.parametrize("case", CASES[::7], ids=lambda case: case.id)
def test_another_figure_would_be_noticed(case: Case) -> None:
    path = next(iter(case.figures))
    place = case.expected
    *above, last = path.split(".")
    for key in above:
        place = place[int(key)] if isinstance(place, list) else place[key]
    key = int(last) if isinstance(place, list) else last
    before, place[key] = place[key], "123456.78"
    found = list(faults_of(case))
    place[key] = before
    assert len(found) == 1
    assert found[0].startswith(f"{path}: ")
