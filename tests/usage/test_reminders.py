"""Reminders: before and after a report is due, once each, to the people who can do something about it."""

from datetime import UTC, date, datetime

import pytest
from django.core.mail import EmailMessage

from ground.models import Job
from ground.operations.enqueue_due import enqueue_due
from licenses.models import Contract, Customer
from licenses.operations.add_member import add_member
from licenses.operations.add_person import add_person
from rollcall.period import Period
from tests.cast import BUILDER, House
from tests.usage.sending import days, run_jobs, send, september
from usage.operations.remind_of_reports import remind_of_reports
from usage.queries.overdue import standing_offset
from usage.reminders import Facts, mail_to_customer

MAILED = "usage.send_reminder"


def october(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 10, day, hour, tzinfo=UTC)


@pytest.fixture
def managed(house: House) -> House:
    """Contract A has an account manager; B's instance ended before, so that only A is reminded."""
    Contract.objects.filter(pk=house.contract_a.pk).update(account_manager=house.account_manager.user)
    house.contract_b.instances.update(reports_until=date(2026, 2, 1))
    house.contract_a.instances.update(reports_from=date(2026, 9, 1))
    return house


def remind(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ground.clock.now", lambda: now)
    remind_of_reports(now=now)
    run_jobs()


def sent(mailoutbox: list[EmailMessage]) -> list[tuple[str, str]]:
    return [(mail.to[0], mail.subject) for mail in mailoutbox]


def test_people_are_reminded_before_and_after_once_each(
    managed: House, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """September is due on 3 October: a mail on the 2nd, on the 4th and on the 10th, the later ones to the manager too."""
    send(managed.instance_a, days(["ada"], [1]), september(1, 27))
    for day in range(1, 13):
        for hour in (5, 9, 15):
            remind(october(day, hour), monkeypatch)
    before = ("admin@aurel.example", "Usage report of K-2026-001 is due on 3 Oct 2026")
    after = ("admin@aurel.example", "Usage report of K-2026-001 was due on 3 Oct 2026")
    manager = ("manager@vendor.example", "Aurel Maschinenbau GmbH: usage report of K-2026-001 was due on 3 Oct 2026")
    assert sent(mailoutbox) == [before, after, manager, after, manager]
    assert [job.created_at is not None for job in Job.objects.filter(kind=MAILED)] == [True] * 5
    assert "- Berlin-1: 28 Sep 2026 to 30 Sep 2026" in mailoutbox[0].body
    assert "Dear Anna Aurel" in mailoutbox[0].body
    assert f"/usage/days/?contract={managed.contract_a.public_id}&month=2026-09" in mailoutbox[0].body
    assert mailoutbox[0].reply_to == ["billing@vendor.example"]
    assert "(admin@aurel.example)" in mailoutbox[2].body
    assert f"/admin/days/?contract={managed.contract_a.public_id}&month=2026-09" in mailoutbox[2].body


def test_nobody_is_reminded_when_every_day_is_there(
    managed: House, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    send(managed.instance_a, days(["ada"], [1]))
    for day in range(1, 13):
        remind(october(day), monkeypatch)
    assert mailoutbox == []


def test_days_that_arrive_between_asking_and_sending_stop_the_mail(
    managed: House, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    send(managed.instance_a, days(["ada"], [1]), september(1, 27))
    (job,) = remind_of_reports(now=october(2))
    # The file is there before the mail's job has its turn.
    Job.objects.filter(pk=job.pk).update(kind="later")
    send(managed.instance_a, days(["ada"], [28]), september(28, 30), now=october(2))
    Job.objects.filter(pk=job.pk).update(kind=MAILED)
    monkeypatch.setattr("ground.clock.now", lambda: october(2))
    run_jobs()
    assert mailoutbox == []
    assert Job.objects.get(pk=job.pk).result == {"sent_to": ""}


def test_all_administrators_are_reminded_in_the_customers_language_and_nobody_else(
    managed: House, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    Customer.objects.filter(pk=managed.customer_a.pk).update(language="de")
    for email, role in (("zweite@aurel.example", "admin"), ("leser@aurel.example", "viewer")):
        person = add_person(actor=BUILDER, email=email, full_name="Zoe Zweite", vendor_role="", password="x" * 20)
        add_member(actor=BUILDER, customer=managed.customer_a, user=person, role=role)
    remind(october(2), monkeypatch)
    subject = "Nutzungsbericht zu K-2026-001 ist am 3. Okt. 2026 fällig"
    assert sent(mailoutbox) == [("admin@aurel.example", subject), ("zweite@aurel.example", subject)]
    assert "Ein fehlender Tag zählt nie als null." in mailoutbox[0].body
    assert "- Berlin-1: 1. Sept. 2026 bis 30. Sept. 2026" in mailoutbox[0].body


def test_a_customer_in_french_and_one_in_a_language_without_words() -> None:
    facts = Facts(
        contract="K-1", customer="A", product="Atlas", vendor="V", due=date(2026, 10, 3), is_overdue=True,
        period=Period(date(2026, 9, 1), date(2026, 10, 1)), missing={"Paris-1": [date(2026, 9, 5)]},
    )  # fmt: skip
    french = mail_to_customer(facts, name="Léa", language="fr-CA", address="https://a.example")
    assert french.subject == "Rapport d’usage K-1 attendu depuis le 3 oct. 2026"
    assert "- Paris-1: 5 sept. 2026" in french.body
    assert mail_to_customer(facts, name="Li", language="zh", address="").subject.startswith(
        "Usage report of K-1 was due"
    )


@pytest.mark.parametrize(
    ("case", "days_late", "expected"),
    [
        ("two days before", -2, None),
        ("the day before", -1, -1),
        ("on the day it is due: the mail of yesterday is made up for", 0, -1),
        ("a day late", 1, 1),
        ("the mail of two days ago is made up for", 3, 1),
        ("three days ago is too long", 4, None),
        ("a week late", 7, 7),
        ("ten days late", 10, None),
    ],
)
def test_which_reminder_stands(case: str, days_late: int, expected: int | None) -> None:
    assert standing_offset(days_late=days_late) == expected, case


def test_the_scheduler_asks_every_hour(db: None) -> None:
    kinds = [job.key for job in enqueue_due(now=october(2)) if job.kind == "usage.remind_of_reports"]
    assert kinds == ["usage.remind_of_reports@2026-10-02T09:00:00Z"]
