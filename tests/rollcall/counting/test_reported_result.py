"""Reported counts and user lists go through a reading's answer unchanged, and nothing that only looks like them does."""

import pytest

from rollcall.intake.result import ReadResult, ReportedCount, ResultRefused, UserList

WHOLE = ReadResult(
    outcome="accepted",
    kind="counts",
    reported=(
        ReportedCount(day="2026-06-01", users=40, line=9, file="june.csv"),
        ReportedCount(day="2026-06-02", users=0, line=10, file="june.csv"),
    ),
    user_list=UserList(users=30, on="2026-07-03", latest="2026-07-02", billable=28),
)


def test_they_come_back_as_they_went():
    assert ReadResult.from_json(WHOLE.to_json()) == WHOLE
    assert WHOLE.to_json()["reported"][1] == {"day": "2026-06-02", "users": 0, "line": 10, "file": "june.csv"}
    assert WHOLE.to_json()["user_list"] == {
        "users": 30,
        "on": "2026-07-03",
        "latest": "2026-07-02",
        "billable": 28,
        "seats": None,
        "figures": {},
    }


def test_other_kinds_have_neither():
    empty = ReadResult.from_json(ReadResult(outcome="accepted", kind="events").to_json())
    assert (empty.reported, empty.user_list) == ((), None)


@pytest.mark.parametrize(
    "count",
    [
        {"day": "2026-06-31", "users": 1, "line": 2, "file": "f"},
        {"day": "20260601", "users": 1, "line": 2, "file": "f"},
        {"day": "2026-06-01", "users": -1, "line": 2, "file": "f"},
        {"day": "2026-06-01", "users": True, "line": 2, "file": "f"},
        {"day": "2026-06-01", "users": 1.0, "line": 2, "file": "f"},
        {"day": "2026-06-01", "users": 1},
        {"day": "2026-06-01", "users": 1, "line": 2, "file": "f", "extra": 1},
    ],
)
def test_a_count_that_is_none_is_refused(count):
    with pytest.raises(ResultRefused):
        ReadResult.from_json(WHOLE.to_json() | {"reported": [count]})


@pytest.mark.parametrize(
    "change", [{"users": None}, {"on": "3 July"}, {"billable": -1}, {"seats": "many"}, {"more": 1}]
)
def test_a_list_that_is_none_is_refused(change):
    document = WHOLE.to_json()
    with pytest.raises(ResultRefused):
        ReadResult.from_json(document | {"user_list": document["user_list"] | change})
