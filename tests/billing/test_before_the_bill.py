"""Before the bill: the running period has an estimate, and what comes near is told once."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail

from billing.models import Notice, NoticePreference, RunningEstimate
from billing.operations.open_periods import open_periods
from billing.operations.send_notice import send_notice
from billing.operations.set_go_live import set_go_live
from billing.operations.watch_contract import watch_contract
from ground.actor import Actor
from ground.models import Job
from rollcall.period import Period
from tests.billing.story import APRIL, MARCH, MAY, Story, at, people, per_user, story_of, terms_json
from tests.cast import House

WORKER = Actor.system("worker")
JUNE = Period(date(2026, 6, 1), date(2026, 7, 1))


def so_far(story: Story, users: int, days: int = 10, month: Period = JUNE, first: int = 1) -> None:
    """Send what was seen in the first days of a month that still runs."""
    covers = Period(month.start, month.start.replace(day=days + 1))
    now = at(month.start.month, days + 1, 12)
    open_periods(actor=WORKER, contract=story.contract, today=now.date())
    story.deliver(people(users, first=first), covers, now=now)


def watch(story: Story, day: int = 12, month: int = 6) -> list[tuple[str, int]]:
    now = at(month, day)
    new = watch_contract(actor=WORKER, contract=story.contract, now=now, today=now.date())
    return [(notice.kind, notice.percent) for notice in new]


def of_terms(house: House, **limits: Any) -> Story:
    return story_of(house, terms=terms_json(charges=per_user("10.00", **limits)))


def test_the_estimate_has_its_day_and_its_grade(plain_story: Story) -> None:
    so_far(plain_story, 12)
    watch(plain_story)
    row = RunningEstimate.objects.get(contract=plain_story.contract)
    assert (row.users, row.net_amount, row.currency, row.grade) == (12, Decimal(348), "EUR", "upload")
    assert (row.through, row.counted_at) == (date(2026, 6, 10), at(6, 11, 12))
    so_far(plain_story, 15, days=14)
    watch(plain_story, 16)
    row.refresh_from_db()
    assert (row.users, row.net_amount, row.through) == (15, Decimal(435), date(2026, 6, 14))


def test_what_is_not_counted_has_no_estimate_and_says_so(plain_story: Story) -> None:
    open_periods(actor=WORKER, contract=plain_story.contract, today=date(2026, 6, 12))
    watch(plain_story)
    row = RunningEstimate.objects.get(contract=plain_story.contract)
    assert (row.net_amount, row.why_none) == (None, "Nothing was counted yet.")


def test_each_step_is_told_once_and_the_highest_alone(committed_house: House) -> None:
    story = of_terms(committed_house, floor={"minimum_users": 20, "per": "cycle", "shortfall_priced_by": "tiers"})
    so_far(story, 9, days=5)
    assert watch(story, 6) == []
    so_far(story, 10, days=6)
    assert watch(story, 7) == [("floor", 50)]
    assert watch(story, 7) == []
    so_far(story, 19, days=8)
    assert watch(story, 9) == [("floor", 90)]
    so_far(story, 16, days=9)
    assert watch(story, 10) == []
    so_far(story, 20, days=10)
    assert watch(story, 11) == [("floor", 100)]
    said = Notice.objects.order_by("pk").last()
    assert said is not None
    assert said.words == ("100 % of the floor of 20 users is reached: 20 users. From here on more use costs more.")


@pytest.mark.parametrize(
    ("limits", "users", "kind", "percent", "words"),
    [
        ({"cap": {"amount": "100.00", "per": "cycle"}}, 12, "cap", 100, "120 % of the cap of EUR 100.00 is reached"),
        ({"cap": {"maximum_users": 16, "per": "cycle"}}, 12, "cap", 75, "75 % of the cap of 16 users is reached"),
        (
            {
                "commitment": {
                    "amount": "200.00",
                    "per": "cycle",
                    "shortfall": "none",
                    "overage": {"factor": "1"},
                }
            },
            12,
            "commitment",
            50,
            "60 % of the commitment of EUR 200.00 is reached: EUR 120.00",
        ),
        (
            {"credits": [{"name": "start", "amount": "130.00", "granted": "each_cycle", "expires": "cycle"}]},
            12,
            "pool",
            90,
            "92 % of the credit of EUR 130.00 is used: EUR 120.00",
        ),
    ],
)
def test_every_kind_of_limit_has_its_level(
    committed_house: House, limits: dict[str, Any], users: int, kind: str, percent: int, words: str
) -> None:
    story = of_terms(committed_house, **limits)
    so_far(story, users)
    assert watch(story) == [(kind, percent)]
    assert Notice.objects.get().words.startswith(words)


def test_a_limit_over_the_term_counts_the_months_before_and_is_told_once_in_it(committed_house: House) -> None:
    terms = terms_json(
        charges=per_user("10.00", cap={"amount": "600.00", "per": "term"}),
        term={"start": "2026-03-01", "end": "2027-03-01"},
        cycle={"unit": "month", "anchor": "2026-03-01"},
    )
    story = story_of(committed_house, terms=terms)
    for month in (MARCH, APRIL, MAY):
        story.deliver(people(10), month, now=at(month.end.month, 2))
        story.bill(month, now=at(month.end.month, 2))
    so_far(story, 10)
    assert watch(story) == [("cap", 50)]
    notice = Notice.objects.get()
    assert (notice.period.lower, notice.period.upper) == (date(2026, 3, 1), date(2027, 3, 1))
    assert notice.words.startswith("66 % of the cap of EUR 600.00 for the term is reached: EUR 400.00.")
    assert RunningEstimate.objects.get(period__contains=date(2026, 6, 5)).net_amount == 100


def test_a_month_that_runs_ahead_of_the_last_three_is_told(plain_story: Story) -> None:
    for month, users in ((MARCH, 12), (APRIL, 14), (MAY, 13)):
        plain_story.deliver(people(users), month, now=at(month.end.month, 2))
        plain_story.bill(month, now=at(month.end.month, 2))
    so_far(plain_story, 9, days=9)
    assert watch(plain_story, 11) == []
    so_far(plain_story, 12, days=10)
    assert watch(plain_story, 12) == [("ahead", 0)]
    assert Notice.objects.get().words == (
        "By 10 Jun 2026, day 10 of the period, 12 users were there; by the same day of the last three periods: "
        "10, 10, 10."
    )
    so_far(plain_story, 30, days=12)
    assert watch(plain_story, 14) == []


def test_the_mail_goes_to_those_who_want_it(committed_house: House) -> None:
    story = of_terms(committed_house, floor={"minimum_users": 20, "per": "cycle", "shortfall_priced_by": "tiers"})
    story.contract.account_manager = committed_house.account_manager.user
    story.contract.save()
    so_far(story, 10)
    watch(story)
    notice = Notice.objects.get()
    assert Job.objects.filter(kind="billing.send_notice", key=f"billing.send_notice:{notice.pk}").count() == 1
    assert send_notice(notice_id=notice.pk) == ["admin@aurel.example", "manager@vendor.example"]
    (sent,) = mail.outbox
    assert sent.subject == "50 % of the floor: Atlas Analytics Server, contract K-2026-009"
    assert "50 % of the floor of 20 users is reached: 10 users." in sent.body
    assert "This is an estimate from the reports that have arrived, not a bill." in sent.body
    said = {"contract": story.contract, "customer": story.contract.customer, "changed_by": "x", "changed_at": at(6, 1)}
    preference = NoticePreference.objects.create(**said, is_sent_to_customer=False)
    assert send_notice(notice_id=notice.pk) == ["manager@vendor.example"]
    preference.off_kinds = ["floor"]
    preference.save()
    assert send_notice(notice_id=notice.pk) == []
    assert len(mail.outbox) == 2


def test_nobody_is_told_of_a_comparison(committed_house: House) -> None:
    story = of_terms(committed_house, floor={"minimum_users": 20, "per": "cycle", "shortfall_priced_by": "tiers"})
    set_go_live(
        actor=story.finance,
        contract=story.contract,
        live_from=date(2026, 7, 1),
        old_seat_price=None,
        old_seats=None,
        reason="compared first",
        now=at(6, 1),
    )
    so_far(story, 20)
    assert watch(story) == []
    assert RunningEstimate.objects.get().net_amount == 200
