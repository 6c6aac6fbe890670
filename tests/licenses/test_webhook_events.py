"""Who writes events and what they say: the portal's role writes and reads nothing, entitlements are told in full."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from config.environment import BASE_DIR
from ground.portal_wall import portal_transaction
from licenses.models import EventKind, WebhookEvent
from licenses.operations.announce_entitlements import announce_entitlements
from licenses.webhooks import TRIED_FOR
from rollcall.period import Period
from tests.cast import House, sign_contract, terms_json
from tests.licenses.receiver import Receiver, work
from tests.licenses.test_license_files import PER_SEAT, SEATS
from tests.licenses.test_webhooks import NOW, say, there, told

__all__ = ["there"]


def test_the_portal_writes_events_of_its_customer_and_reads_nothing(house: House, there: Receiver) -> None:
    told(house, there)
    with portal_transaction(house.customer_a.pk):
        say(house, "1")
        say(house, "1")
    for table in ("event", "destination", "secret", "delivery", "attempt"):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            portal_transaction(house.customer_a.pk),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"SELECT 1 FROM licenses_webhook{table}")
    with pytest.raises(DatabaseError, match="row-level security"), portal_transaction(house.customer_b.pk):
        say(house, "2")
    work(NOW)
    assert [json.loads(body)["data"] for _, body in there.got] == [{"n": "1"}]


def test_what_was_told_is_never_changed(house: House, there: Receiver) -> None:
    told(house, there)
    say(house, "1")
    with pytest.raises(DatabaseError, match="is written once"), transaction.atomic():
        WebhookEvent.objects.update(body="{}")


def test_entitlements_are_told_in_full_when_agreed_and_on_the_day_they_change(house: House, there: Receiver) -> None:
    told(house, there, EventKind.ENTITLEMENTS_CHANGED)
    terms = terms_json(
        metrics={"seats": SEATS, "active": terms_json()["metrics"]["active"]},
        charges={"recurring": PER_SEAT, "active": terms_json()["charges"]["seats"]},
    )
    contract = sign_contract(house.customer_a, "K-2026-009", terms, Period(date(2026, 1, 1), date(2027, 1, 1)))

    def heard(now: datetime) -> list[dict[str, object]]:
        there.got.clear()
        announce_entitlements(contract=contract, now=now)
        work(now)
        return [json.loads(body)["data"] for _, body in there.got]

    def step(day: str, seats: int) -> dict[str, object]:
        features = [
            {"feature": "active", "quantity": None, "enforced": "billed"},
            {"feature": "recurring", "quantity": seats, "enforced": "product"},
        ]
        return {"from": day, "version": 1, "features": features}

    work(NOW)
    assert [json.loads(body)["data"]["in_force"] for _, body in there.got] == [None]
    [said] = heard(datetime(2026, 2, 1, tzinfo=UTC))
    assert (said["in_force"], said["to_come"]) == (step("2026-01-01", 100), [step("2026-07-01", 120)])
    assert heard(datetime(2026, 6, 30, 21, 59, tzinfo=UTC)) == []
    # In Berlin the day of the change has begun.
    [said] = heard(datetime(2026, 6, 30, 22, 0, tzinfo=UTC))
    assert (said["in_force"], said["to_come"]) == (step("2026-07-01", 120), [])
    assert heard(datetime(2026, 7, 5, tzinfo=UTC)) == []


def test_the_schedule_is_what_the_page_says() -> None:
    assert timedelta(days=3) == TRIED_FOR
    assert "sixteen times within three days" in (BASE_DIR / "docs" / "webhooks.md").read_text(encoding="utf-8")
