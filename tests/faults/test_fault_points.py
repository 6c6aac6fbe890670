"""A process is killed at every named point of ingest, close, finalize, render and bundle; then the month is taken up again.

Each point is hit at least three times, at different visits where there are several. Nothing is lost, nothing happens
twice, no number is skipped, and `check_invariants` finds nothing.
"""

import json
import os
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from ground import faults
from tests.cast import House
from tests.faults.month import Month, assert_books_are_whole, expected, new_month, play

TIMES = 3
FLOWS = ("ingest", "close", "finalize", "render", "bundle")
IS_CAMPAIGN = os.environ.get("ROLLCALL_CAMPAIGN") == "1"


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


def test_a_kill_at_any_point_loses_nothing_and_doubles_nothing(
    committed_house: House, short_leases: None, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    visits = visits_of(new_month(committed_house, 0, late=IS_CAMPAIGN), tmp_path / "visits")
    points = sorted(point for point in visits if IS_CAMPAIGN or point.partition(".")[0] in FLOWS)
    for flow in FLOWS:
        assert sum(point.startswith(f"{flow}.") for point in points) >= 4, f"{flow} has too few points"
    hits: Counter[str] = Counter()
    number = 0
    for point in points:
        for turn in range(TIMES):
            number += 1
            month = new_month(committed_house, number, late=IS_CAMPAIGN)
            cut_off(month, point, visit=turn % visits[point] + 1)
            hits[point] += 1
            assert in_a_child(lambda month=month: play(month)) == 0, f"not taken up again after {point}"
            assert month.outcome() == expected(month), f"after a kill at {point}"
    assert_books_are_whole(invoices=number + 1)
    for point in points:
        figure(f"fault point {point}: {hits[point]} kills, {visits[point]} visits a month")
    figure(f"fault points: {len(points)} points, {number} kills, 0 lost, 0 double, 0 gaps")
