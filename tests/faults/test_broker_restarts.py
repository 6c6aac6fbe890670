"""The broker is killed and begins again, empty, while programs send usage: what was answered as accepted is counted."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, current_app

from config.celery import GIVES_UP_SOON
from ground import clock
from ground.models import Job
from licenses.models import Instance
from licenses.queries import terms_at
from rollcall.period import Period
from tests.api.calls import Program, program_of
from tests.cast import House
from tests.workers import Start, lose_all_messages, states, wait_until, worker
from usage.models import EventDay, UsageReport
from usage.operations.count_period import count_period
from usage.operations.gather_events import waiting_batches
from usage.operations.gather_waiting import gather_waiting

BATCHES, EVENTS = 8, 20
DOWN, UP = 2, 5
# Nobody who sends something waits for the broker; a client that tried for its four seconds would.
LONGEST_ANSWER_SECONDS = 4
DAYS = [date(2026, 6, day) for day in (1, 2, 3)]
JUNE = Period(date(2026, 6, 1), date(2026, 7, 1))


class Messages:
    """The embedded broker: a folder. It is gone while the broker is down, and empty after."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "broker" / "messages"
        self.away = folder / "broker" / "away"
        lose_all_messages(folder)

    def kill(self) -> None:
        self.folder.rename(self.away)

    def begin_again(self) -> None:
        shutil.rmtree(self.away)
        # A process that began meanwhile has made the folder, and may be looking into it.
        self.folder.mkdir(exist_ok=True)
        for message in self.folder.iterdir():
            message.unlink(missing_ok=True)


class Redis:
    """A server that keeps nothing on disk, so that all its messages die with it."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.begin_again()

    def kill(self) -> None:
        self.server.kill()
        self.server.wait()
        self.socket.unlink()

    def begin_again(self) -> None:
        command = [
            "redis-server",
            "--port",
            "0",
            "--unixsocket",
            str(self.socket),
            "--save",
            "",
            "--loglevel",
            "warning",
        ]
        self.server = subprocess.Popen(command)
        wait_until(self.socket.exists, "Redis does not start")


@pytest.fixture(params=["filesystem", pytest.param("redis", marks=pytest.mark.needs("redis-server"))])
def mortal_broker(
    request: pytest.FixtureRequest, worker_environment: dict[str, str], own_folders: Path, tmp_path: Path
) -> Iterator[Messages | Redis]:
    if request.param == "filesystem":
        messages = Messages(own_folders)
        yield messages
        if messages.away.exists():
            messages.begin_again()
        return
    redis = Redis(tmp_path / "redis.sock")
    address = f"redis+socket://{redis.socket}"
    worker_environment["CELERY_BROKER_URL"] = address
    ours = current_app._get_current_object()
    asker = Celery("asker", broker=address, set_as_current=True)
    asker.conf.broker_transport_options = GIVES_UP_SOON
    yield redis
    ours.set_current()
    redis.server.kill()
    redis.server.wait()


def batch(number: int) -> list[dict[str, Any]]:
    """Events of people whom nobody else names, spread over three days; one of them can never be taken."""
    events = [
        {
            "specversion": "1.0",
            "id": f"{number}-{one}",
            "source": "berlin-1",
            "type": "login",
            "subject": f"user-{number}-{one}",
            "time": f"{DAYS[one % len(DAYS)]}T10:00:00Z",
        }
        for one in range(EVENTS)
    ]
    return [*events, {**events[0], "id": f"{number}-x", "time": "yesterday"}]


def send(product: Program, number: int) -> dict[str, Any]:
    response = product.send(
        "usage/events", json.dumps(batch(number)), Content_Type="application/cloudevents-batch+json"
    )
    assert response.status_code == 202, response.content
    said: dict[str, Any] = response.json()
    return said


def send_file(product: Program, number: int) -> str:
    response = product.send(
        f"usage/reports?file_name={number}.csv",
        f"user_id,occurred_at,action\nfile-{number},2026-06-05T10:00:00Z,login\n",
        Content_Type="application/octet-stream",
    )
    assert response.status_code == 202, response.content
    return str(response.json()["id"])


def counted(instance: Instance) -> tuple[int | None, int]:
    """The people of June, and the rows of the newest report of each day, which are the events that count."""
    terms = terms_at(contract=instance.contract, day=JUNE.start)
    count = count_period(contract=instance.contract, metric_name="active", terms=terms, period=JUNE, now=clock.now())
    newest: dict[date, int] = {}
    for row in EventDay.objects.select_related("report").order_by("pk"):
        newest[row.day] = row.report.rows_accepted or 0
    return count.active_users, sum(newest.values())


def test_what_was_answered_as_accepted_is_counted_once_however_the_broker_dies(
    committed_house: House, mortal_broker: Messages | Redis, start: Start
) -> None:
    product = program_of(committed_house.customer_a, instance=committed_house.instance_a)
    start("manage.py", "sweeper")
    worker(start)
    accepted, files, minute = 0, list[str](), datetime(2026, 6, 4, tzinfo=UTC)
    for number in range(BATCHES):
        if number == DOWN:
            mortal_broker.kill()
        if number == UP:
            mortal_broker.begin_again()
        said = send(product, number)
        accepted += said["accepted"]
        # The answer was lost on its way, so the program sends the batch again.
        assert send(product, number) | {"already_received": False} == said
        began = time.monotonic()
        files.append(send_file(product, number))
        assert time.monotonic() - began < LONGEST_ANSWER_SECONDS
        gather_waiting(now=minute + timedelta(minutes=number))
    assert accepted == BATCHES * EVENTS

    def is_over() -> bool:
        if waiting_batches().exists():
            gather_waiting(now=clock.now())
            return False
        return set(states()) == {Job.State.SUCCEEDED}

    wait_until(is_over, "it does not come to its end")
    assert counted(committed_house.instance_a) == (accepted, accepted)
    looked_at = UsageReport.objects.filter(public_id__in=files, state="needs_confirmation").count()
    assert (len(set(files)), looked_at) == (BATCHES, BATCHES)
