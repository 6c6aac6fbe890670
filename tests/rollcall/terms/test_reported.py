"""Terms that bill reported counts: what a month of daily numbers comes to, in users, in money and in words."""

from datetime import date, timedelta

import pytest

from rollcall.counting.aggregates import DayOutside, NoDailyCount, reduce_daily
from rollcall.period import Period
from rollcall.rating import TermUsage, explain, rate_term
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.metrics import read_metric

JUNE = Period(date(2026, 6, 1), date(2026, 7, 1))
FIVE_DAYS = Period(date(2026, 6, 1), date(2026, 6, 6))


def metric(calculation, **more):
    return read_metric(Fields.of({"kind": "reported_users", "calculation": calculation} | more, ""), "UTC").calculation


def average(over, rounding="half_up"):
    return metric("average", average_over=over, rounding=rounding)


def days(*users):
    """Return daily counts from 1 June on; None is a day without one."""
    first = date(2026, 6, 1)
    return {first + timedelta(days=number): count for number, count in enumerate(users) if count is not None}


# Five days, 90, 110, 100, none, 95: the day without a number is not a zero.
SERIES = days(90, 110, 100, None, 95)


@pytest.mark.parametrize(
    ("case", "agreed", "daily", "users", "words"),
    [
        ("highest day", metric("max"), SERIES, 110, "maximum of 4 daily counts, 110 on 2 Jun 2026"),
        ("lowest known day, not the missing one", metric("min"), SERIES, 90, "minimum of 4 daily counts, 90 on 1 Jun 2026"),
        ("all days added", metric("sum"), SERIES, 395, "sum of 4 daily counts"),
        ("last day", metric("last"), SERIES, 95, "last of 4 daily counts, 95 on 5 Jun 2026"),
        (
            "average of what is known",
            average("days_reported"),
            SERIES,
            99,
            "average of 4 daily counts over the days reported, 395 ÷ 4 = 98.75, rounded to 99",
        ),
        ("rounded down", average("days_reported", "down"), SERIES, 98, "395 ÷ 4 = 98.75, rounded to 98"),
        (
            "divided by all days of the period",
            average("days_of_period"),
            SERIES,
            79,
            "average of 4 daily counts over all days of the period, 395 ÷ 5 = 79",
        ),
        ("a half goes up", average("days_reported"), days(1, 2), 2, "3 ÷ 2 = 1.5, rounded to 2"),
        ("a third", average("days_reported"), days(1, 1, 2), 1, "4 ÷ 3 = about 1.33, rounded to 1"),
        ("a third, always up", average("days_reported", "up"), days(1, 1, 2), 2, "rounded to 2"),
        ("two highest days: the first is named", metric("max"), days(7, 9, 9), 9, "9 on 2 Jun 2026"),
        ("one day of the quarter", metric("last"), days(64), 64, "last of 1 daily count, 64 on 1 Jun 2026"),
        ("a stated zero is a zero", metric("min"), days(5, 0, 5), 0, "minimum of 3 daily counts, 0 on 2 Jun 2026"),
    ],
)  # fmt: skip
def test_five_days(case, agreed, daily, users, words):
    reduced = reduce_daily(calculation=agreed, daily=daily, period=FIVE_DAYS)
    assert reduced.quantity == users, case
    assert words in reduced.words


def test_no_day_at_all_is_no_quantity():
    with pytest.raises(NoDailyCount, match="never zero"):
        reduce_daily(calculation=metric("max"), daily={}, period=JUNE)


def test_a_day_of_another_month_is_refused():
    with pytest.raises(DayOutside, match="1 Jul 2026 is not a day"):
        reduce_daily(calculation=metric("max"), daily={date(2026, 7, 1): 5}, period=JUNE)


def document(**agreed):
    return {
        "currency": "EUR",
        "timezone": "Europe/Berlin",
        "term": {"start": "2026-01-01", "end": "2027-01-01"},
        "cycle": {"unit": "month", "anchor": "2026-01-01"},
        "metrics": {"seats": {"kind": "reported_users", "calculation": "max"} | agreed},
        "charges": {"seats": {"metric": "seats", "price": {"model": "per_user", "unit_price": "10.00"}}},
        "tax": {"category": "S", "rate": "19"},
    }


def rated(quantity, **agreed):
    usage = {"periods": [{"start": "2026-06-01", "end": "2026-07-01", "quantities": {"seats": quantity}}]}
    return rate_term(terms=ContractTerms.from_json(document(**agreed)), usage=TermUsage.from_json(usage)).periods[0]


# 29 of the 30 days of June have a number; the highest is 55, on 12 June.
GITLAB = {f"2026-06-{day:02}": 40 + day % 7 for day in range(1, 31) if day != 17} | {"2026-06-12": 55}


def test_gitlab_29_days_at_most_55_on_a_day_at_ten_euros_is_550():
    rating = rated({"daily_users": GITLAB})
    assert str(rating.net_amount) == "550.00"
    assert rating.lines[0].words == "Reported users: maximum of 29 daily counts, 55 on 12 Jun 2026"
    assert explain(rating)[0]["words"] == "Each reported user costs EUR 10.00."


@pytest.mark.parametrize(
    ("agreed", "amount"),
    [
        ({"calculation": "max"}, "550.00"),
        ({"calculation": "min"}, "400.00"),
        ({"calculation": "last"}, "420.00"),
        ({"calculation": "sum"}, f"{10 * sum(GITLAB.values())}.00"),
        ({"calculation": "average", "average_over": "days_reported", "rounding": "up"}, "440.00"),
        ({"calculation": "average", "average_over": "days_of_period", "rounding": "up"}, "420.00"),
    ],
)
def test_the_same_month_under_every_calculation(agreed, amount):
    assert (sum(GITLAB.values()), len(GITLAB)) == (1254, 29)
    assert str(rated({"daily_users": GITLAB}, **agreed).net_amount) == amount


@pytest.mark.parametrize(
    ("quantity", "sentence"),
    [
        ({"daily_users": {}}, "never zero"),
        ({"daily_users": {"2026-07-01": 5}}, "not a day of 1 to 30 Jun 2026"),
        ({"daily_users": {"2026-06-31": 5}}, "not a day of the calendar"),
        ({"daily_users": {"2026-06-01": -5}}, "whole number"),
        ({"daily_users": {"2026-06-01": 5}, "users": 5}, '"users"|users'),
    ],
)
def test_daily_counts_that_cannot_be_meant_are_refused(quantity, sentence):
    with pytest.raises(TermsRefused, match=sentence):
        rated(quantity)


def test_daily_counts_never_become_active_users():
    active = {"kind": "active_users", "definition": {"actions": ["login"]}, "calculation": "unique"}
    with pytest.raises(TermsRefused, match="active users never come from daily counts"):
        rated({"daily_users": GITLAB}, **active)


@pytest.mark.parametrize(
    ("agreed", "where"),
    [
        ({"calculation": "unique"}, "metrics.seats.calculation"),
        ({"calculation": "average"}, "metrics.seats.average_over"),
        ({"calculation": "average", "average_over": "days_reported"}, "metrics.seats.rounding"),
        ({"calculation": "max", "rounding": "up"}, "metrics.seats.rounding"),
        ({"calculation": "max", "definition": {"actions": ["*"]}}, "metrics.seats.definition"),
        ({"calculation": "max", "more": 1}, "metrics.seats.more"),
        ({"kind": "logins"}, "metrics.seats.kind"),
    ],
)
def test_terms_leave_nothing_open_and_nothing_over(agreed, where):
    with pytest.raises(TermsRefused) as refused:
        ContractTerms.from_json(document(**agreed))
    assert refused.value.path == where


def test_the_contract_says_how_reported_users_are_billed():
    said = ContractTerms.from_json(document(calculation="average", average_over="days_of_period", rounding="up"))
    assert said.sentences()[1:3] == [
        "Reported users are the sum of the daily counts divided by all days of the period, rounded up to whole users. "
        "The daily counts are what the instances report, each for the day it names; nobody's activity is counted. "
        "Counts of several instances are added day by day; a day counts when every instance has reported it. "
        "A day without a count adds nothing to the sum.",
        "Each reported user costs EUR 10.00.",
    ]
    assert ContractTerms.from_json(said.to_json()) == said
    assert ContractTerms.from_json(said.shortest_form()).digest() == said.digest()


def test_a_day_that_is_missing_is_read_as_zero_only_where_the_contract_says_so():
    agreed = document(calculation="min") | {"gap_rule": {"rule": "zero"}}
    assert "a day without a reported count is read as zero" in " ".join(ContractTerms.from_json(agreed).sentences())
