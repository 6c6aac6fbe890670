"""Webhooks: told once per fact, signed, tried again for three days, never in the transaction of the fact."""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from standardwebhooks import Webhook, WebhookVerificationError

from ground.actor import NotAllowed
from ground.faults import InjectedFault
from ground.models import Job
from licenses import tasks
from licenses.models import (
    EventKind,
    WebhookAttempt,
    WebhookDelivery,
    WebhookDestination,
    WebhookEvent,
    WebhookSecret,
)
from licenses.operations.announce import announce
from licenses.operations.deliver_next import deliver_next
from licenses.operations.forget_events import forget_events
from licenses.operations.issue_license import issue_license
from licenses.operations.register_destination import DestinationRefused, Registered, register_destination
from licenses.operations.send_again import SwitchedOff, leave_given_up, send_again, send_given_up_again
from licenses.operations.send_test_event import send_test_event
from licenses.operations.switch_off_destination import switch_off_destination
from licenses.operations.turn_secret import SecretRefused, retire_secret, turn_secret
from licenses.webhook_jobs import ask_about_overdue
from licenses.webhooks import PAUSES
from tests.cast import House
from tests.licenses.receiver import Receiver, receiver, work

NOW = datetime(2026, 5, 4, 9, 30, 15, 987654, tzinfo=UTC)
State = WebhookDelivery.State


@pytest.fixture
def there(settings: Any) -> Iterator[Receiver]:
    """A receiver on this machine, which only the setting of development lets in."""
    settings.WEBHOOK_PLAIN_LOOPBACK = True
    with receiver() as heard:
        yield heard


def told(house: House, there: Receiver, *kinds: str, **more: object) -> Registered:
    """A destination that wants these kinds; without any, licences."""
    return register_destination(
        actor=house.finance.actor,
        url=f"{there.url}/in",
        note="Provisioning",
        event_types=kinds or [EventKind.LICENSE_ISSUED],
        now=NOW,
        **more,  # type: ignore[arg-type]
    )


def say(house: House, key: str, *, now: datetime = NOW) -> None:
    announce(kind=EventKind.LICENSE_ISSUED, key=key, data=lambda: {"n": key}, customer_id=house.customer_a.pk, now=now)


def test_an_issued_licence_is_told_signed_and_small(house: House, there: Receiver) -> None:
    made = told(house, there)
    row = issue_license(actor=house.finance.actor, contract=house.contract_a, now=NOW)
    assert there.got == []

    assert work(NOW) == 2
    [(headers, body)] = there.got
    event = WebhookEvent.objects.get()
    assert headers["webhook-id"] == event.public_id
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert headers["content-type"] == "application/json"
    assert headers["host"] == there.url.removeprefix("http://")
    assert made.secret.startswith("whsec_")
    assert Webhook(made.secret).sign(event.public_id, NOW, body.decode()) == headers["webhook-signature"]
    assert json.loads(body) == {
        "type": "license.issued",
        "timestamp": "2026-05-04T09:30:15Z",
        "data": {
            "license": row.public_id,
            "serial": 1,
            "digest": row.digest,
            "version": 1,
            "not_before": "2026-05-04T09:30:15Z",
            "expires": "2026-12-31T23:00:00Z",
            "because": "asked",
            "contract": {
                "id": house.contract_a.public_id,
                "number": "K-2026-001",
                "product": "Atlas Analytics Server",
            },
            "customer": {"id": house.customer_a.public_id, "number": "C-1001"},
        },
    }
    delivery = WebhookDelivery.objects.get()
    attempt = delivery.attempts.get()
    assert (delivery.state, attempt.status_code, attempt.answer, attempt.is_good) == ("delivered", 200, "ok", True)
    assert work(NOW + timedelta(days=1)) == 0


def test_what_is_rolled_back_was_never_told(house: House, there: Receiver) -> None:
    told(house, there)
    with transaction.atomic():
        say(house, "1")
        transaction.set_rollback(True)
    work(NOW)
    assert (there.got, WebhookEvent.objects.count()) == ([], 0)


def test_a_fact_is_told_once_and_to_those_who_want_it(house: House, there: Receiver) -> None:
    told(house, there)
    told(house, there, EventKind.INVOICE_FINALIZED)
    told(house, there, customer=house.customer_a)
    told(house, there, customer=house.customer_b)
    for _ in range(3):
        say(house, "1")
        work(NOW)
    assert there.ids == [WebhookEvent.objects.get().public_id] * 2
    assert sorted(WebhookDelivery.objects.values_list("destination__customer__number", flat=True), key=str) == [
        "C-1001",
        None,
    ]


def test_nobody_is_told_and_nothing_is_stored_where_nobody_asked(house: House) -> None:
    say(house, "1")
    assert WebhookEvent.objects.count() == 0


def test_a_failure_is_tried_again_for_three_days_and_then_given_up(house: House, there: Receiver) -> None:
    made = told(house, there)
    there.answers = [(500, b"\xff<b>down</b>\n" + b"x" * 9000)]
    say(house, "1")
    now, seen = NOW, [NOW]
    work(now)
    while (delivery := WebhookDelivery.objects.get()).state == State.WAITING:
        assert delivery.next_try_at is not None
        assert work(delivery.next_try_at - timedelta(seconds=1)) == 0
        now = delivery.next_try_at
        seen.append(now)
        assert work(now) == 1
    assert tuple(later - earlier for earlier, later in pairwise(seen)) == PAUSES
    assert (seen[-1] - NOW, len(seen), len(there.got)) == (timedelta(days=3), 16, 16)
    assert len(set(there.ids)) == 1
    assert len({body for _, body in there.got}) == 1
    # Each is signed anew: a receiver refuses what is older than five minutes.
    assert [headers["webhook-timestamp"] for headers, _ in there.got] == [str(int(at.timestamp())) for at in seen]
    assert (delivery.state, delivery.tries) == (State.GIVEN_UP, 16)
    shown = WebhookAttempt.objects.first()
    assert shown is not None
    assert (len(shown.answer), shown.answer[:16]) == (500, "�<b>down</b> xxx")

    there.answers = [(204, b"")]
    later = now + timedelta(days=1)
    assert send_given_up_again(actor=house.finance.actor, destination=made.destination, now=later) == 1
    work(later)
    assert WebhookDelivery.objects.get().state == State.DELIVERED
    assert len(set(there.ids)) == 1


@pytest.mark.parametrize(
    ("status", "body"), [(302, b""), (307, b""), (404, b"no"), (410, b"gone"), (200, b"x" * 70_000)]
)
def test_only_a_small_answer_of_success_is_a_delivery(house: House, there: Receiver, status: int, body: bytes) -> None:
    told(house, there)
    there.answers = [(status, body)]
    say(house, "1")
    work(NOW)
    assert len(there.got) == 1
    assert WebhookDelivery.objects.get().state == State.WAITING


def test_a_receiver_where_nobody_answers_costs_one_request_in_a_while(house: House, there: Receiver) -> None:
    made = told(house, there)
    WebhookDestination.objects.update(url="http://127.0.0.1:1/")
    for key in "123":
        say(house, key)
    work(NOW)
    assert WebhookAttempt.objects.count() == 1
    attempt = WebhookAttempt.objects.get()
    assert (attempt.status_code, attempt.answer) == (None, "Nobody takes connections there.")
    work(NOW + timedelta(minutes=1))
    assert WebhookAttempt.objects.count() == 2

    WebhookDestination.objects.update(url=made.destination.url)
    work(NOW + timedelta(hours=1))
    assert (len(set(there.ids)), len(there.got)) == (3, 3)
    found = WebhookDestination.objects.get()
    assert (found.silences, found.quiet_until) == (0, None)

    WebhookDestination.objects.update(url="http://127.0.0.1:1/")
    say(house, "4")
    late = NOW + timedelta(hours=2)
    for _ in range(200):
        work(late)
        late += timedelta(minutes=30)
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {State.DELIVERED, State.GIVEN_UP}
    assert WebhookDelivery.objects.filter(ended_at__gt=NOW + timedelta(days=4)).count() == 0


def test_a_slow_receiver_leaves_hands_for_others(
    house: House, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that has sent for long enough asks for another one, which has to wait for its turn."""
    monkeypatch.setattr(tasks, "IN_A_ROW_SECONDS", 0.0)
    told(house, there)
    for key in "123":
        say(house, key)
    Job.objects.filter(kind="licenses.distribute_event").update(run_after=NOW)
    work(NOW)
    assert len(there.got) == 3
    assert Job.objects.filter(key__contains=":rest:").count() >= 1


def test_two_secrets_sign_and_the_old_one_ends(house: House, there: Receiver) -> None:
    made = told(house, there)
    finance, destination = house.finance.actor, made.destination
    newer = turn_secret(actor=finance, destination=destination, now=NOW)
    with pytest.raises(SecretRefused, match="Two secrets live already"):
        turn_secret(actor=finance, destination=destination, now=NOW)
    now = datetime.now(UTC)
    say(house, "1", now=now)
    work(now)
    [(headers, body)] = there.got
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (made.secret, newer):
        assert Webhook(secret).verify(body, headers)["data"] == {"n": "1"}

    retire_secret(actor=finance, destination=destination, now=now)
    with pytest.raises(SecretRefused, match="Only one secret lives"):
        retire_secret(actor=finance, destination=destination, now=now)
    say(house, "2", now=now)
    work(now)
    headers, body = there.got[-1]
    assert Webhook(newer).verify(body, headers)["data"] == {"n": "2"}
    with pytest.raises(WebhookVerificationError):
        Webhook(made.secret).verify(body, headers)
    # In the database no secret lies open.
    plain = base64.b64decode(newer.removeprefix("whsec_"))
    assert all(plain not in bytes(row.sealed) for row in WebhookSecret.objects.all())


def test_a_person_sees_a_test_and_sends_again(house: House, there: Receiver) -> None:
    made = told(house, there)
    finance = house.finance.actor
    delivery = send_test_event(actor=finance, destination=made.destination, now=NOW)
    work(NOW)
    assert json.loads(there.got[0][1])["type"] == "webhook.test"
    later = NOW + timedelta(hours=1)
    assert send_again(actor=finance, destination=made.destination, deliveries=[delivery.public_id], now=later) == 1
    work(later)
    assert there.ids == [delivery.event.public_id] * 2
    assert delivery.attempts.count() == 2

    say(house, "1", now=later)
    switch_off_destination(actor=finance, destination=made.destination, now=later)
    work(later)
    assert len(there.got) == 2
    with pytest.raises(SwitchedOff):
        send_test_event(actor=finance, destination=made.destination, now=later)
    with pytest.raises(SwitchedOff):
        send_given_up_again(actor=finance, destination=made.destination, now=later)


def test_only_finance_and_administrators_say_where_events_go(house: House, there: Receiver) -> None:
    made = told(house, there)
    for person in (house.account_manager, house.customer_admin_a, house.stranger):
        with pytest.raises(NotAllowed):
            register_destination(
                actor=person.actor, url=there.url, note="x", event_types=[EventKind.LICENSE_ISSUED], now=NOW
            )
        for verb in (turn_secret, retire_secret, switch_off_destination, send_test_event, leave_given_up):
            with pytest.raises(NotAllowed):
                verb(actor=person.actor, destination=made.destination, now=NOW)


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": "ftp://127.0.0.1/"}, "url"),
        ({"note": " "}, "note"),
        ({"note": "x" * 201}, "note"),
        ({"event_types": []}, "events"),
        ({"event_types": ["nothing.happened"]}, "events"),
        ({"event_types": ["webhook.test"]}, "events"),
    ],
)
def test_what_cannot_be_registered_says_where_it_is_wrong(
    house: House, there: Receiver, change: dict[str, object], at: str
) -> None:
    said = {"url": there.url, "note": "x", "event_types": [EventKind.LICENSE_ISSUED]} | change
    with pytest.raises(DestinationRefused) as refused:
        register_destination(actor=house.finance.actor, now=NOW, **said)  # type: ignore[arg-type]
    assert refused.value.field == at
    assert there.connections == 0


@pytest.mark.parametrize(("point", "sent"), [("webhook.before_send", 1), ("webhook.after_send", 2)])
def test_a_worker_that_ends_around_a_request_loses_nothing(
    house: House, there: Receiver, armed: Callable[..., None], point: str, sent: int
) -> None:
    made = told(house, there)
    say(house, "1")
    armed(point)
    with pytest.raises(InjectedFault):
        work(NOW)
    assert WebhookAttempt.objects.count() == 0
    # Its job is taken up by another worker, which leaves the delivery alone while it may still be on its way.
    assert deliver_next(destination_id=made.destination.pk, now=NOW + timedelta(seconds=20)) is None
    work(NOW + timedelta(seconds=20))
    work(NOW + timedelta(seconds=60))
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts.count()) == (State.DELIVERED, 1)
    assert there.ids == [delivery.event.public_id] * sent


def test_what_a_lost_job_left_is_found(house: House, there: Receiver) -> None:
    told(house, there)
    say(house, "1")
    Job.objects.update(state="failed")
    assert work(NOW) == 0
    later = NOW + timedelta(minutes=6)
    assert ask_about_overdue(now=later) == 1
    Job.objects.filter(kind="licenses.deliver_webhooks").update(state="failed")
    work(later)
    assert len(there.got) == 1


def test_old_events_are_forgotten_and_waiting_ones_are_not(house: House, there: Receiver) -> None:
    told(house, there)
    say(house, "1")
    work(NOW)
    say(house, "2")
    there.answers = [(500, b"")]
    work(NOW)
    assert forget_events(now=NOW + timedelta(days=89)) == 0
    assert forget_events(now=NOW + timedelta(days=91)) == 1
    assert WebhookEvent.objects.get().body.endswith('"type":"license.issued"}')
