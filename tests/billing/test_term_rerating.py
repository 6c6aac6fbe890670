"""One late fact moves a whole term: each later bill gets a proposal of its own, and together they are the true bill."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.causes import LATE_USAGE, Cause
from billing.invariants.periods import ratings_repeat
from billing.invariants.true_ups import true_ups_are_settled_once
from billing.models import TrueUp
from billing.operations.settle_term import settle_term
from rollcall.period import Period
from tests.billing.story import APRIL, MARCH, MAY, Story, at, people, per_user, story_of, terms_json
from tests.cast import House

JUNE = Period(date(2026, 6, 1), date(2026, 7, 1))
MONTHS = (MARCH, APRIL, MAY)


def bill(story: Story, users: Sequence[int], months: Sequence[Period] = MONTHS) -> list[Decimal]:
    """Report and bill each month with so many users; return what each came to before tax."""
    amounts = []
    for number, month in zip(users, months, strict=True):
        now = at(month.end.month, 2)
        story.deliver(people(number), month, now=now)
        amounts.append(story.bill(month, now=now).net_amount)
    return amounts


def proposals(story: Story) -> dict[Period, Decimal]:
    """What is proposed and not decided, by period."""
    rows = TrueUp.objects.filter(contract=story.contract, state="proposed").select_related("billing_period")
    return {row.billing_period.span: row.difference_amount for row in rows}


def settle_again(story: Story, after: Period, month: int = 7) -> None:
    settle_term(contract=story.contract, after=after, cause=Cause(kind=LATE_USAGE, key="test"), now=at(month, 20))


def holds_again() -> None:
    for check in (ratings_repeat(), true_ups_are_settled_once()):
        assert check.findings == []


# March is reported with 100, April with 150, May with 120 users; 120 users were in March.
# A pool of 3,500.00 once, at 10.00 a user: the late 20 burn 200.00 of it in March that are missing in May.
POOL = {"credits": [{"name": "start", "amount": "3500.00", "granted": "each_term", "expires": "term"}]}
# The highest month of the term, each month adding what it is above the highest before.
PEAK = {"over_periods": {"rule": "increase_over_bought", "bought": 0, "billed_for": "once"}}
MEAN = {"over_periods": {"rule": "mean_of_periods", "periods": 3, "rounding": "down"}}
COMMITMENT = {"commitment": {"amount": "1100.00", "carry_over": True, "overage": {"factor": "2"}, "shortfall": "none"}}
OF_TERM = {"commitment": {"amount": "2600.00", "per": "term", "overage": {"factor": "2"}, "shortfall": "none"}}
CAP = {"cap": {"amount": "3000.00", "per": "term"}}


def rules(*, charge: dict[str, Any] | None = None, metric: dict[str, Any] | None = None) -> dict[str, Any]:
    metrics = {"active": {"kind": "active_users", "definition": {"actions": ["*"]}, **(metric or {})}}
    return terms_json(
        charges=per_user("10.00", **(charge or {})),
        metrics=metrics,
        term={"start": "2026-03-01", "end": "2027-03-01"},
        cycle={"unit": "month", "anchor": "2026-03-01"},
    )


CASES = {
    "a pool": (rules(charge=POOL), ["0.00", "0.00", "200.00"], {MAY: "200.00"}),
    "the highest month": (rules(metric=PEAK), ["1000.00", "500.00", "0.00"], {MARCH: "200.00", APRIL: "-200.00"}),
    "the mean of three months": (
        rules(metric=MEAN),
        ["1000.00", "1250.00", "1230.00"],
        {MARCH: "200.00", APRIL: "100.00", MAY: "70.00"},
    ),
    # March leaves 100.00 for April, which is 400.00 above its own 1,100.00; with 120 users March leaves nothing.
    "a commitment that is carried over": (
        rules(charge=COMMITMENT),
        ["1000.00", "1800.00", "1300.00"],
        {MARCH: "300.00", APRIL: "100.00"},
    ),
    # Drawn: 1,000 and 1,500 of 2,600, then 100 of May; 1,100 of May are overage at twice the price.
    "a commitment of the term": (
        rules(charge=OF_TERM),
        ["1000.00", "1500.00", "2300.00"],
        {MARCH: "200.00", APRIL: "100.00", MAY: "100.00"},
    ),
    "a cap of the term": (rules(charge=CAP), ["1000.00", "1500.00", "500.00"], {MARCH: "200.00", MAY: "-200.00"}),
}


@pytest.mark.parametrize("case", CASES)
def test_late_usage_moves_every_later_bill_that_depends_on_it(committed_house: House, case: str) -> None:
    terms, billed, moved = CASES[case]
    story = story_of(committed_house, terms=terms)
    assert bill(story, [100, 150, 120]) == [Decimal(amount) for amount in billed]

    story.deliver(people(120), MARCH, now=at(7, 1))

    assert proposals(story) == {period: Decimal(amount) for period, amount in moved.items()}
    # Reviewing again proposes nothing new, and what was billed is what the true counts would have been billed.
    before = list(TrueUp.objects.order_by("pk").values_list("public_id", flat=True))
    settle_again(story, MARCH)
    assert list(TrueUp.objects.order_by("pk").values_list("public_id", flat=True)) == before
    holds_again()
