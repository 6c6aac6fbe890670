"""Delivery with real workers that are killed: nothing is lost, nothing happens twice, and the sweeper is why.

Runs with the embedded broker and with Redis, started for the test on a socket of its own.
"""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from celery import Celery, current_app

from ground.models import Job
from ground.operations import enqueue_job

JOBS = 24
KILLS = 3
SEED = 20260901
PATIENCE_SECONDS = 60

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture(params=["filesystem", pytest.param("redis", marks=pytest.mark.needs("redis-server"))])
def broker(request: pytest.FixtureRequest, labour_environment: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """Where messages go, ours and the workers'. Redis keeps nothing on disk, as the worst case."""
    if request.param == "filesystem":
        yield "filesystem"
        return
    socket = tmp_path / "redis.sock"
    command = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", "", "--loglevel", "warning"]
    server = subprocess.Popen(command)
    wait_until(socket.exists, "Redis does not start")
    labour_environment["CELERY_BROKER_URL"] = f"redis+socket://{socket}"
    ours = current_app._get_current_object()
    Celery("asker", broker=f"redis+socket://{socket}", set_as_current=True)
    yield "redis"
    ours.set_current()
    server.terminate()
    server.wait()


def worker(start: Start) -> "subprocess.Popen[bytes]":
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "ERROR")
    return start("-m", "celery", "-A", "config.celery", "worker", "--concurrency", "2", *quiet)


def kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process and its children as a power cut would."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def ask_for_all(bench: dict[str, str], seconds: float) -> None:
    for number in range(JOBS):
        args = {**bench, "name": f"job-{number}", "seconds": seconds}
        enqueue_job(key=f"job-{number}", kind="labour.write_once", args=args)


def states() -> Counter[str]:
    return Counter(Job.objects.values_list("state", flat=True))


def begun(notes: list[str]) -> int:
    return sum(1 for note in notes if note.endswith("began"))


def wait_until(condition: Callable[[], bool], words: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{words} for {PATIENCE_SECONDS} s: {states()}"
        time.sleep(0.1)


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


def lose_all_messages(folder: Path) -> None:
    for message in (folder / "broker" / "messages").iterdir():
        message.unlink()
