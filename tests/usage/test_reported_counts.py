"""Daily counts in the store: never changed, traced to their line, valid by what their reports own."""

from datetime import date

import pytest
from django.db import connection, transaction

from tests.cast import House
from tests.usage.sending import NOW, SEPTEMBER, confirm, receive, run_jobs, send, september
from usage.models import DailyReportedCount, EvidenceFile, UsageReport
from usage.queries import current_evidence, reported_days


def counts(*users: int | None, first: int = 1) -> bytes:
    """A licence file of September 2026: one number a day from the first on, none where None stands."""
    head = 'License Key,abc\nEmail,a@b.example\nCompany,A\nGenerated At,2026-10-01 06:00:00\n"",""\n'
    rows = [
        f"2026-09-{day:02} 03:00:00,{number}" for day, number in enumerate(users, start=first) if number is not None
    ]
    return (head + "\n".join(["Date,Billable User Count", *rows]) + "\n").encode()


def valid(house: House) -> dict[date, int]:
    found = reported_days(contract=house.contract_a, period=SEPTEMBER, zone="Europe/Berlin")
    return {one.row.day: one.row.users for one in found.days}


def test_each_day_is_kept_with_its_line_and_makes_no_evidence(house: House) -> None:
    report = send(house.instance_a, counts(40, None, 42), name="gitlab.csv")
    assert (report.state, report.kind) == ("accepted", "counts")
    assert [(row.day.day, row.users, row.line, row.file) for row in DailyReportedCount.objects.all()] == [
        (1, 40, 7, "gitlab.csv"),
        (3, 42, 8, "gitlab.csv"),
    ]
    assert not EvidenceFile.objects.exists()
    assert current_evidence(contract=house.contract_a, period=SEPTEMBER, zone="Europe/Berlin").is_empty


def test_a_day_inside_the_stated_span_without_a_number_is_missing(house: House) -> None:
    send(house.instance_a, counts(40, None, 42), september(1, 3))
    found = reported_days(contract=house.contract_a, period=SEPTEMBER, zone="Europe/Berlin")
    assert found.missing[house.instance_a.name][:2] == [date(2026, 9, 2), date(2026, 9, 4)]
    assert found.daily == {date(2026, 9, 1): 40, date(2026, 9, 3): 42}


def test_a_number_outside_the_stated_span_is_kept_and_not_valid(house: House) -> None:
    send(house.instance_a, counts(40, 41, 42), september(2, 2))
    assert valid(house) == {date(2026, 9, 2): 41}
    assert DailyReportedCount.objects.count() == 3


@pytest.mark.parametrize("arrival", ["older first", "newer first"])
def test_the_file_made_later_is_valid_for_the_days_of_both(house: House, arrival: str) -> None:
    older = (counts(40, 41, 42), september(1, 3), NOW.replace(hour=6), "older.csv")
    newer = (counts(50, 51, first=3), september(3, 4), NOW.replace(hour=7), "newer.csv")
    for content, covers, made, name in [older, newer] if arrival == "older first" else [newer, older]:
        send(house.instance_a, content, covers, generated_at=made, name=name)
    assert valid(house) == {date(2026, 9, day): users for day, users in ((1, 40), (2, 41), (3, 50), (4, 51))}


def test_reading_again_stores_the_same_rows_once(house: House) -> None:
    report = receive(house.instance_a, counts(40, 41)).report
    run_jobs()
    confirm(report)
    run_jobs()
    again = receive(house.instance_a, counts(40, 41))
    run_jobs()
    assert again.already_received
    assert DailyReportedCount.objects.count() == 2


def test_a_number_that_is_none_is_kept_apart_with_its_line(house: House) -> None:
    content = counts(40, 41, 42).replace(b",41\n", b",-41\n")
    report = send(house.instance_a, content)
    assert (report.state, report.rows_quarantined) == ("quarantined", 1)
    assert valid(house) == {date(2026, 9, 1): 40, date(2026, 9, 3): 42}


def test_a_withdrawn_file_has_no_valid_day(house: House) -> None:
    report = send(house.instance_a, counts(40, 41))
    UsageReport.objects.filter(pk=report.pk).update(state="withdrawn")
    assert valid(house) == {}


@pytest.mark.parametrize("change", ["UPDATE {} SET users = 0", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_database_refuses_to_change_a_count(house: House, change: str) -> None:
    send(house.instance_a, counts(40))
    with pytest.raises(Exception, match=r"append-only|permission denied|never"), transaction.atomic():
        connection.cursor().execute(change.format("usage_dailyreportedcount"))
    assert DailyReportedCount.objects.get().users == 40


def test_one_day_with_two_numbers_is_a_question_and_stores_nothing(house: House) -> None:
    twice = b"date,users\n2026-09-01,40\n2026-09-02,41\n2026-09-02,44\n2026-09-03,42\n"
    report = send(house.instance_a, twice, name="numbers.csv")
    assert report.state == "needs_confirmation"
    assert [question["code"] for question in report.questions] == ["counts.day_twice"]
    assert "2026-09-02" in report.questions[0]["message"]
    assert not DailyReportedCount.objects.exists()
