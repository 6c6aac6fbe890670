"""Delivery with real workers that are killed: nothing is lost, nothing happens twice, and the sweeper is why.

Runs with the embedded broker and with Redis, started for the test on a socket of its own.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from ground.operations import enqueue_job
from tests.workers import Start, kill, lose_all_messages, states, wait_until, worker

JOBS = 24
KILLS = 3
SEED = 20260901


def ask_for_all(bench: dict[str, str], seconds: float) -> None:
    for number in range(JOBS):
        args = {**bench, "name": f"job-{number}", "seconds": seconds}
        enqueue_job(key=f"job-{number}", kind="labour.write_once", args=args)


def begun(notes: list[str]) -> int:
    return sum(1 for note in notes if note.endswith("began"))


def wait_until_all_are_over() -> None:
    wait_until(lambda: states() == {"succeeded": JOBS}, "not delivered")


def test_killed_workers_lose_nothing_and_do_nothing_twice(
    broker: str,
    start: Start,
    bench: dict[str, str],
    notes: Callable[[], list[str]],
    figure: Callable[[str], None],
    campaign: bool,
) -> None:
    chance, kills = random.Random(SEED), 10 if campaign else KILLS
    start("manage.py", "sweeper")
    ask_for_all(bench, seconds=2 if campaign else 0.4)
    for _ in range(kills):
        before = begun(notes())
        victim = worker(start)
        wait_until(lambda before=before: begun(notes()) > before, "no worker begins")
        time.sleep(chance.uniform(0.0, 0.8))
        kill(victim)
    worker(start)
    wait_until_all_are_over()
    made = Counter(note for note in notes() if note.endswith("made"))
    assert made == {f"job-{number} made": 1 for number in range(JOBS)}
    again = begun(notes()) - JOBS
    assert again > 0, "no kill hit a run"
    figure(f"delivery, {broker}: {JOBS} jobs, {kills} workers killed, {again} runs begun again, seed {SEED}")


def test_messages_that_are_lost_are_sent_again_by_the_sweeper_alone(
    start: Start, bench: dict[str, str], own_folders: Path
) -> None:
    ask_for_all(bench, seconds=0)
    lose_all_messages(own_folders)
    worker(start)
    time.sleep(4)
    assert states() == {"queued": JOBS}, "without the sweeper nothing moves"
    start("manage.py", "sweeper")
    wait_until_all_are_over()
