"""Rules over the periods of a term: what they bill, what they say, what they refuse."""

from datetime import date
from decimal import Decimal

import pytest

from rollcall.period import BillingCycle, Period
from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.later_stage import RULES
from rollcall.terms.nouns import ACTIVE_USERS
from rollcall.terms.over_periods import read_over_periods, write_over_periods

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
MONTHS = BillingCycle("month", date(2026, 1, 1)).periods(YEAR)
BURST = {"rule": "burst_allowance", "percent": "20", "periods_per_term": 2}
STATED = {
    "high_water_mark": {"rule": "high_water_mark"},
    "mean_of_periods": {"rule": "mean_of_periods", "periods": 3, "rounding": "up"},
    "burst_allowance": BURST,
    "allowance_of_periods": {"rule": "allowance_of_periods", "periods": 3, "quantity": 1500},
}


def read(document):
    rule = read_over_periods(Fields.of({"over_periods": document}, "metrics.q"))
    assert rule is not None
    return rule


def billed(document, *counted):
    """Bill month after month and return the quantities with the words of the last."""
    rule, found, words = read(document), [], ""
    for number in range(len(counted)):
        looked_at = range(number - rule.looks_at(number), number + 1)
        entries = [(MONTHS[month], Decimal(counted[month])) for month in looked_at]
        reduced = rule.apply(entries, ACTIVE_USERS)
        found.append(int(reduced.quantity))
        words = reduced.words
    return found, words


def test_a_rule_is_read_back_as_it_was_written():
    assert set(STATED) <= set(RULES)
    for document in STATED.values():
        assert write_over_periods(read(document)) == document
    assert read_over_periods(Fields.of({}, "")) is None
    assert read_over_periods(Fields.of({"over_periods": None}, "")) is None


@pytest.mark.parametrize(
    ("case", "document", "counted", "quantities", "words"),
    [
        ("a peak stays", STATED["high_water_mark"], (23, 20, 21), [23, 23, 23],
         "the highest of the term stays: 23 active users in 1 to 31 Jan 2026, 21 now"),
        ("a new peak", STATED["high_water_mark"], (23, 20, 25), [23, 23, 25], "the highest of the term so far"),
        ("the mean of three", STATED["mean_of_periods"], (900, 1400, 650, 800), [900, 1150, 984, 950],
         "mean of 3 periods, (1,400 + 650 + 800) ÷ 3 = 950"),
        ("a third is rounded", STATED["mean_of_periods"], (1, 1, 2), [1, 1, 2],
         "(1 + 1 + 2) ÷ 3 = about 1.33, rounded up to 2"),
        ("two bursts above the month before", BURST, (100, 115, 100, 130, 100, 150),
         [100, 100, 100, 110, 100, 150], "all 2 bursts of the term are used"),
        ("a burst within its share", BURST, (100, 115), [100, 100],
         "burst 1 of 2: 115 are 15 above 100, 15 of them free"),
        ("a burst beyond its share", BURST, (100, 130), [100, 110],
         "burst 1 of 2: 130 are 30 above 100, 20 of them free"),
        ("the share is rounded down", BURST | {"percent": "33.3"}, (10, 20), [10, 17], "3 of them free"),
        ("above an agreed number", BURST | {"above": 400}, (410, 390, 500, 450), [400, 390, 420, 450],
         "all 2 bursts of the term are used"),
        ("no burst in the first month", BURST, (500,), [500], "no burst, 0 of 2 used"),
        ("an allowance for a quarter", STATED["allowance_of_periods"], (700, 200, 333, 1000, 600, 900),
         [0, 0, 0, 0, 100, 900], "900, of them 0 within the allowance of 1,500 for 3 periods, of which 0 were left"),
    ],
)  # fmt: skip
def test_month_by_month(case, document, counted, quantities, words):
    found, said = billed(document, *counted)
    assert found == quantities, case
    assert words in said


@pytest.mark.parametrize(
    ("document", "place", "sentence"),
    [
        ({"rule": "median"}, "rule", '"high_water_mark"'),
        ({"rule": "high_water_mark", "periods": 3}, "periods", "is not a key of a rule over periods"),
        ({"rule": "mean_of_periods", "periods": 1, "rounding": "up"}, "periods", "at least 2"),
        ({"rule": "mean_of_periods", "periods": 3}, "rounding", "say how a mean"),
        (BURST | {"percent": "0"}, "percent", "no burst"),
        (BURST | {"periods_per_term": 0}, "periods_per_term", "at least 1"),
        (BURST | {"above": "last_year"}, "above", "whole number"),
        ({"rule": "allowance_of_periods", "periods": 3, "quantity": 0}, "quantity", "at least 1"),
    ],
)
def test_what_cannot_be_meant_is_refused(document, place, sentence):
    with pytest.raises(TermsRefused, match=sentence) as refused:
        read(document)
    assert refused.value.path == f"metrics.q.over_periods.{place}"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("high_water_mark", "Each month is billed the highest number of active users that any month of the term had so far."),
        ("mean_of_periods", "Each month is billed the mean number of active users of itself and the 2 before it, rounded up; at the start of the term, of as many as there are."),
        ("burst_allowance", "In the first 2 months of the term with more active users than in the month before, those above are not billed, up to 20 % of that number rounded down; what goes beyond is billed."),
        ("allowance_of_periods", "Of every 3 months, counted from the start of the term, 1,500 active users together are free; what goes beyond is billed in the month in which it arises."),
    ],
)  # fmt: skip
def test_the_words_of_a_rule(name, words):
    assert read(STATED[name]).words(ACTIVE_USERS, "month") == words
