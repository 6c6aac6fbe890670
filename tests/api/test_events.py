"""Events over the network: an answer for each, the same bytes once, days that are counted without anybody's word."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ground import clock, faults
from licenses.models import Instance
from licenses.queries import terms_at
from rollcall.period import Period
from tests.api.calls import Program, program_of
from tests.cast import House
from usage.models import EventBatch, EventDay, Grade, UsageReport
from usage.operations.confirm_events import confirm_events
from usage.operations.count_period import count_period
from usage.operations.gather_events import gather_events
from usage.operations.gather_waiting import gather_waiting
from usage.operations.read_report import read_report
from usage.operations.sniff_report import sniff_report

NOW = datetime(2026, 6, 2, 9, tzinfo=UTC)
BATCH = "application/cloudevents-batch+json"
JUNE = Period(date(2026, 6, 1), date(2026, 7, 1))


def event(number: int, user: str, time: str = "2026-06-01T10:00:00Z", **changes: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"e-{number}",
        "source": "berlin-1",
        "type": "login",
        "subject": user,
        "time": time,
    } | changes


@pytest.fixture(autouse=True)
def at_nine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def product(house: House) -> Program:
    return program_of(house.customer_a, instance=house.instance_a)


def send(product: Program, events: list[Any], content_type: str = BATCH) -> dict[str, Any]:
    body = json.dumps(events) if content_type == BATCH else "\n".join(json.dumps(one) for one in events)
    response = product.send("usage/events", body, Content_Type=content_type)
    assert response.status_code == 202, response.content
    said: dict[str, Any] = response.json()
    return said


def gather(instance: Instance, now: datetime = NOW) -> list[UsageReport]:
    """Gather, look at, confirm and read, as the workers do."""
    reports = gather_events(instance_id=instance.pk, now=now)
    for report in reports:
        sniff_report(report_id=report.pk, now=now)
        confirm_events(report_id=report.pk, now=now)
        read_report(report_id=report.pk, now=now)
    return [UsageReport.objects.get(pk=report.pk) for report in reports]


def test_each_event_of_a_batch_has_its_answer(product: Program) -> None:
    events = [
        event(1, "ada"),
        event(2, "bob", specversion="0.3"),
        event(3, "", subject=""),
        event(4, "cy", time="yesterday"),
        event(5, "dee", time="2026-06-02T09:00:01Z"),
        event(1, "eve"),
        event(1, "ada"),
        "nonsense",
        event(6, "fay", id=""),
    ]

    said = send(product, events)

    assert [(one["index"], one["id"], one["status"], one["code"]) for one in said["events"]] == [
        (0, "e-1", "accepted", ""),
        (1, "e-2", "rejected", "specversion.unknown"),
        (2, "e-3", "rejected", "user.missing"),
        (3, "e-4", "rejected", "time.invalid"),
        (4, "e-5", "retry", "time.ahead"),
        (5, "e-1", "rejected", "id.conflict"),
        (6, "e-1", "accepted", ""),
        (7, "", "rejected", "event.invalid"),
        (8, "", "rejected", "id.invalid"),
    ]
    assert (said["accepted"], said["rejected"], said["retry"]) == (2, 6, 1)


def test_a_batch_that_is_sent_twice_changes_nothing(product: Program) -> None:
    events = [event(1, "ada"), event(2, "bob", time="2026-06-02T09:00:01Z")]

    first, second = send(product, events), send(product, events)

    assert second == first | {"already_received": True}
    assert EventBatch.objects.count() == 1


@pytest.mark.parametrize("content_type", [BATCH, "application/x-ndjson"])
def test_days_are_counted_without_anybodys_word(house: House, product: Program, content_type: str) -> None:
    send(product, [event(1, "ada"), event(2, "bob"), event(3, "cy", time="2026-06-01T22:30:00Z")], content_type)
    send(product, [event(2, "bob"), event(4, "ADA", time="2026-06-01T12:00:00Z")], content_type)

    reports = gather(house.instance_a, NOW)

    # Berlin's second day begins at 22:00 UTC.
    assert [(report.file_name, report.state, report.users, report.rows_accepted) for report in reports] == [
        ("events of 2026-06-01.ndjson", "accepted", 2, 3),
        ("events of 2026-06-02.ndjson", "accepted", 1, 1),
    ]
    assert {report.grade for report in reports} == {Grade.INSTANCE_API}
    terms = terms_at(contract=house.contract_a, day=JUNE.start)
    counted = count_period(contract=house.contract_a, metric_name="active", terms=terms, period=JUNE, now=NOW)
    assert counted.active_users == 3


def test_more_of_a_day_replaces_its_report_by_one_that_holds_all(house: House, product: Program) -> None:
    send(product, [event(1, "ada")])
    assert len(gather(house.instance_a)) == 1
    assert gather(house.instance_a) == []
    send(product, [event(2, "bob"), event(1, "ada")])

    (later,) = gather(house.instance_a, NOW)

    assert (later.users, later.rows_accepted) == (2, 2)
    assert EventDay.objects.get(report=later).batches == 2
    assert EventDay.objects.count() == 2
    send(product, [event(2, "bob")])
    assert gather(house.instance_a) == []


def test_the_order_of_batches_changes_no_byte(house: House) -> None:
    parts = [[event(1, "ada"), event(2, "bob")], [event(3, "cy"), event(2, "bob")]]
    digests = []
    for instance, customer, order in (
        (house.instance_a, house.customer_a, parts),
        (house.instance_b, house.customer_b, parts[::-1]),
    ):
        for part in order:
            send(program_of(customer, instance=instance, name=part[0]["id"]), part)
        late = gather_events(instance_id=instance.pk, now=NOW + timedelta(hours=1))
        digests.append([report.sha256 for report in late])
    assert digests[0] == digests[1]


def test_a_day_that_is_not_over_waits_an_hour(house: House, product: Program) -> None:
    send(product, [event(1, "ada", time="2026-06-02T08:59:00Z")])

    assert gather_events(instance_id=house.instance_a.pk, now=NOW + timedelta(minutes=59)) == []
    (report,) = gather(house.instance_a, NOW + timedelta(hours=1))

    assert report.covers is not None
    assert report.covers.upper == NOW + timedelta(hours=1)
    assert [job.kind for job in gather_waiting(now=NOW)] == []


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("[", BATCH, 400),
        ("{}", BATCH, 400),
        ("[]", "application/cloudevents+json", 400),
        (" ", BATCH, 400),
        ("\xff", BATCH, 400),
        ("[" * 100_000, BATCH, 400),
        ('{"a":1,"a":2}', "application/cloudevents+json", 400),
        ("[NaN]", BATCH, 400),
        ("x=1", "application/x-www-form-urlencoded", 415),
        ("[" + "1," * 10_000 + "1]", BATCH, 400),
    ],
)
def test_a_batch_that_cannot_be_read_is_refused_whole(
    product: Program, body: str, content_type: str, status: int
) -> None:
    sent = body.encode("latin-1")
    response = product.send("usage/events", sent, Content_Type=content_type)

    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/problem+json")
    assert not EventBatch.objects.exists()


@pytest.mark.parametrize("point", ["events.after_answers", "events.after_store", "events.before_commit"])
def test_a_batch_whose_receipt_fails_is_sent_again_and_kept_once(house: House, product: Program, point: str) -> None:
    events = [event(1, "ada")]
    for _ in range(3):
        faults.arm(point)
        assert product.send("usage/events", json.dumps(events), Content_Type=BATCH).status_code == 500
        faults.disarm()
    assert not EventBatch.objects.exists()

    assert send(product, events)["already_received"] is False
    assert [report.users for report in gather(house.instance_a)] == [1]


def test_a_gathering_that_fails_is_done_again_and_made_once(house: House, product: Program) -> None:
    send(product, [event(1, "ada"), event(2, "bob", time="2026-05-30T10:00:00Z")])
    for _ in range(3):
        faults.arm("events.after_gather")
        with pytest.raises(faults.InjectedFault):
            gather_events(instance_id=house.instance_a.pk, now=NOW)
        faults.disarm()
    assert not UsageReport.objects.exists()
    assert EventBatch.objects.get().gathered_at is None

    assert [report.users for report in gather(house.instance_a)] == [1, 1]
    assert UsageReport.objects.count() == EventDay.objects.count() == 2
