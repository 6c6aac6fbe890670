"""Increases that are owed for the periods of the term that are left: GitLab, Mattermost, Teleport."""

import json
from datetime import date
from decimal import Decimal

import pytest

from rollcall.period import BillingCycle, Period
from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.nouns import REPORTED_USERS
from rollcall.terms.over_periods import read_over_periods, write_over_periods

QUARTERS = BillingCycle("quarter", date(2026, 1, 1)).periods(Period(date(2026, 1, 1), date(2027, 1, 1)))
GITLAB = {"rule": "increase_over_bought", "bought": 100, "billed_for": "remaining_periods", "periods": 4}


def rule(document):
    return read_over_periods(Fields.of({"over_periods": document}, "metrics.seats"))


def billed(document, peaks):
    counted = list(zip(QUARTERS, map(Decimal, peaks), strict=True))
    return [int(rule(document).apply(counted[: number + 1], REPORTED_USERS).quantity) for number in range(len(peaks))]


@pytest.mark.parametrize(
    ("changed", "quantities"),
    [
        ({}, [30, 0, 10, 0]),
        ({"billed_for": "this_and_remaining_periods"}, [40, 0, 20, 0]),
        ({"bought": 120}, [0, 0, 0, 0]),
        ({"bought": 0}, [330, 0, 10, 0]),
        ({"periods": 2}, [10, 0, 0, 0]),
    ],
)
def test_an_increase_is_owed_for_the_periods_that_are_left(changed, quantities):
    assert billed({**GITLAB, **changed}, [110, 105, 120, 120]) == quantities


def test_an_increase_in_the_last_period_costs_nothing_where_only_later_ones_are_owed():
    assert billed(GITLAB, [100, 100, 100, 150]) == [0, 0, 0, 0]


def test_what_is_owed_once_adds_up_to_the_highest_period():
    once = {"rule": "increase_over_bought", "bought": 0, "billed_for": "once"}
    assert billed(once, [40, 55, 50, 60]) == [40, 15, 0, 5]


def test_the_words_say_the_increase_and_for_how_long():
    counted = list(zip(QUARTERS[:2], map(Decimal, (110, 130)), strict=True))
    said = rule(GITLAB).apply(counted, REPORTED_USERS).words
    assert said == "20 above the 110 bought before, for 2 periods of the term"
    assert rule(GITLAB).words(REPORTED_USERS, "quarter") == (
        "100 reported users are bought. What a quarter has above everything bought before is bought with it and billed "
        "for the quarters of the term that follow, of 4 in all; what is bought never falls within the term."
    )


@pytest.mark.parametrize("document", [GITLAB, {"rule": "increase_over_bought", "bought": 0, "billed_for": "once"}])
def test_it_is_written_as_it_was_read(document):
    assert json.loads(json.dumps(write_over_periods(rule(document)))) == document


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"rule": "increase_over_bought", "bought": 1}, "billed_for"),
        ({"rule": "increase_over_bought", "bought": 1, "billed_for": "remaining_periods"}, "periods"),
        ({"rule": "increase_over_bought", "bought": 1, "billed_for": "once", "periods": 4}, "periods"),
    ],
)
def test_what_changes_the_bill_must_be_said(document, path):
    with pytest.raises(TermsRefused) as refusal:
        rule(document)
    assert refusal.value.path == f"metrics.seats.over_periods.{path}"
