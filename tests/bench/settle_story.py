"""Run by `python -m tests.bench.settle`: a month of 100,000 users is billed, 1 % late rows arrive, and a true-up is proposed.

Measured is what stands between a file that was read and a proposal that a person can decide: counting the month again,
rating the term again, and comparing the two lists of users. Everything runs the real way, on a database of its own.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import pytest

from billing.changed_users import changed_totals
from billing.models import TrueUp
from licenses.models import Instance
from tests.billing.story import APRIL, Story, at, per_user, story_of, terms_json
from tests.cast import House

USERS = 100_000
# Rows of the month: one per user and day on which it did something.
DAYS_OF_A_USER = 3
LATE = USERS * DAYS_OF_A_USER // 100
MOST_SECONDS = 3.0


def names(numbers: Iterable[int]) -> list[str]:
    """Return the names of users."""
    return [f"user{number:06}@aurel.example" for number in numbers]


def busy_month() -> list[str]:
    """Return every user as often as it did something, each time on another day."""
    return [name for _ in range(DAYS_OF_A_USER) for name in names(range(USERS))]


def late_rows() -> list[str]:
    """Return whose rows arrive late: half of them are users whom nobody had reported."""
    return names([*range(LATE // 2), *range(USERS, USERS + LATE - LATE // 2)])


def test_a_proposal_after_late_rows(committed_house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """Bill, deliver late, and measure the review."""
    story: Story = story_of(committed_house, terms=terms_json(charges=per_user("2.00")))
    # A number of days that shares nothing with the number of users: each row of a user falls on another day.
    spread = list(APRIL.each_day())[:29]
    story.deliver(busy_month(), APRIL, now=at(5, 1), days=spread)
    story.bill(APRIL, now=at(5, 3))
    second = Instance.objects.create(
        customer=story.house.customer_a, contract=story.contract, name="Late-1", reports_from=date(2026, 4, 1)
    )
    report = story.deliver(late_rows(), APRIL, now=at(5, 12), instance=second, review=False)

    started = time.perf_counter()
    review = story.review(report, now=at(5, 12))
    seconds = time.perf_counter() - started

    (public_id,) = review.proposed
    true_up = TrueUp.objects.get(public_id=public_id)
    new = LATE - LATE // 2
    assert (true_up.new_users, true_up.gone_users) == (new, 0)
    assert true_up.difference_amount == Decimal(2 * new)
    started = time.perf_counter()
    assert true_up.before_count is not None
    assert true_up.after_count is not None
    assert changed_totals(before=true_up.before_count, after=true_up.after_count) == (new, 0)
    compared = time.perf_counter() - started
    with capsys.disabled():
        print(
            f"\nproposal for {USERS:,} users after {LATE:,} late rows: {seconds:.2f} s (at most {MOST_SECONDS:.0f} s)"
        )
        print(f"of these, who is new and who is gone: {compared:.2f} s")
    assert seconds <= MOST_SECONDS
