"""Missing days by the gap rule, in exact amounts: an estimate is a line of its own, without users."""

from datetime import date
from decimal import Decimal

import pytest

from rollcall.period import Period
from rollcall.rating import PeriodUsage, Rating, TermUsage, explain, rate_term, settle
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.rollcall.terms.documents import full_terms, plain_terms

PRIOR_PERIOD, PRIOR_PEAK = {"rule": "prior_period"}, {"rule": "prior_peak"}
HELD_FIRST = {"hold_at_most_days": 5, "then": "prior_period"}


def month(number):
    return Period(date(2026, number, 1), date(2026, number + 1, 1))


def usage(*months):
    """Months from January on, each as its users, or as (users, missing days)."""
    pairs = [entry if isinstance(entry, tuple) else (entry, 0) for entry in months]
    return TermUsage(
        periods=tuple(
            PeriodUsage(period=month(number), quantities={"active": {"users": users}}, missing_days=missing)
            for number, (users, missing) in enumerate(pairs, start=1)
        )
    )


def rate(document, *months) -> Rating:
    return rate_term(terms=ContractTerms.from_json(document), usage=usage(*months)).periods[-1]


def lines(rating):
    return [(line.key, line.kind, str(line.quantity), str(line.unit_price), str(line.amount)) for line in rating.lines]


def limited(gap_rule, **charge):
    return plain_terms(**charge) | {"gap_rule": gap_rule}


def tiered(gap_rule):
    document = full_terms() | {"gap_rule": gap_rule}
    del document["charges"]["seats"]["cap"]
    return document


@pytest.mark.parametrize(
    ("case", "document", "months", "expected"),
    [
        ("250 of the 320 of the month before are known, 70 are estimated", limited(PRIOR_PERIOD), [320, (250, 3)],
         [("seats/price", "usage", "250", "29.00", "7250.00"),
          ("seats/estimate", "estimated", "70", "29.00", "2030.00")]),
        ("the same after a hold that has ended", limited(HELD_FIRST), [320, (250, 3)],
         [("seats/price", "usage", "250", "29.00", "7250.00"),
          ("seats/estimate", "estimated", "70", "29.00", "2030.00")]),
        ("more are known than the month before had: nothing is added", limited(PRIOR_PERIOD), [200, (250, 3)],
         [("seats/price", "usage", "250", "29.00", "7250.00")]),
        ("nothing at all was reported: the month before, without a single name", limited(PRIOR_PERIOD), [320, (0, 28)],
         [("seats/price", "usage", "0", "29.00", "0.00"),
          ("seats/estimate", "estimated", "320", "29.00", "9280.00")]),
        ("the second silent month looks at what the first was billed", limited(PRIOR_PERIOD), [320, (0, 28), (10, 30)],
         [("seats/price", "usage", "10", "29.00", "290.00"),
          ("seats/estimate", "estimated", "310", "29.00", "8990.00")]),
        ("the peak is the highest earlier month, not the last", limited(PRIOR_PEAK), [400, 320, (250, 1)],
         [("seats/price", "usage", "250", "29.00", "7250.00"),
          ("seats/estimate", "estimated", "150", "29.00", "4350.00")]),
        ("an estimate across a tier is priced as its users would be", tiered(PRIOR_PERIOD), [520, (490, 2)],
         [("seats/price/tier-1", "usage", "490", "29.00", "14210.00"),
          ("seats/estimate/tier-1", "estimated", "10", "29.00", "290.00"),
          ("seats/estimate/tier-2", "estimated", "20", "25.00", "500.00")]),
        ("the floor is lifted from what is estimated, not from what is known", tiered(PRIOR_PERIOD), [380, (300, 2)],
         [("seats/price/tier-1", "usage", "300", "29.00", "8700.00"),
          ("seats/estimate/tier-1", "estimated", "80", "29.00", "2320.00"),
          ("seats/floor", "floor", "20", "29.00", "580.00")]),
        ("included users that nobody used are free for estimated ones", limited(PRIOR_PERIOD, included=260),
         [320, (250, 2)],
         [("seats/included", "included", "250", "0.00", "0.00"), ("seats/price", "usage", "0", "29.00", "0.00"),
          ("seats/estimate", "estimated", "60", "29.00", "1740.00")]),
        ("the cap holds the estimate too", limited(PRIOR_PERIOD, cap={"amount": "9000.00"}), [320, (250, 2)],
         [("seats/price", "usage", "250", "29.00", "7250.00"),
          ("seats/estimate", "estimated", "70", "29.00", "2030.00"),
          ("seats/cap", "cap", "-1", "280.00", "-280.00")]),
        ("what is known is billed, and nothing else", limited({"rule": "bill_known"}), [320, (250, 3)],
         [("seats/price", "usage", "250", "29.00", "7250.00")]),
        ("no day is missing: the rule does nothing", limited(PRIOR_PEAK), [320, 250],
         [("seats/price", "usage", "250", "29.00", "7250.00")]),
    ],
)  # fmt: skip
def test_missing_days(case, document, months, expected):
    assert lines(rate(document, *months)) == expected, case


def test_the_line_says_what_it_rests_on_and_what_becomes_of_it():
    rating = rate(limited(PRIOR_PERIOD), 320, (250, 3))
    assert rating.lines[-1].words == (
        "Estimated for 3 days without a report: 1 to 31 Jan 2026 had 320 users, 320 − 250 = 70 users; "
        "settled when the days arrive"
    )
    (entry,) = [told for told in explain(rating) if told["step"] == "estimate"]
    assert (entry["arithmetic"], entry["amount"], entry["sum"]) == (
        "320 − 250 = 70 users; 70 × 29.00",
        "2030.00",
        "9280.00",
    )


def test_the_working_says_so_where_nothing_had_to_be_estimated():
    (entry,) = [told for told in explain(rate(limited(PRIOR_PERIOD), 200, (250, 3))) if told["step"] == "estimate"]
    assert (entry["arithmetic"], entry["amount"]) == (
        "not needed: 250 are known, 1 to 31 Jan 2026 had 200 users",
        "0.00",
    )


def test_the_days_arrive_and_the_difference_of_totals_settles_the_estimate():
    then = rate(limited(PRIOR_PERIOD), 320, (250, 3))
    now = rate(limited(PRIOR_PERIOD), 320, 261)
    assert (str(then.net_amount), str(now.net_amount)) == ("9280.00", "7569.00")
    assert settle(before=then, after=now).difference_amount == Decimal("-1711.00")


@pytest.mark.parametrize(
    ("case", "gap_rule", "months", "sentence"),
    [
        ("there is no earlier month", PRIOR_PERIOD, [(250, 3)], "none was counted"),
        ("there is no earlier month to be the highest", PRIOR_PEAK, [(250, 3)], "none was counted"),
        ("a hold without an end is for a person", {"rule": "hold"}, [320, (250, 3)], "until a person decides"),
    ],
)
def test_missing_days_that_cannot_be_billed_are_refused(case, gap_rule, months, sentence):
    with pytest.raises(TermsRefused, match=sentence):
        rate(limited(gap_rule), *months)


ONCE = {"rule": "increase_over_bought", "bought": 10, "billed_for": "once"}
MEAN = {"rule": "mean_of_periods", "periods": 2, "rounding": "up"}
FREE = {"rule": "allowance_of_periods", "periods": 3, "quantity": 100}
MARK = {"rule": "high_water_mark"}
BURST = {"rule": "burst_allowance", "percent": "20", "periods_per_term": 1}


@pytest.mark.parametrize(
    ("case", "rule", "gap_rule", "months", "expected"),
    [
        ("the 20 above the 10 were bought in January, and once", ONCE, PRIOR_PERIOD, [30, (3, 10)], [20, 0]),
        ("so they were where nothing at all was reported", ONCE, PRIOR_PERIOD, [30, (0, 28), (0, 31)], [20, 0, 0]),
        ("what is known to be more is bought", ONCE, PRIOR_PERIOD, [30, (42, 10)], [20, 12]),
        ("the highest stays without an estimate", MARK, PRIOR_PERIOD, [60, 20, (3, 10)], [60, 60, 60]),
        ("the mean of 30 and 30, of which 17 were billed for 30 and 3", MEAN, PRIOR_PERIOD, [30, (3, 10)], [30, 30]),
        ("and the mean of the month after is of what was estimated", MEAN, PRIOR_PERIOD, [30, (3, 10), 10],
         [30, 30, 20]),
        ("of 60 and 60 the first 100 are free, and none in March", FREE, PRIOR_PERIOD, [60, (0, 28), 30], [0, 20, 30]),
        ("130 as in February, the burst used up", BURST, {"rule": "prior_peak"}, [100, 130, (90, 1)], [100, 110, 130]),
    ],
)  # fmt: skip
def test_a_rule_over_periods_is_applied_to_what_is_estimated(case, rule, gap_rule, months, expected):
    document = limited(gap_rule)
    document["metrics"]["active"]["over_periods"] = rule
    rated = rate_term(terms=ContractTerms.from_json(document), usage=usage(*months)).periods
    assert [sum(line.quantity for line in rating.lines) for rating in rated] == expected, case


def test_the_line_says_what_the_rule_bills_of_the_missing_users():
    document = limited(PRIOR_PERIOD)
    document["metrics"]["active"]["over_periods"] = MEAN
    assert rate(document, 30, (3, 10)).lines[-1].words == (
        "Estimated for 10 days without a report: 1 to 31 Jan 2026 had 30 users, 30 − 3 = 27 users; with them mean of 2 "
        "periods, (30 + 30) ÷ 2 = 30, 17 + 13 = 30 users billed; settled when the days arrive"
    )
    document["metrics"]["active"]["over_periods"] = ONCE
    (entry,) = [told for told in explain(rate(document, 30, (3, 10))) if told["step"] == "estimate"]
    assert (entry["arithmetic"], entry["amount"]) == (
        "30 − 3 = 27 users; with them 0 above the 30 bought before, nothing more to bill",
        "0.00",
    )


def test_the_month_before_is_the_month_before():
    """A month that was never rated leaves a hole; the one before the hole does not stand for it."""
    terms = ContractTerms.from_json(limited(PRIOR_PERIOD))
    first, _, third = usage(320, 300, (250, 3)).periods
    with pytest.raises(TermsRefused, match="none was counted"):
        rate_term(terms=terms, usage=TermUsage(periods=(first, third)))


def test_missing_days_in_json():
    document = {"periods": [{"start": "2026-02-01", "end": "2026-03-01", "quantities": {"active": {"users": 250}}}]}
    assert TermUsage.from_json(document).periods[0].missing_days == 0
    document["periods"][0]["missing_days"] = 3
    assert TermUsage.from_json(document).periods[0].missing_days == 3
    document["periods"][0]["missing_days"] = -1
    with pytest.raises(TermsRefused, match="missing_days"):
        TermUsage.from_json(document)


JUNE = Period(date(2026, 6, 1), date(2026, 7, 1))


@pytest.mark.parametrize(
    ("case", "calculation", "gap_rule", "missing_days", "users"),
    [
        ("five of thirty days are zero in the average", {"calculation": "average", "average_over": "days_reported",
         "rounding": "up"}, "zero", 5, 84),
        ("without the rule the average is over what was reported", {"calculation": "average",
         "average_over": "days_reported", "rounding": "up"}, "bill_known", 5, 100),
        ("the last day is missing, so the last count is zero", {"calculation": "last"}, "zero", 5, 0),
        ("the lowest is zero", {"calculation": "min"}, "zero", 5, 0),
        ("the highest and the sum know no difference", {"calculation": "max"}, "zero", 5, 100),
        ("no day is missing: nothing is read as zero", {"calculation": "last"}, "zero", 0, 100),
    ],
)  # fmt: skip
def test_a_missing_day_of_reported_counts_may_be_zero(case, calculation, gap_rule, missing_days, users):
    document = limited({"rule": gap_rule})
    document["metrics"] = {"active": {"kind": "reported_users", **calculation}}
    daily = {date(2026, 6, day): 100 for day in range(1, 26)}
    given = PeriodUsage(period=JUNE, quantities={}, daily={"active": daily}, missing_days=missing_days)
    (rating,) = rate_term(terms=ContractTerms.from_json(document), usage=TermUsage(periods=(given,))).periods
    assert sum(line.quantity for line in rating.lines) == users, case
    assert any("5 days without a report read as zero" in line.words for line in rating.lines) == (
        gap_rule == "zero" and missing_days == 5
    ), case


def test_a_month_without_any_reported_count_is_not_zero_even_so():
    document = limited({"rule": "zero"})
    document["metrics"] = {"active": {"kind": "reported_users", "calculation": "max"}}
    given = PeriodUsage(period=JUNE, quantities={}, daily={"active": {}}, missing_days=30)
    with pytest.raises(TermsRefused, match="never zero"):
        rate_term(terms=ContractTerms.from_json(document), usage=TermUsage(periods=(given,)))


def test_the_rule_for_reported_counts_is_agreed_in_words():
    document = limited({"rule": "zero"})
    document["metrics"] = {"active": {"kind": "reported_users", "calculation": "max"}}
    said = ContractTerms.from_json(document).sentences()
    assert (
        "Where days are missing, a day without a reported count is read as zero; what arrives later is settled." in said
    )


PACKAGES = {"model": "package", "size": "10", "package_price": "300.00", "rounding": "up"}
BY_VOLUME = {
    "model": "volume",
    "bound": "inclusive",
    "tiers": [{"up_to": 10, "unit_price": "10.00"}, {"up_to": None, "unit_price": "3.00"}],
}


@pytest.mark.parametrize(
    ("case", "charge", "months", "estimated", "said"),
    [
        ("12 more on a line of 12", {"price": {"model": "per_user", "unit_price": "10.00"}}, [20, (8, 3)], "12", {}),
        ("two packages more of 25 people, 3 known", {"price": PACKAGES}, [25, (3, 3)], "1", {"seats": "22"}),
        ("no package more", {"price": PACKAGES}, [19, (11, 3)], "0", {"seats": "8"}),
        (
            "12 at 3.00 cost less than 9 at 10.00, and an estimate lowers nothing",
            {"price": BY_VOLUME},
            [12, (9, 3)],
            "0",
            {"seats": "3"},
        ),
        (
            "2 of 12 are included",
            {"price": {"model": "per_user", "unit_price": "10.00"}, "included": 10},
            [20, (8, 3)],
            "10",
            {"seats": "12"},
        ),
    ],
)
def test_estimated_users_are_told_where_lines_do_not_say_them(case, charge, months, estimated, said):
    document = limited(PRIOR_PERIOD)
    document["charges"]["seats"] |= charge
    rating = rate(document, *months)
    assert str(sum(line.quantity for line in rating.lines if line.kind == "estimated")) == estimated, case
    assert rating.to_json().get("estimated_users", {}) == said, case
    assert Rating.from_json(rating.to_json(), currency="EUR").to_json() == rating.to_json(), case
    assert rating.of_charge("other").beside_lines == {}, case
