"""Run by `python -m tests.bench.ingest`: eight clients send batches of 1,000 events to a web server of their own.

Beside it, in turns, eight connections COPY the same events into a table whose key is the event's id, one commit a
batch. The interface does more for an event: it stores the bytes, has them read in a confined child, and answers for
each event by itself. Then everything is sent again, which must change nothing, and gathered into the reports of days.
"""

import json
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import connection, connections
from django.db.models import Sum

from config.launch import all_commands, free_port, running, wait_for_web
from rollcall.client import Api
from tests.api.calls import Program, program_of
from tests.cast import House
from tests.databases import TestServer
from tests.workers import worker_environment
from usage.models import EventBatch
from usage.operations.gather_events import gather_events

__all__ = ["worker_environment"]

CLIENTS = 8
IN_A_BATCH = 1000
BATCHES = int(os.environ.get("BENCH_BATCHES", "96"))
ROUNDS = 3
USERS, DAYS = 5000, 3
# Measured at 9,000 events a second, a fifth of COPY, with other work on both processors.
LEAST_EVENTS_A_SECOND = 2000
BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
TABLE = "CREATE TABLE copied (source text, id text, kind text, subject text, at timestamptz, PRIMARY KEY (source, id))"
COPY = "COPY copied (source, id, kind, subject, at) FROM STDIN"

Event = dict[str, str]


def test_ingest_beside_copy(
    committed_house: House,
    database_server: TestServer,
    worker_environment: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Send and copy the same batches in turns; nothing is lost, and nothing is there twice."""
    product = program_of(committed_house.customer_a, instance=committed_house.instance_a)
    database = str(connection.settings_dict["NAME"])
    with psycopg.connect(database_server.owner(database), autocommit=True) as owner:
        owner.execute(f"{TABLE}; GRANT INSERT, SELECT ON copied TO rollcall_app")
    batches = [events_of(number) for number in range(BATCHES)]
    share = BATCHES // ROUNDS
    rates: dict[str, list[float]] = {"interface": [], "COPY": []}
    port = free_port()
    environment = worker_environment | {"API_REQUESTS_PER_MINUTE": "1000000"}
    with running({"web": all_commands(port)["web"]}, environment) as children:
        wait_for_web(port, children["web"])
        send = sender(f"http://127.0.0.1:{port}", product)
        send(events_of(BATCHES))
        for turn in range(ROUNDS):
            part = batches[turn * share : (turn + 1) * share]
            rates["interface"].append(rate(send, part))
            rates["COPY"].append(rate(copier(database_server.app(database)), part))
        rates["interface, again"] = [rate(send, batches[:share])]
    stored = EventBatch.objects.aggregate(events=Sum("events_accepted"))["events"]
    began = time.perf_counter()
    reports = gather_events(instance_id=committed_house.instance_a.pk, now=datetime.now(UTC))
    gathered = time.perf_counter() - began
    with capsys.disabled():
        print(f"\n{BATCHES} batches of {IN_A_BATCH:,} events from {CLIENTS} clients, {os.cpu_count()} processors.")
        for words, found in rates.items():
            print(f"  {words:<20}{max(found):>12,.0f} events a second (best of {len(found)})")
        print(f"  of COPY: 1/{max(rates['COPY']) / max(rates['interface']):.0f}")
        print(f"  gathered into {len(reports)} reports of days in {gathered:.1f} s, {stored / gathered:,.0f} a second")
    assert EventBatch.objects.count() == BATCHES + 1
    assert stored == (BATCHES + 1) * IN_A_BATCH
    assert len(reports) == DAYS + 1
    assert max(rates["interface"]) >= LEAST_EVENTS_A_SECOND
    connections.close_all()


def events_of(number: int) -> list[Event]:
    """Return one batch: people who log in through three days."""
    first = number * IN_A_BATCH
    seconds = DAYS * 86_400 / ((BATCHES + 1) * IN_A_BATCH)
    return [
        {
            "specversion": "1.0",
            "id": f"login-{first + index:09d}",
            "source": "https://berlin-1.customer.example",
            "type": "login",
            "subject": f"user{(first + index) * 7919 % USERS:05d}@customer.example",
            "time": (BEGIN + timedelta(seconds=int((first + index) * seconds))).isoformat(),
        }
        for index in range(IN_A_BATCH)
    ]


def sender(address: str, product: Program) -> Callable[[Sequence[Event]], None]:
    """Return what sends one batch and sees that all of it was taken."""
    api = Api(address, product.text)

    def send(batch: Sequence[Event]) -> None:
        assert api.send_events(batch).accepted == len(batch)

    return send


def copier(url: str) -> Callable[[Sequence[Event]], None]:
    """Return what copies one batch into the table, with a commit."""
    fields = ("source", "id", "type", "subject", "time")

    def copy(batch: Sequence[Event]) -> None:
        with psycopg.connect(url) as app, app.cursor() as cursor, cursor.copy(COPY) as rows:
            for event in json.loads(json.dumps(batch)):
                rows.write_row([event[field] for field in fields])

    return copy


def rate(work: Callable[[Sequence[Event]], None], batches: Sequence[Sequence[Event]]) -> float:
    """Return the events a second of all clients together."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        began = time.perf_counter()
        list(clients.map(work, batches))
        return sum(map(len, batches)) / (time.perf_counter() - began)
