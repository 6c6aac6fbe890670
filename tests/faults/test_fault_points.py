"""A process is killed at every named point of ingest, close, finalize, render and bundle; then the month is taken up again.

Each point is hit at least three times, at different visits where there are several; a month is killed, taken up, and
killed again further on. Nothing is lost, nothing happens twice, no number is skipped, no document is without its PDF,
and `check_invariants` finds nothing. A campaign plays the month whole, in billing runs and on to the mail and a credit
note, and kills a thousand times (FAULT_KILLS, FAULT_SEED).
"""

import json
import os
import random
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from ground import faults
from tests.cast import House
from tests.faults.month import Month, assert_books_are_whole, expected, new_month, play
from tests.faults.points import OF_A_MONTH, OF_A_WHOLE_MONTH
from tests.faults.whole_month import expected_whole, new_whole_month

TIMES = 3
FLOWS = ("ingest", "close", "finalize", "render", "bundle")
IS_CAMPAIGN = os.environ.get("ROLLCALL_CAMPAIGN") == "1"
KILLS_OF_A_CAMPAIGN = int(os.environ.get("FAULT_KILLS", "1000"))
SEED = int(os.environ.get("FAULT_SEED", "20261121"))
# A month is killed at every fifth point: a job that ends five times is given up, as it should be.
STRIDE = 5


@pytest.fixture
def short_leases(own_folders: Path) -> Iterator[None]:
    """A killed run is taken over after a second, not after a minute."""
    before = settings.JOB_LEASE_SECONDS
    settings.JOB_LEASE_SECONDS = 1
    yield
    settings.JOB_LEASE_SECONDS = before


def in_a_child(work: Callable[[], None]) -> int:
    """Do work in a forked child with connections of its own; return how it ended, as os.waitpid says it."""
    connections.close_all()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:  # noqa: BLE001 - the child must not return into pytest, whatever happened
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    return os.waitpid(pid, 0)[1]


def visits_of(month: Month, note: Path) -> dict[str, int]:
    """Play a month undisturbed and return how often each point was passed."""

    def work() -> None:
        faults.disarm()
        faults.arm("none")
        play(month)
        note.write_text(json.dumps(faults.visits()))

    assert in_a_child(work) == 0
    visits: dict[str, int] = json.loads(note.read_text())
    return visits


def is_cut_off(month: Month, point: str, visit: int) -> bool:
    """Play a month in a child that is killed at this visit of this point; return whether it came there."""

    def work() -> None:
        faults.disarm()
        faults.arm(point, visit=visit, action="kill")
        play(month)

    status = in_a_child(work)
    assert status == 0 or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL), (
        f"the month broke with {status} on its way to visit {visit} of {point}"
    )
    return status != 0


def kills_on_the_way(month: Month, way: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Play a month until it is killed, and again to the next kill; return those before it came through."""
    hit = []
    for point, visit in way:
        if not is_cut_off(month, point, visit):
            break
        hit.append((point, visit))
    return hit


@dataclass(frozen=True, kw_only=True)
class Course:
    """One way to play a month: how it begins, what comes out, what it passes, and how often it is killed."""

    new: Callable[[House, int], Month]
    come_out: Callable[[Month], dict[str, object]]
    passes: frozenset[str]
    kills: int = 0


def late_month(house: House, number: int) -> Month:
    """A month with a corrected file after its invoice."""
    return new_month(house, number, late=True)


# In a campaign every second kill meets a month that is closed contract by contract, the others a whole one.
EVERY_DAY = [Course(new=new_month, come_out=expected, passes=OF_A_MONTH)]
OF_A_CAMPAIGN = [
    Course(new=late_month, come_out=expected, passes=OF_A_MONTH, kills=KILLS_OF_A_CAMPAIGN // 2),
    Course(
        new=new_whole_month,
        come_out=expected_whole,
        passes=OF_A_WHOLE_MONTH,
        kills=KILLS_OF_A_CAMPAIGN - KILLS_OF_A_CAMPAIGN // 2,
    ),
]


def ways(course: Course, visits: Mapping[str, int]) -> Iterator[list[tuple[str, int]]]:
    """Yield where to kill one month after the other, in the order of a month; every point in turn, at its visits."""
    chance = random.Random(SEED)
    for turn in count() if course.kills else range(TIMES):
        where = [
            (point, chance.randint(1, times) if course.kills else turn % times + 1)
            for point, times in visits.items()
            if course.kills or point.partition(".")[0] in FLOWS
        ]
        yield from (where[first::STRIDE] for first in range(STRIDE))


def months_with_kills(
    house: House, course: Course, visits: Mapping[str, int], numbers: Iterator[int]
) -> Iterator[tuple[Month, list[tuple[str, int]]]]:
    """Yield each month after its last kill, before it is taken up again, with where; as many as the course asks for."""
    done = 0
    for left in ways(course, visits):
        while left:
            month = course.new(house, next(numbers))
            hit = kills_on_the_way(month, left)
            # What is left begins with the point that this month was past already: a new month comes to it first.
            assert hit, f"{left[0]} was not reached"
            left, done = left[len(hit) :], done + len(hit)
            yield month, hit
            if course.kills and done >= course.kills:
                return


def test_a_kill_at_any_point_loses_nothing_and_doubles_nothing(
    committed_house: House, short_leases: None, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    hits: Counter[str] = Counter()
    numbers = count()
    for course in OF_A_CAMPAIGN if IS_CAMPAIGN else EVERY_DAY:
        visits = visits_of(course.new(committed_house, next(numbers)), tmp_path / "visits")
        assert course.passes - visits.keys() == set()
        for month, hit in months_with_kills(committed_house, course, visits, numbers):
            hits.update(point for point, _ in hit)
            assert in_a_child(partial(play, month)) == 0, f"not taken up again after {hit}"
            assert month.outcome() == course.come_out(month), f"after {hit}"
    assert_books_are_whole(invoices=next(numbers))
    for point, times in sorted(hits.items()):
        figure(f"fault point {point}: {times} kills")
    seed = f", seed {SEED}" if IS_CAMPAIGN else ""
    figure(f"fault points: {len(hits)} points, {hits.total()} kills{seed}, 0 lost, 0 double, 0 gaps, 0 without a PDF")
