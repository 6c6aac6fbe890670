"""Where published systems give different money for the same facts: both answers are terms, and both are said.

Each row is one question with the amounts of the two readings; the published ones are named in `docs/terms-switches.md`.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest

from rollcall.rating import TaxedAmount, TermUsage, rate_term, total
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from rollcall.terms.templates import merged

JANUARY = {"start": "2026-01-01", "end": "2026-02-01"}
BASE = {
    "currency": "EUR",
    "timezone": "UTC",
    "term": JANUARY,
    "cycle": {"unit": "month", "anchor": "2026-01-01"},
    "metrics": {"users": {"kind": "active_users", "definition": {"actions": ["login"]}}},
    "charges": {"seats": {"metric": "users", "price": {"model": "per_user", "unit_price": "10.00"}}},
    "tax": {"category": "S", "rate": "20"},
}
REPORTED = {"kind": "reported_users", "definition": None}
UNITS = {"kind": "action_quantity", "definition": {"actions": ["unit"]}, "measure": "sum", "unit": "unit"}


@dataclass(frozen=True)
class Question:
    """One question: what both sides agree on, the usage, and the two answers with what they come to."""

    name: str
    agreed: dict[str, Any]
    usage: dict[str, Any]
    answers: tuple[tuple[dict[str, Any], str], ...]
    must_be_said: str = ""
    periods: tuple[dict[str, str], ...] = field(default=(JANUARY,))


def seats(**keys):
    return {"charges": {"seats": keys}}


def metric(**keys):
    return {"metrics": {"users": keys}}


def price(**keys):
    return seats(price={"unit_price": None, **keys})


def by_day(*numbers):
    return {
        "daily_users": {
            (date(2026, 1, 1) + timedelta(days=day)).isoformat(): number for day, number in enumerate(numbers)
        }
    }


FIXED_PART = {
    "term": {"start": "2026-01-17"},
    **seats(metric=None, price={"model": "fixed", "unit_price": None, "amount": "100.00"}, in_part_periods="reduced"),
}
PART = ({"start": "2026-01-17", "end": "2026-02-01"},)
VOLUME = {"model": "volume", "unit_price": None}
TIERS = [{"up_to": 200, "unit_price": "0.05"}, {"up_to": None, "unit_price": "0.10"}]
FLAT = [{"up_to": 5, "unit_price": "1.00", "flat_amount": "100.00"}, {"up_to": None, "unit_price": "1.00"}]
STEPS = [{"up_to": 10, "amount": "50.00"}, {"up_to": 20, "amount": "80.00"}, {"up_to": None, "amount": "100.00"}]
HALF = {"name": "half", "percent": "50"}
QUARTERS = tuple(
    {"start": start, "end": end}
    for start, end in (
        ("2026-01-01", "2026-04-01"),
        ("2026-04-01", "2026-07-01"),
        ("2026-07-01", "2026-10-01"),
        ("2026-10-01", "2027-01-01"),
    )
)

QUESTIONS = (
    Question(
        "does the upper bound belong to the band",
        price(**VOLUME, tiers=TIERS),
        {"users": 200},
        ((price(bound="inclusive"), "10.00"), (price(bound="exclusive"), "20.00")),
        must_be_said="charges.seats.price.bound",
    ),
    Question(
        "is the first flat fee due at zero usage",
        price(model="graduated", bound="inclusive", tiers=FLAT),
        {"users": 0},
        ((price(at_zero="first_flat"), "100.00"), (price(at_zero="nothing"), "0.00")),
        must_be_said="charges.seats.price.at_zero",
    ),
    Question(
        "the highest step or all that are passed",
        price(model="stairstep", bound="inclusive", at_zero="nothing", steps=STEPS),
        {"users": 15},
        ((price(stairs="highest"), "80.00"), (price(stairs="all"), "130.00")),
        must_be_said="charges.seats.price.stairs",
    ),
    Question(
        "how long is a month",
        FIXED_PART,
        {},
        (({"day_count": "real_days"}, "48.39"), ({"day_count": "30_day_months"}, "46.67")),
        periods=PART,
    ),
    Question(
        "what is rounded first",
        {
            "term": {"start": "2026-01-17"},
            "cycle": {"unit": "days", "anchor": "2026-01-02", "length": 30},
            **seats(
                metric=None, price={"model": "fixed", "unit_price": None, "amount": "10.00"}, in_part_periods="reduced"
            ),
        },
        {},
        ((seats(parts_rounded="amount"), "5.00"), (seats(parts_rounded="daily_price"), "4.95")),
        periods=PART,
    ),
    Question(
        "a fragment of the plan is whole or reduced",
        FIXED_PART,
        {},
        ((seats(in_part_periods="reduced"), "48.39"), (seats(in_part_periods="whole"), "100.00")),
        must_be_said="charges.seats.in_part_periods",
        periods=PART,
    ),
    Question(
        "a floor in a fragment",
        {"term": {"start": "2026-01-17"}, **seats(floor={"minimum_amount": "310.00"})},
        {"users": 8},
        (
            (seats(floor={"in_part_periods": "whole"}), "310.00"),
            (seats(floor={"in_part_periods": "reduced"}), "150.00"),
        ),
        periods=PART,
    ),
    Question(
        "included units in a fragment",
        {"term": {"start": "2026-01-17"}},
        {"users": 40},
        (
            (seats(included={"quantity": 31, "in_part_periods": "whole"}), "90.00"),
            (seats(included={"quantity": 31, "in_part_periods": "reduced"}), "250.00"),
        ),
        periods=PART,
    ),
    Question(
        "do included users count towards a floor in users",
        seats(floor={"minimum_users": 100}),
        {"users": 60},
        (
            (seats(included={"quantity": 50, "counts_towards_floor": True}), "500.00"),
            (seats(included={"quantity": 50, "counts_towards_floor": False}), "1000.00"),
        ),
        must_be_said="charges.seats.included",
    ),
    Question(
        "how is a shortfall in users priced",
        seats(
            price={
                "model": "graduated",
                "unit_price": None,
                "bound": "inclusive",
                "tiers": [{"up_to": 50, "unit_price": "10.00"}, {"up_to": None, "unit_price": "5.00"}],
            },
            floor={"minimum_users": 100},
        ),
        {"users": 40},
        (
            (seats(floor={"shortfall_priced_by": "tiers"}), "750.00"),
            (seats(floor={"shortfall_priced_by": "2.00"}), "520.00"),
        ),
        must_be_said="charges.seats.floor.shortfall_priced_by",
    ),
    Question(
        "discount or cap first",
        seats(discounts=[HALF], cap={"amount": "100.00"}),
        {"users": 27},
        (({}, "100.00"), ({"steps": ["included", "price", "floor", "cap", "discount", "credits"]}, "50.00")),
    ),
    Question(
        "percentages one after the other, or of the full price",
        {},
        {"users": 10},
        tuple(
            (
                seats(
                    discounts=[
                        {"name": "line", "percent": "10"},
                        {"name": "invoice", "percent": "20", "applies_to": basis},
                    ]
                ),
                amount,
            )
            for basis, amount in (("remaining", "72.00"), ("undiscounted", "70.00"))
        ),
    ),
    Question(
        "a cap per user of each person, or a pool",
        {
            "metrics": {"users": UNITS, "people": BASE["metrics"]["users"]},
            **seats(price={"unit_price": "1.00"}, per_user_cap={"amount": "50.00"}),
        },
        {"quantity_by_user": [["90", 2], ["10", 8]]},
        (
            (seats(per_user_cap={"reading": "each_person"}), "180.00"),
            (seats(per_user_cap={"reading": "pooled", "of": "people"}), "260.00"),
        ),
        must_be_said="charges.seats.per_user_cap.reading",
    ),
    Question(
        "is what is missing to a commitment billed",
        seats(commitment={"amount": "500.00", "overage": {"factor": "1.5"}}),
        {"users": 10},
        (
            (seats(commitment={"shortfall": "billed_at_end"}), "500.00"),
            (seats(commitment={"shortfall": "none"}), "100.00"),
        ),
        must_be_said="charges.seats.commitment.shortfall",
    ),
    Question(
        "peak of each instance, or of their sum",
        metric(**REPORTED, calculation="max"),
        {
            "daily_users_by_instance": {
                "a": {"2026-01-01": 80, "2026-01-02": 100, "2026-01-03": 90},
                "b": {"2026-01-01": 120, "2026-01-02": 110, "2026-01-03": 150},
            }
        },
        (
            (metric(across_instances="peak_then_sum"), "2500.00"),
            (metric(across_instances="sum_then_peak"), "2400.00"),
        ),
    ),
    Question(
        "do bands restart in every bucket",
        {
            **metric(**REPORTED),
            **price(
                **VOLUME,
                bound="inclusive",
                tiers=[
                    {"up_to": 10, "unit_price": "0.10"},
                    {"up_to": 20, "unit_price": "0.05"},
                    {"up_to": None, "unit_price": "0.02"},
                ],
            ),
        },
        by_day(9, 15),
        ((metric(calculation="each_day_alone"), "1.65"), (metric(calculation="sum"), "0.48")),
        must_be_said="metrics.users.calculation",
    ),
    Question(
        "who chooses the price of an average",
        {
            **metric(**REPORTED, calculation="average", average_over="days_reported", rounding="half_up", decimals=6),
            **price(
                **VOLUME,
                bound="inclusive",
                tiers=[{"up_to": 149, "unit_price": "4.39"}, {"up_to": None, "unit_price": "4.29"}],
            ),
        },
        by_day(*[100] * 29, 150),
        ((metric(tier_by="max"), "436.15"), (metric(), "446.32")),
    ),
    Question(
        "until when are seats billed that are given up",
        {
            **metric(
                kind="seats",
                definition=None,
                bought=[{"from": "2026-01-01", "seats": 2}, {"from": "2026-01-17", "seats": 1}],
            ),
            **seats(price={"unit_price": "31.00"}),
        },
        {},
        ((metric(removed="at_once"), "47.00"), (metric(removed="period_end"), "62.00")),
        must_be_said="metrics.users.removed",
    ),
    Question(
        "what does a day without a number do",
        metric(**REPORTED, calculation="min"),
        {**by_day(90, 110, 100), "missing": 1},
        (({"gap_rule": {"rule": "bill_known"}}, "900.00"), ({"gap_rule": {"rule": "zero"}}, "0.00")),
    ),
    Question(
        "is an increase owed for the periods that follow, or for this one too",
        {
            "term": {"end": "2027-01-01"},
            "cycle": {"unit": "quarter"},
            **metric(
                **REPORTED,
                calculation="max",
                over_periods={"rule": "increase_over_bought", "bought": 100, "periods": 4},
            ),
            **seats(price={"unit_price": "30.00"}),
        },
        by_day(110),
        (
            (metric(over_periods={"billed_for": "this_and_remaining_periods"}), "1200.00"),
            (metric(over_periods={"billed_for": "remaining_periods"}), "900.00"),
        ),
        must_be_said="metrics.users.over_periods.billed_for",
        periods=QUARTERS[:1],
    ),
)


def rated(question: Question, answer: dict[str, Any]):
    terms = ContractTerms.from_json(merged(merged(BASE, question.agreed), answer))
    given = {key: value for key, value in question.usage.items() if key != "missing"}
    quantities: dict[str, Any] = {"users": given} if given else {}
    if "people" in terms.metrics:
        quantities["people"] = {"users": 10}
    rows = [
        {**span, "quantities": quantities, "missing_days": question.usage.get("missing", 0)}
        for span in question.periods
    ]
    if not quantities:
        rows = [{key: value for key, value in row.items() if key != "quantities"} for row in rows]
    rating = rate_term(terms=terms, usage=TermUsage.from_json({"periods": rows}))
    return terms, str(rating.periods[-1].net_amount)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_both_answers_are_terms_that_come_to_their_amounts_and_say_so(question):
    found = [rated(question, answer) for answer, _ in question.answers]
    assert [amount for _, amount in found] == [amount for _, amount in question.answers]
    first, second = (terms.sentences() for terms, _ in found)
    assert first != second
    assert found[0][0].digest() != found[1][0].digest()


@pytest.mark.parametrize(
    "question", [each for each in QUESTIONS if each.must_be_said], ids=lambda question: question.name
)
def test_without_an_answer_that_must_be_said_the_terms_are_refused_at_its_place(question):
    agreed = merged(BASE, question.agreed)
    if question.must_be_said == "charges.seats.in_part_periods":
        del agreed["charges"]["seats"]["in_part_periods"]
    if question.must_be_said == "charges.seats.included":
        agreed["charges"]["seats"]["included"] = 50
    with pytest.raises(TermsRefused) as refusal:
        ContractTerms.from_json(agreed)
    assert refusal.value.path == question.must_be_said


@pytest.mark.parametrize(
    ("applies", "net", "tax", "payable"),
    [("before_tax", "70.00", "14.00", "84.00"), ("after_tax", "100.00", "20.00", "90.00")],
)
def test_credits_pay_before_or_after_tax(applies, net, tax, payable):
    credit = {"name": "prepaid", "amount": "30.00", "granted": "each_cycle", "expires": "cycle", "applies": applies}
    terms = ContractTerms.from_json(merged(BASE, {"limits": {"credits": [credit]}}))
    usage = {"periods": [{**JANUARY, "quantities": {"users": {"users": 10}}}]}
    rating = rate_term(terms=terms, usage=TermUsage.from_json(usage)).periods[0]
    lines = [TaxedAmount(amount=line.amount, category="S", rate=terms.tax.rate) for line in rating.lines]
    found = total(amounts=lines, currency="EUR", prepaid=rating.prepaid_amount)
    assert (str(found.net), str(found.tax), str(found.payable)) == (net, tax, payable)


@pytest.mark.parametrize(
    ("true_up", "amounts"),
    [
        ("annual", ["2000.00"]),
        ("quarterly", ["750.00", "0.00", "250.00", "0.00"]),
    ],
)
def test_the_same_year_costs_two_thousand_or_one_thousand(true_up, amounts):
    terms = merged(BASE, {"term": {"end": "2027-01-01"}, **metric(**REPORTED, calculation="max")})
    peaks = {"2026-01-01": 110, "2026-04-01": 105, "2026-07-01": 120, "2026-10-01": 120}
    spans = [{"start": "2026-01-01", "end": "2027-01-01"}] if true_up == "annual" else list(QUARTERS)
    if true_up == "annual":
        terms = merged(terms, {"cycle": {"unit": "year"}, **seats(included=100, price={"unit_price": "100.00"})})
    else:
        rule = {"rule": "increase_over_bought", "bought": 100, "billed_for": "remaining_periods", "periods": 4}
        terms = merged(
            terms, {"cycle": {"unit": "quarter"}, **metric(over_periods=rule), **seats(price={"unit_price": "25.00"})}
        )
    rows = [
        {
            **span,
            "quantities": {
                "users": {
                    "daily_users": {day: peak for day, peak in peaks.items() if span["start"] <= day < span["end"]}
                }
            },
        }
        for span in spans
    ]
    rating = rate_term(terms=ContractTerms.from_json(terms), usage=TermUsage.from_json({"periods": rows}))
    assert [str(each.net_amount) for each in rating.periods] == amounts
    assert str(rating.net_amount) == {"annual": "2000.00", "quarterly": "1000.00"}[true_up]
