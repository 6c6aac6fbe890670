"""The cases at the boundary of a definition are answered by the plain counter, and cover what people argue about."""

from datetime import date
from typing import Any

import pytest

from rollcall.counting.boundary_cases import BoundaryCase, boundary_cases
from rollcall.period import Period
from rollcall.terms.activity import ActivityDefinition

SEPTEMBER = Period(date(2026, 9, 1), date(2026, 10, 1))


def cases(**definition: Any) -> dict[str, BoundaryCase]:
    asked = ActivityDefinition.from_json({"actions": ["login"], "timezone": "Europe/Berlin", **definition})
    return {case.key: case for case in boundary_cases(definition=asked, period=SEPTEMBER)}


def users(**definition: Any) -> dict[str, int]:
    return {key: case.users for key, case in cases(**definition).items()}


def test_a_plain_definition_answers_every_question() -> None:
    assert users() == {
        "just_enough": 1,
        "last_minute": 1,
        "first_minute_after": 0,
        "by_the_clock_of_utc": 0,
        "other_action": 0,
        "failed": 0,
        "automatic": 0,
        "idle": 0,
        "account_only": 0,
        "service_account": 1,
        "two_spellings": 1,
        "two_addresses": 2,
        "two_instances": 1,
        "deactivated_later": 1,
    }


def test_the_last_minute_is_of_the_zone_of_the_contract() -> None:
    found = cases()
    assert "23:59 on 30 Sep 2026 (Europe/Berlin)" in found["last_minute"].words
    assert "22:00 UTC" in found["by_the_clock_of_utc"].words
    assert "by_the_clock_of_utc" not in cases(timezone="UTC")
    assert "04:00 UTC" in cases(timezone="America/New_York")["by_the_clock_of_utc"].words


@pytest.mark.parametrize(
    ("key", "definition", "counted"),
    [
        ("failed", {"actions": ["login", "login !failed"]}, 1),
        ("automatic", {"actions": ["login", "login !*"]}, 1),
        ("two_instances", {"per_instance": True}, 2),
        ("two_addresses", {"identity": {"aliases": {"jane@old.example": "jane@new.example"}}}, 1),
        ("one_too_few", {"min_events": 5}, 0),
        ("just_enough", {"min_events": 5}, 1),
        ("one_day", {"min_days": 2}, 0),
        ("just_enough", {"min_days": 2, "min_events": 3}, 1),
        ("first_minute_after", {"min_days": 2}, 0),
        ("last_minute", {"min_days": 2}, 1),
        ("excluded:svc-*", {"excluded_users": ["svc-*"]}, 0),
        ("excluded:*[[]bot]", {"excluded_users": ["*[[]bot]"]}, 0),
    ],
)
def test_each_clause_moves_the_case_that_it_is_about(key: str, definition: dict[str, Any], counted: int) -> None:
    assert users(**definition)[key] == counted


def test_one_event_too_few_of_two_is_once() -> None:
    assert cases(min_events=2)["one_too_few"].words.endswith(" once")
    assert cases(min_events=3)["one_too_few"].words.endswith(" 2 times")


def test_a_rolling_window_has_its_own_edge() -> None:
    found = cases(window={"days": 7})
    assert (found["first_day_of_window"].users, found["day_before_window"].users) == (1, 0)
    assert "24 Sep 2026" in found["first_day_of_window"].words
    assert "first_day_of_window" not in cases(window={"days": 7}, evaluate="daily")


def test_any_action_has_no_other_one() -> None:
    assert "other_action" not in cases(actions=["*"])


def test_a_case_says_why_and_is_kept_as_json() -> None:
    case = cases(min_days=2)["one_day"]
    assert case.because == "too few days with a qualifying action"
    assert case.to_json() == {"key": "one_day", "words": case.words, "users": 0, "because": case.because}
    assert cases() == cases(), "the same definition gives the same cases"
