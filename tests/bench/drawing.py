"""Writers of the bench of numbers: processes that finalize drafts at once, with our numbers or those of a sequence."""

import multiprocessing
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from typing import Any

from django.conf import settings
from django.db import connection, connections

from billing.models import Invoice, InvoiceSeries
from billing.operations import finalize_invoice as operation
from ground import faults
from ground.actor import Actor
from tests.bench.crowd import CLOSED_AT

FINANCE = Actor.system("bench")
SEQUENCE = "bench_numbers"
WRITERS = 8
# Every tenth is rolled back when everything is written and its number is drawn.
FAILS_EVERY = 10
_FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Finalized:
    """What all writers did: the seconds until the last was done, and those of every invoice that was finalized."""

    taken: float
    each: list[float]
    failed: int


def finalized_by_all(keys: Sequence[int], *, database: str, from_sequence: bool) -> Finalized:
    """Let the writers finalize these drafts of a database, all beginning at the same moment."""
    connections.close_all()
    barrier, answers = _FORK.Barrier(WRITERS + 1), _FORK.Queue()
    writers = [
        _FORK.Process(target=_write, args=(list(keys[number::WRITERS]), database, from_sequence, barrier, answers))
        for number in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    barrier.wait()
    started = time.perf_counter()
    found = [answers.get() for _ in writers]
    taken = time.perf_counter() - started
    for writer in writers:
        writer.join()
    wrong = [words for _, _, words in found if words]
    assert not wrong, wrong
    return Finalized(taken, [one for seconds, _, _ in found for one in seconds], sum(failed for _, failed, _ in found))


def _write(
    keys: list[int],
    database: str,
    from_sequence: bool,
    barrier: Barrier,
    answers: "Queue[tuple[list[float], int, str]]",
) -> None:
    """Finalize one writer's share and say how long each took."""
    settings.DATABASES["default"]["NAME"] = database
    if from_sequence:
        operation._draw = _from_sequence
    for visit in range(FAILS_EVERY, len(keys) + 1, FAILS_EVERY):
        faults.arm("finalize.before_commit", visit=visit)
    drafts = Invoice.objects.select_related("customer__legal_entity", "contract").in_bulk(keys)
    barrier.wait()
    seconds, failed, words = [], 0, ""
    for key in keys:
        started = time.perf_counter()
        try:
            operation.finalize_invoice(actor=FINANCE, invoice=drafts[key], now=CLOSED_AT, today=CLOSED_AT.date())
            seconds.append(time.perf_counter() - started)
        except faults.InjectedFault:
            failed += 1
        except Exception as error:  # noqa: BLE001 - said to the bench, which fails with it
            words = repr(error)
            break
    answers.put((seconds, failed, words))
    connections.close_all()


def _from_sequence(series: InvoiceSeries, *_: Any) -> Any:
    """Take a number as most programs do: nobody has to wait, and what is rolled back leaves a hole."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT nextval('{SEQUENCE}')")
        (number,) = cursor.fetchone()
    # No chain either: a chain needs to know who was before.
    return operation._Drawn(series=series, sequence=number, previous_digest=secrets.token_hex(), previous_date=None)
