"""Workers that are killed in the middle of a webhook: nothing is lost, and what comes twice comes under one id."""

import json
from pathlib import Path
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone

from ground.models import Job
from licenses.models import EventKind, WebhookAttempt, WebhookDelivery
from licenses.operations.announce import announce
from licenses.operations.register_destination import register_destination
from tests.cast import House
from tests.licenses.receiver import receiver
from tests.workers import Start, kill, lose_all_messages, start, wait_until, worker, worker_environment

__all__ = ["start", "worker_environment"]

EVENTS = 3


def test_killed_after_a_request_and_before_its_note_everything_arrives(
    committed_house: House,
    start: Start,
    worker_environment: dict[str, str],
    own_folders: Path,
    settings: Any,
) -> None:
    settings.WEBHOOK_PLAIN_LOOPBACK = True
    lose_all_messages(own_folders)
    worker_environment |= {"WEBHOOK_PLAIN_LOOPBACK": "true", "ROLLCALL_FAULT": "webhook.after_send:1:kill"}
    now = timezone.now()
    with receiver() as there:
        register_destination(
            actor=committed_house.finance.actor,
            url=there.url,
            note="Provisioning",
            event_types=[EventKind.LICENSE_ISSUED],
            now=now,
        )
        for number in range(EVENTS):
            announce(
                kind=EventKind.LICENSE_ISSUED,
                key=str(number),
                data=lambda n=number: {"n": n},
                customer_id=None,
                now=now,
            )
        dying = worker(start)
        sweeper = start("manage.py", "sweeper")
        wait_until(lambda: bool(there.got), "no request went out")
        kill(dying)
        assert WebhookAttempt.objects.count() == 0
        # What was being sent is left alone for half a minute; here that is over at once.
        WebhookDelivery.objects.update(leased_until=Now())
        Job.objects.filter(state="queued").update(run_after=None)
        worker_environment["ROLLCALL_FAULT"] = ""
        worker(start)
        delivered = WebhookDelivery.objects.filter(state=WebhookDelivery.State.DELIVERED)
        wait_until(lambda: delivered.count() == EVENTS, "not everything arrived")
        kill(sweeper)
    facts = {headers["webhook-id"]: json.loads(body)["data"]["n"] for headers, body in there.got}
    assert sorted(facts.values()) == [0, 1, 2]
    assert WebhookAttempt.objects.filter(is_good=True).count() == EVENTS
    assert len(there.got) > EVENTS
