"""The calendar of days received, and a person's word that nobody was active on missing ones."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from ground import clock
from rollcall.period import Period
from tests.billing.story import APRIL, Story, at, lines_of, people, per_user, story_of
from tests.cast import House, terms_json
from tests.portal.test_upload import text_of
from tests.usage.sending import run_jobs
from usage.models import EvidenceFile, UsageReport
from usage.operations.declare_nobody_active import DeclarationRefused, declare_nobody_active
from usage.queries import DayState, coverage

TODAY = datetime(2026, 5, 2, 9, 30, tzinfo=UTC)
KNOWN = Period(date(2026, 4, 1), date(2026, 4, 28))
LAST_DAYS = Period(date(2026, 4, 28), date(2026, 5, 1))


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: TODAY)


@pytest.fixture
def story(committed_house: House) -> Story:
    return story_of(committed_house, terms=terms_json(charges=per_user("29.00")))


@pytest.fixture
def client(committed_house: House) -> Client:
    client = Client()
    client.force_login(committed_house.customer_admin_a.user)
    return client


def calendar_of(client: Client, story: Story, month: str = "2026-04") -> str:
    return text_of(client.get(f"/usage/days/?contract={story.contract.public_id}&month={month}"))


def say(client: Client, story: Story, days: Period, **changes: str) -> str:
    sent = {
        "instance": story.instance.public_id,
        "first": days.start.isoformat(),
        "last": days.last_day.isoformat(),
        "said": "on",
    } | changes
    return text_of(client.post("/usage/days/", sent, follow=True))


def states(story: Story) -> str:
    """One letter per day of April: R reported, L late, M missing."""
    (row,) = coverage(contract=story.contract, period=APRIL).instances
    return "".join(day.state.value[0].upper() for day in row.days)


def test_the_calendar_names_every_day_with_its_evidence(client: Client, story: Story) -> None:
    story.deliver(people(40), KNOWN, now=at(5, 1), days=[date(2026, 4, 1), date(2026, 4, 3)])

    page = calendar_of(client, story)

    assert "Days received, April 2026" in page
    assert "Hamburg-9 has not reported 28 to 30 Apr 2026." in page
    assert "1 Apr: reported, uploaded by a person" in page
    assert "2 Apr: reported, no activity, uploaded by a person" in page
    assert "28 Apr: missing" in page
    assert "The same days as a table" in page


def test_months_are_walked_through_and_end_where_the_contract_does(client: Client, story: Story) -> None:
    page = client.get(f"/usage/days/?contract={story.contract.public_id}&month=2026-04").content.decode()
    assert "month=2026-03" in page
    assert "month=2026-05" in page
    assert "Nothing is agreed for December 2025." in calendar_of(client, story, "2025-12")
    assert (
        "month=2025-12"
        not in client.get(f"/usage/days/?contract={story.contract.public_id}&month=2026-01").content.decode()
    )
    assert "Days received, May 2026" in calendar_of(client, story, "nonsense")


def test_pages_say_what_the_contract_makes_of_missing_days(client: Client, committed_house: House) -> None:
    story = story_of(committed_house, terms=terms_json(charges=per_user("29.00"), gap_rule={"rule": "bill_known"}))
    said = "Where days are missing, the days that are known are billed; what arrives later is settled."
    assert said in calendar_of(client, story)
    assert said in text_of(client.get(f"/usage/?contract={story.contract.public_id}&day=2026-04-02"))


def test_the_word_of_a_person_makes_the_days_reported(client: Client, story: Story) -> None:
    story.deliver(people(40), KNOWN, now=at(5, 1))
    assert states(story) == "R" * 27 + "MMM"

    page = say(client, story, LAST_DAYS)
    assert "You said that nobody was active on Hamburg-9 on 28 to 30 Apr 2026." in page
    run_jobs()

    report = UsageReport.objects.latest("pk")
    assert (report.state, report.rows_read, report.received_by) == ("accepted", 0, "Anna Aurel")
    assert EvidenceFile.objects.get(report=report).rows == 0
    assert states(story) == "R" * 30
    page = calendar_of(client, story)
    assert "no day is missing" in page
    assert "28 Apr: reported, no activity, a person's word" in page.replace("’", "'").replace("&#x27;", "'")
    assert "Anna Aurel" in page
    assert lines_of(story.close(APRIL, now=at(5, 3)).invoice) == [("usage", "40", "29.00", "1160.00")]


def test_the_same_word_for_two_months_is_two_reports(client: Client, story: Story) -> None:
    for days in (Period(date(2026, 3, 1), date(2026, 4, 1)), APRIL):
        say(client, story, days)
    run_jobs()

    assert UsageReport.objects.filter(state="accepted").count() == 2
    assert coverage(contract=story.contract, period=APRIL).is_complete


def test_the_word_is_taken_back_before_the_close(client: Client, story: Story) -> None:
    story.deliver(people(40), KNOWN, now=at(5, 1))
    say(client, story, LAST_DAYS)
    run_jobs()
    report = UsageReport.objects.latest("pk")

    page = text_of(client.post(reverse("billing:undo_declaration", args=[report.public_id]), follow=True))

    assert "Taken back. The days are missing again" in page
    report.refresh_from_db()
    assert (report.state, report.withdrawn_by) == ("withdrawn", "Anna Aurel")
    assert states(story) == "R" * 27 + "MMM"


def test_after_the_close_the_word_stands(client: Client, story: Story) -> None:
    story.deliver(people(40), KNOWN, now=at(5, 1))
    say(client, story, LAST_DAYS)
    run_jobs()
    story.bill(APRIL, now=at(5, 3))
    report = UsageReport.objects.latest("pk")

    page = text_of(client.post(reverse("billing:undo_declaration", args=[report.public_id]), follow=True))

    assert "is closed, so this report stays: no other file covers 28 to 30 Apr 2026" in page
    assert coverage(contract=story.contract, period=APRIL).is_complete


def test_a_file_is_no_word_and_is_not_undone_here(client: Client, story: Story) -> None:
    report = story.deliver(people(4), KNOWN, now=at(5, 1))
    page = text_of(client.post(reverse("billing:undo_declaration", args=[report.public_id]), follow=True))
    assert "2026-04-01.csv is a file, not a person's word." in page.replace("&#x27;", "'")
    report.refresh_from_db()
    assert report.state == "accepted"


def test_a_file_for_the_same_days_counts_in_place_of_the_word(client: Client, story: Story) -> None:
    story.deliver(people(40), KNOWN, now=at(5, 1))
    say(client, story, LAST_DAYS)
    run_jobs()

    # Its exporter names no time of making; still a file outranks a word.
    story.deliver(people(45), LAST_DAYS, now=at(5, 2), made_at=at(4, 30))

    (row,) = coverage(contract=story.contract, period=APRIL).instances
    assert not row.days[-1].is_declared
    assert lines_of(story.close(APRIL, now=at(5, 3)).invoice) == [("usage", "45", "29.00", "1305.00")]


@pytest.mark.parametrize(
    ("case", "days", "sentence"),
    [
        ("a day that runs", Period(date(2026, 5, 1), date(2026, 5, 3)), "is not over"),
        ("days of which some were reported", Period(date(2026, 4, 20), date(2026, 4, 30)), "20 to 27 Apr 2026 already"),
        ("days before the instance reports", Period(date(2025, 12, 30), date(2026, 1, 3)), "owes no report"),
    ],
)
def test_days_that_cannot_be_declared(story: Story, case: str, days: Period, sentence: str) -> None:
    story.deliver(people(4), KNOWN, now=at(5, 1))
    with pytest.raises(DeclarationRefused, match=sentence):
        declare_nobody_active(actor=story.house.customer_admin_a.actor, instance=story.instance, days=days, now=TODAY)
    assert UsageReport.objects.count() == 1, case


def test_a_file_that_waits_comes_first(client: Client, story: Story) -> None:
    story.deliver(people(4), LAST_DAYS, now=at(5, 1), read=False)
    assert "A file that may hold these days is not counted yet: 2026-04-28.csv" in say(client, story, LAST_DAYS)
    assert UsageReport.objects.count() == 1


def test_nothing_is_taken_without_the_tick_or_for_another_customer(client: Client, story: Story) -> None:
    assert "tick that nobody was active" in say(client, story, LAST_DAYS, said="")
    foreign = story.house.instance_b.public_id
    assert "Choose one of your instances." in say(client, story, LAST_DAYS, instance=foreign)
    assert not UsageReport.objects.exists()


def test_under_one_report_for_each_month_the_days_around_it_are_not_missing(
    client: Client, committed_house: House
) -> None:
    story = story_of(committed_house, terms=terms_json(charges=per_user("29.00"), reporting_cadence="once_per_period"))
    assert "has not reported 1 to 30 Apr 2026" in calendar_of(client, story)
    story.deliver(people(4), KNOWN, now=at(5, 1))

    assert "no day is missing" in calendar_of(client, story)
    assert coverage(contract=story.contract, period=APRIL).instances[0].days[-1].state is DayState.MISSING
