"""A day is left out of a peak from its page, and counts again; drafts and bills follow by themselves."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from billing.models import Invoice, TrueUp
from ground.models import Job
from ground.operations.run_job import run_job
from tests.billing.desk.conftest import words
from tests.billing.story import MARCH, Story, at, lines_of, people, per_user, story_of, terms_json
from tests.cast import House
from usage.models import ExcusedDay

PEAK = {"active": {"kind": "active_users", "definition": {"actions": ["*"]}, "calculation": "max"}}
FIRST, SECOND = date(2026, 3, 2), date(2026, 3, 3)


@pytest.fixture
def peak(committed_house: House) -> Story:
    """Five people on 2 March, four on the 3rd; the peak of a month costs 10.00 each."""
    story = story_of(committed_house, terms=terms_json(metrics=PEAK, charges=per_user("10.00")))
    story.deliver(people(9), MARCH, now=at(4, 1), days=[FIRST, SECOND])
    return story


def page_of(story: Story) -> str:
    return f"/admin/contracts/{story.contract.public_id}/days/"


def leave_out(client: Client, story: Story, **asked: str) -> Any:
    return client.post(page_of(story), {"do": "leave_out", "first": "2026-03-02", "reason": "Load test", **asked})


def reviewed() -> None:
    """What a worker does with every word that was said."""
    for job in Job.objects.filter(kind="billing.review_days", state="queued").order_by("pk"):
        done = run_job(job.pk)
        assert done is not None
        assert (done.state, done.error) == ("succeeded", "")


def draft_of(story: Story) -> list[tuple[str, str, str, str]]:
    return lines_of(Invoice.objects.get(contract=story.contract, state="draft"))


def test_a_draft_is_made_without_the_day_and_with_it_again(peak: Story, manager: Client) -> None:
    peak.close(MARCH, now=at(4, 2))
    assert draft_of(peak) == [("usage", "5", "10.00", "50.00")]
    before = words(manager.get(f"{page_of(peak)}?day=2026-03-02"))
    assert "None: every day counts as it was reported." in before
    assert 'name="first" value="2026-03-02"' in before

    answer = manager.post(page_of(peak), {"do": "leave_out", "first": "2026-03-02", "reason": "Load test"}, follow=True)

    assert "2 Mar 2026 is left out. Drafts of these days are made again in the background" in words(answer)
    assert "2 Mar 2026 is left out: Load test<small>Amir Manders</small>" in words(answer)
    reviewed()
    assert draft_of(peak) == [("usage", "4", "10.00", "40.00")]

    word = ExcusedDay.objects.get()
    again = {"word": str(word.pk), "reason": "It was no test."}
    answer = manager.post(f"{page_of(peak)}again/", again, follow=True)

    assert "2 Mar 2026 counts again. Drafts of these days" in words(answer)
    assert "None: every day counts as it was reported." in words(answer)
    assert "2 Mar 2026 counts again: It was no test." in words(answer)
    reviewed()
    assert draft_of(peak) == [("usage", "5", "10.00", "50.00")]
    assert list(ExcusedDay.objects.order_by("pk").values_list("is_excused", flat=True)) == [True, False]


def test_what_is_billed_already_becomes_a_proposal(peak: Story, manager: Client) -> None:
    peak.bill(MARCH, now=at(4, 3))

    leave_out(manager, peak, last="2026-03-02", metric="active")
    reviewed()

    proposed = TrueUp.objects.get(contract=peak.contract)
    assert (proposed.state, proposed.difference_amount) == ("proposed", Decimal("-10.00"))
    assert (proposed.before_rating["net_amount"], proposed.after_rating["net_amount"]) == ("50.00", "40.00")


def test_the_calendar_names_the_days_and_leads_to_their_page(peak: Story, manager: Client) -> None:
    leave_out(manager, peak, last="2026-03-03")
    calendar = words(manager.get("/admin/days/?month=2026-03&find=K-2026-009"))
    assert f'<a href="{page_of(peak)}">Days left out of the bill</a>' in calendar
    assert "2 Mar 2026: Load test (Amir Manders)" in calendar
    assert "3 Mar 2026: Load test (Amir Manders)" in calendar
    april = words(manager.get("/admin/days/?month=2026-04&find=K-2026-009"))
    assert "Load test" not in april


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"reason": " "}, "Say why: the invoice prints the reason beside the day."),
        ({"first": ""}, "Give the day as a date."),
        ({"last": "2026-03-01"}, "The last day lies before the first."),
        ({"last": "2026-04-02"}, "At most 31 days at once; a longer time is an amendment of the contract."),
        ({"metric": "seats"}, "Contract K-2026-009 has no metric seats on 02 Mar 2026."),
        ({"first": "2019-01-01"}, "Contract K-2026-009 has no version for 01 Jan 2019."),
    ],
)
def test_what_cannot_be_meant_is_said_at_its_field(
    peak: Story, manager: Client, asked: dict[str, str], sentence: str
) -> None:
    answer = leave_out(manager, peak, **asked)
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert not ExcusedDay.objects.exists()
    assert not Job.objects.filter(kind="billing.review_days").exists()


def test_people_who_count_once_have_no_days_to_leave_out(committed_house: House, manager: Client) -> None:
    story = story_of(committed_house, terms=terms_json(charges=per_user("10.00")))
    assert "This contract bills nothing that is made of the numbers of days." in words(manager.get(page_of(story)))
    answer = leave_out(manager, story)
    assert answer.status_code == 422
    assert not ExcusedDay.objects.exists()


def test_a_word_of_another_contract_is_not_taken_back(peak: Story, manager: Client, committed_house: House) -> None:
    leave_out(manager, peak)
    word = ExcusedDay.objects.get()
    other = f"/admin/contracts/{committed_house.contract_a.public_id}/days/again/"
    answer = manager.post(other, {"word": str(word.pk), "reason": "No."}, follow=True)
    assert "There is no such word about a day of this contract." in words(answer)
    assert ExcusedDay.objects.count() == 1
