"""A process is killed at every named point of ingest, close, finalize, render and bundle; then the month is taken up again.

Each point is hit at least three times, at different visits where there are several. Nothing is lost, nothing happens
twice, no number is skipped, no document is without its PDF, and `check_invariants` finds nothing. A campaign plays the
month whole, in billing runs and on to the mail and a credit note, and kills a thousand times (FAULT_KILLS).
"""

import json
import os
import random
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count, cycle, islice
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
SEED = 20261121


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


def cut_off(month: Month, point: str, visit: int) -> None:
    """Play a month in a child that is killed at this visit of this point."""

    def work() -> None:
        faults.disarm()
        faults.arm(point, visit=visit, action="kill")
        play(month)

    status = in_a_child(work)
    assert os.WIFSIGNALED(status), f"{point} was not reached a {visit}. time: the child ended with {status}"
    assert os.WTERMSIG(status) == signal.SIGKILL


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


def kills(course: Course, visits: Mapping[str, int]) -> list[tuple[str, int]]:
    """Where to kill: every point in turn, at which of its visits."""
    if course.kills:
        chance = random.Random(SEED)
        every = islice(cycle(sorted(visits)), course.kills)
        return [(point, chance.randint(1, visits[point])) for point in every]
    points = sorted(point for point in visits if point.partition(".")[0] in FLOWS)
    return [(point, turn % visits[point] + 1) for point in points for turn in range(TIMES)]


def test_a_kill_at_any_point_loses_nothing_and_doubles_nothing(
    committed_house: House, short_leases: None, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    hits: Counter[str] = Counter()
    numbers = count()
    for course in OF_A_CAMPAIGN if IS_CAMPAIGN else EVERY_DAY:
        visits = visits_of(course.new(committed_house, next(numbers)), tmp_path / "visits")
        assert course.passes - visits.keys() == set()
        for point, visit in kills(course, visits):
            month = course.new(committed_house, next(numbers))
            cut_off(month, point, visit=visit)
            hits[point] += 1
            assert in_a_child(partial(play, month)) == 0, f"not taken up again after {point}, visit {visit}"
            assert month.outcome() == course.come_out(month), f"after a kill at {point}, visit {visit}"
    assert_books_are_whole(invoices=next(numbers))
    for point, times in sorted(hits.items()):
        figure(f"fault point {point}: {times} kills")
    seed = f", seed {SEED}" if IS_CAMPAIGN else ""
    figure(f"fault points: {len(hits)} points, {hits.total()} kills{seed}, 0 lost, 0 double, 0 gaps, 0 without a PDF")
