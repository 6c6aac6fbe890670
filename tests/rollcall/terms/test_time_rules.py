"""What terms say about time, and what they refuse to leave open."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.rollcall.terms.documents import plain_terms

PLAN: dict[str, Any] = {"price": {"model": "fixed", "amount": "30.00"}}
SEATS: dict[str, Any] = {"kind": "seats", "bought": [{"from": "2026-01-01", "seats": 5}]}
PER_SEAT: dict[str, Any] = {"metric": "seats", "price": {"model": "per_user", "unit_price": "8.00"}}
PART = {"start": "2026-01-10", "end": "2026-12-11"}


def with_plan(**keys: Any) -> dict[str, Any]:
    document = plain_terms()
    document["charges"]["plan"] = PLAN | keys
    return document


def with_seats(**keys: Any) -> dict[str, Any]:
    document = plain_terms()
    document["metrics"]["seats"] = SEATS
    document["charges"]["places"] = PER_SEAT | keys
    return document


def said(document: dict[str, Any], *words: str) -> list[str]:
    """The sentences that contain one of the words."""
    return [one for one in ContractTerms.from_json(document).sentences() if any(word in one for word in words)]


@pytest.mark.parametrize(
    ("rounded", "sentence"),
    [
        ("unit_price", "In a part of a month the price of one is reduced first and rounded half up, then multiplied."),
        (
            "unit_price_down",
            "In a part of a month the price of one is reduced first and cut to whole cents, then multiplied.",
        ),
        (
            "daily_price",
            "In a part of a month the price of a day is made first and rounded half up, then multiplied by its days.",
        ),
        ("factor_4_decimals", "A part of a month is rounded half up to four decimals before it is multiplied."),
    ],
)
def test_what_is_rounded_first_is_said(rounded: str, sentence: str) -> None:
    document = with_plan(parts_rounded=rounded, in_part_periods="reduced") | {"term": PART}
    assert said(document, "art of a month") == [
        "plan: A part of a month costs its share of the price.",
        f"plan: {sentence}",
        "A part of a month is its days divided by the days of the month.",
    ]
    terms = ContractTerms.from_json(document)
    assert ContractTerms.from_json(terms.to_json()) == terms
    assert terms.digest() != ContractTerms.from_json(document | {"charges": {"plan": PLAN}} | {"term": YEAR}).digest()


YEAR = {"start": "2026-01-01", "end": "2027-01-01"}


def test_what_is_not_reduced_needs_no_measure() -> None:
    assert said(with_plan(in_part_periods="whole") | {"term": PART}, "art of a month") == [
        "plan: A part of a month costs the whole of the price."
    ]
    assert said(with_plan(in_part_periods="reduced"), "is its days") == []
    assert said(with_plan(), "art of a month", "Trial") == []
    assert said(with_plan() | {"day_count": "seconds"}, "seconds") == []


def test_seats_always_need_a_measure_because_they_may_change_on_any_day() -> None:
    assert said(with_seats(), "is its days") == ["A part of a month is its days divided by the days of the month."]
    assert said(with_seats() | {"day_count": "seconds"}, "is its seconds") == [
        "A part of a month is its seconds divided by the seconds of the month, so that a day on which the clock changes "
        "has 23 or 25 hours."
    ]


def test_who_is_billed_in_advance_is_said() -> None:
    assert said(with_plan(bill="in_advance"), "in advance", "after it has") == [
        "Each calendar month is billed after it has ended, by the days of Europe/Berlin; the term is 1 Jan to 31 Dec 2026.",
        "plan is billed in advance, for each month from its first day on.",
    ]
    alone = with_plan(bill="in_advance")
    alone["charges"] = {"plan": alone["charges"]["plan"]}
    assert said(alone, "in advance", "after it has") == [
        "Each calendar month is billed in advance, by the days of Europe/Berlin; the term is 1 Jan to 31 Dec 2026.",
        "Every charge is billed in advance, for each month from its first day on.",
    ]
    floored = alone | {"limits": {"floor": {"minimum_amount": "100.00"}}}
    assert "after it has ended" in said(floored, "after it has")[0]


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("next_cycle", "A change of price or limits begins with the next cycle."),
        ("whole_cycle", "A change of price or limits inside a month holds for the whole of this month."),
        (
            "by_days",
            "A change of price or limits inside a month is rated by days: users are counted once over the month, rated "
            "under the terms before and after, and each result has the weight of its days.",
        ),
    ],
)
def test_what_a_change_does_is_said(rule: str, sentence: str) -> None:
    assert said(plain_terms() | {"mid_cycle": rule}, "change of price") == [sentence]


@pytest.mark.parametrize(
    ("document", "path", "sentence"),
    [
        (with_plan() | {"term": PART}, "charges.plan.in_part_periods", "must be stated"),
        (with_seats() | {"term": PART}, "charges.places.in_part_periods", "must be stated"),
        (with_plan(trial_until="2026-01-01"), "charges.plan.trial_until", "after its first day"),
        (with_plan(trial_until="2027-01-02"), "charges.plan.trial_until", "after its first day"),
        (with_plan(parts_rounded="cents"), "charges.plan.parts_rounded", "must be"),
        (
            with_plan(parts_rounded="daily_price") | {"day_count": "seconds"},
            "charges.plan.parts_rounded",
            "needs days",
        ),
        (with_seats(included=2), "charges.places.included", "leave free seats out"),
        (with_plan(included=2), "charges.plan.included", "has no metric"),
        (
            plain_terms()
            | {"day_count": "30_day_months", "cycle": {"unit": "days", "anchor": "2026-01-01", "length": 7}},
            "day_count",
            "needs a cycle of months",
        ),
        (
            plain_terms() | {"day_count": "30_day_months", "cycle": {"unit": "month", "anchor": "2026-01-31"}},
            "day_count",
            "31 Jan to 27 Feb 2026 would have 27",
        ),
        (
            plain_terms() | {"day_count": "30_day_months", "cycle": {"unit": "quarter", "anchor": "2026-01-31"}},
            "day_count",
            "days 1 to 28",
        ),
        (plain_terms(bill="in_advance"), "charges.seats.bill", "known when the cycle is over"),
        (plain_terms(trial_until="2026-02-02"), "charges.seats.trial_until", "first day of a cycle"),
    ],
)
def test_what_is_left_open_is_refused(document: dict[str, Any], path: str, sentence: str) -> None:
    with pytest.raises(TermsRefused, match=sentence) as refused:
        ContractTerms.from_json(document)
    assert refused.value.path == path


@pytest.mark.parametrize(
    ("unit", "anchor"), [("month", "2026-01-28"), ("year", "2025-12-31"), ("half_year", "2026-01-30")]
)
def test_months_of_30_days_may_begin_on_any_day_that_every_month_of_the_cycle_has(unit: str, anchor: str) -> None:
    document = plain_terms() | {"day_count": "30_day_months", "cycle": {"unit": unit, "anchor": anchor}}
    assert ContractTerms.from_json(document).day_count == "30_day_months"


def test_a_trial_may_last_for_the_whole_term() -> None:
    for document in (with_plan(trial_until="2027-01-01"), plain_terms(trial_until="2027-01-01")):
        assert said(document, "Trial")[0].endswith("Trial: the days before 1 Jan 2027 cost nothing.")


@pytest.mark.parametrize(("window", "last"), [({}, None), ({"window_days": 60}, date(2026, 3, 30))])
def test_usage_arrives_too_late_from_the_end_of_its_window_on(window: dict[str, Any], last: date | None) -> None:
    document = plain_terms() | {"true_up": {"ignore_below": "0.00", "settle": "next_invoice", **window}}
    rule = ContractTerms.from_json(document).true_up
    assert rule.last_day(date(2026, 1, 30)) == last
    days = (date(2026, 3, 30), date(2026, 3, 31))
    assert [rule.is_too_late(date(2026, 1, 30), day) for day in days] == [False, last is not None]
