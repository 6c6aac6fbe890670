"""The receiver in the documentation runs, and takes what we send and nothing else."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from config.environment import BASE_DIR
from licenses.models import EventKind, WebhookDelivery
from licenses.operations.announce import announce
from licenses.operations.register_destination import register_destination
from licenses.operations.send_again import send_again
from licenses.operations.turn_secret import retire_secret, turn_secret
from tests.cast import House
from tests.licenses.receiver import work

DOCS = BASE_DIR / "docs" / "webhooks.md"


def sample() -> str:
    found = re.search(r"<!-- receiver -->\n```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)
    assert found is not None
    return found.group(1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the receiver does not listen")


def status_of(port: int, body: bytes, headers: dict[str, str]) -> int:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_the_receiver_of_the_documentation_takes_ours_and_no_other(house: House, settings: Any, tmp_path: Path) -> None:
    settings.WEBHOOK_PLAIN_LOOPBACK = True
    port, now = free_port(), datetime.now(UTC)
    finance = house.finance.actor
    made = register_destination(
        actor=finance, url=f"http://127.0.0.1:{port}/", note="Sample", event_types=[EventKind.LICENSE_ISSUED], now=now
    )
    program, heard = tmp_path / "receiver.py", tmp_path / "heard"
    program.write_text(sample(), encoding="utf-8")
    environment = os.environ | {"WEBHOOK_SECRETS": made.secret}
    with heard.open("wb") as out:
        running = subprocess.Popen([sys.executable, str(program), str(port)], env=environment, stdout=out)
    try:
        wait_for(port)
        announce(
            kind=EventKind.LICENSE_ISSUED, key="1", data=lambda: {"n": 1}, customer_id=house.customer_a.pk, now=now
        )
        work(now)
        delivery = WebhookDelivery.objects.get()
        assert delivery.state == "delivered"
        # Delivered twice, dealt with once.
        send_again(actor=finance, destination=made.destination, deliveries=[delivery.public_id], now=now)
        work(now)
        assert delivery.attempts.filter(status_code=204).count() == 2
        # With two secrets the older one still fits; alone the newer one does not.
        turn_secret(actor=finance, destination=made.destination, now=now)
        send_again(actor=finance, destination=made.destination, deliveries=[delivery.public_id], now=now)
        work(now)
        retire_secret(actor=finance, destination=made.destination, now=now)
        send_again(actor=finance, destination=made.destination, deliveries=[delivery.public_id], now=now)
        work(now)
        assert list(delivery.attempts.values_list("status_code", flat=True)) == [204, 204, 204, 401]

        body = '{"type":"license.issued","timestamp":"2026-05-04T09:30:15Z","data":{"n":2}}'

        def headers(at: datetime, said: str = body) -> dict[str, str]:
            signature = Webhook(made.secret).sign("evt", at, said)
            return {
                "webhook-id": "evt",
                "webhook-timestamp": str(int(at.timestamp())),
                "webhook-signature": signature,
            }

        old, late = now - timedelta(minutes=6), now + timedelta(minutes=6)
        forged = headers(now) | {"webhook-id": "other"}
        assert [
            status_of(port, body.encode(), headers(old)),
            status_of(port, body.encode(), headers(late)),
            status_of(port, body.encode().replace(b"2}", b"3}"), headers(now)),
            status_of(port, body.encode(), forged),
            status_of(port, body.encode(), headers(old) | {"webhook-timestamp": str(int(now.timestamp()))}),
            status_of(port, body.encode(), {}),
            status_of(port, body.encode(), headers(now)),
        ] == [401, 401, 401, 401, 401, 401, 204]
    finally:
        running.kill()
        running.wait()
    assert heard.read_text() == 'license.issued {"n": 1}\nlicense.issued {"n": 2}\n'
