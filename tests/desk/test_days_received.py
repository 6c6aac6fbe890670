"""The account manager sees which days arrived, what customers said, and which instances are silent."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from billing.queries import silent_work
from rollcall.period import Period
from tests.billing.story import APRIL, MARCH, Story, at, export, people, per_user, story_of
from tests.cast import House, Person, terms_json
from tests.desk.browser import Browser
from tests.usage.sending import confirm, run_jobs
from usage.models import Grade
from usage.operations.declare_nobody_active import declare_nobody_active
from usage.operations.receive_report import receive_report

Desk = Callable[[Person], Browser]
KNOWN = Period(date(2026, 4, 1), date(2026, 4, 28))
LAST_DAYS = Period(date(2026, 4, 28), date(2026, 5, 1))


def silent(story: Story, month: int, day: int) -> list[str]:
    """What the account manager's list says of this story's instance on a day at nine."""
    items = silent_work(actor=story.manager, now=at(month, day))
    return [item.words for item in items if item.contract_number == story.contract.number]


def test_the_calendar_at_the_desk_has_words_and_records(plain_story: Story, desk: Desk) -> None:
    plain_story.deliver(people(4), KNOWN, now=at(5, 1))
    declare_nobody_active(
        actor=plain_story.house.customer_admin_a.actor, instance=plain_story.instance, days=LAST_DAYS, now=at(5, 2)
    )
    run_jobs()

    browser = desk(plain_story.house.account_manager).open("/admin/days/?month=2026-04&find=K-2026-009")

    assert "Days received, April 2026" in browser.page
    assert "Aurel Maschinenbau GmbH, K-2026-009" in browser.page
    assert "K-2026-002" not in browser.page
    assert "30 Apr: reported, no activity, a person's word" in browser.page
    assert "Hamburg-9, 28 to 30 Apr 2026: Anna Aurel said" in browser.page
    assert "No customer or contract is called so." in browser.open("/admin/days/?find=nobody").page


def test_the_page_of_a_period_calls_no_day_missing_that_has_not_ended(
    plain_story: Story, desk: Desk, today: Callable[[int, int], None]
) -> None:
    plain_story.deliver(people(4), Period(date(2026, 4, 1), date(2026, 4, 20)), now=at(4, 20))
    manager, page = desk(plain_story.house.account_manager), f"/admin/periods/{plain_story.row(APRIL).pk}/"

    today(4, 22)
    running = " ".join(manager.open(page).page.split())
    today(5, 3)
    over = " ".join(manager.open(page).page.split())

    assert "Hamburg-9 30 20 Apr , 21 Apr ; 9 days not yet" in running.replace("Apr,", "Apr ,").replace("Apr;", "Apr ;")
    assert "29 Apr , 30 Apr" in over.replace("Apr,", "Apr ,")
    assert "not yet" not in over


def test_a_file_that_a_person_sends_is_missed_when_it_was_due(plain_story: Story) -> None:
    plain_story.deliver(people(4), MARCH, now=at(4, 1))

    assert silent(plain_story, 4, 29) == [], "April is not over, and a person sends the file when it is"
    assert silent(plain_story, 5, 3) == [], "in time until the end of 3 May"
    assert silent(plain_story, 5, 4) == [
        "Hamburg-9 has not reported all of 1 to 30 Apr 2026; its report was due 2026-05-03"
    ]
    plain_story.deliver(people(4), APRIL, now=at(5, 4))
    assert silent(plain_story, 5, 5) == []


@pytest.mark.parametrize(
    ("case", "changes", "expected"),
    [
        ("every day is owed", {}, ["Hamburg-9 is silent: 28 Apr to 1 May 2026"]),
        ("one report a month is owed", {"reporting_cadence": "once_per_period"}, []),
    ],
)
def test_an_instance_that_reports_by_itself_is_missed_after_three_days(
    committed_house: House, case: str, changes: dict[str, Any], expected: list[str]
) -> None:
    story = story_of(committed_house, terms=terms_json(charges=per_user("29.00"), **changes))
    story.deliver(people(4), MARCH, now=at(4, 1))
    sent = receive_report(
        actor=story.house.customer_admin_a.actor,
        instance=story.instance,
        file_name="april.csv",
        stream=io.BytesIO(export(people(4), list(KNOWN.each_day()))),
        now=at(4, 28),
        grade=Grade.INSTANCE_API,
    )
    run_jobs()
    confirm(sent.report, KNOWN, now=at(4, 28))
    run_jobs()

    assert silent(story, 4, 30) == [], case
    assert silent(story, 5, 2) == expected, case


def test_silence_stands_on_the_first_page_with_the_money_of_the_period_before(
    plain_story: Story, desk: Desk, today: Callable[[int, int], None]
) -> None:
    plain_story.deliver(people(10), MARCH, now=at(4, 1))
    plain_story.bill(MARCH, now=at(4, 2))
    today(5, 6)

    browser = desk(plain_story.house.account_manager).open("/admin/")

    assert "silent: Hamburg-9 has not reported all of 1 to 30 Apr 2026" in browser.page
    assert "290.00" in browser.page
    browser.open(f"/admin/days/?contract={plain_story.contract.public_id}&month=2026-04")
    assert "30 days missing" in browser.page
