"""Real processes for tests: workers and sweepers on the test's database, over either broker, to be killed.

A room overrides `worker_environment` where its processes need other settings.
"""

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from celery import Celery, current_app

from ground.models import Job
from tests.prepared import Prepared, Started

__all__ = ["Start", "broker", "kill", "lose_all_messages", "start", "states", "wait_until", "worker"]
__all__ += ["worker_environment"]

PATIENCE_SECONDS = 60
SHORT_LEASES = {"JOB_LEASE_SECONDS": "2", "JOB_SWEEP_SECONDS": "1", "JOB_RESEND_SECONDS": "2"}

Start = Callable[..., Started]


@pytest.fixture
def worker_environment(process_environment: dict[str, str]) -> dict[str, str]:
    """The environment of processes that lose patience quickly."""
    return process_environment | SHORT_LEASES


@pytest.fixture
def start(worker_environment: dict[str, str]) -> Iterator[Start]:
    """Start a process of the portal on this test's database; all are ended with the test."""
    started: list[Started] = []
    prepared: list[Prepared] = []

    def begin(*command: str) -> Started:
        # A test may change the environment between two starts.
        if not prepared or prepared[-1].environment != worker_environment:
            prepared.append(Prepared(worker_environment))
        child = prepared[-1].start(*command)
        started.append(child)
        return child

    yield begin
    for child in started:
        if child.poll() is None:
            kill(child)
    for one in prepared:
        one.end()


@pytest.fixture(params=["filesystem", pytest.param("redis", marks=pytest.mark.needs("redis-server"))])
def broker(
    request: pytest.FixtureRequest, worker_environment: dict[str, str], own_folders: Path, tmp_path: Path
) -> Iterator[str]:
    """Where messages go, ours and the workers'. Redis keeps nothing on disk, as the worst case."""
    if request.param == "filesystem":
        lose_all_messages(own_folders)  # those of other tests name jobs of other databases
        yield "filesystem"
        return
    socket = tmp_path / "redis.sock"
    command = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", "", "--loglevel", "warning"]
    server = subprocess.Popen(command)
    wait_until(socket.exists, "Redis does not start")
    worker_environment["CELERY_BROKER_URL"] = f"redis+socket://{socket}"
    ours = current_app._get_current_object()
    Celery("asker", broker=f"redis+socket://{socket}", set_as_current=True)
    yield "redis"
    ours.set_current()
    server.terminate()
    server.wait()


def lose_all_messages(folder: Path) -> None:
    """Forget every message of the embedded broker."""
    for message in (folder / "broker" / "messages").iterdir():
        message.unlink()


def worker(start: Start) -> Started:
    """Start a worker with two hands, in a process group of its own."""
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "ERROR")
    return start("-m", "celery", "--quiet", "-A", "config.celery", "worker", "--concurrency", "2", *quiet)


def kill(process: Started) -> None:
    """Kill a process and its children as a power cut would."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def states() -> Counter[str]:
    """How many jobs are in which state."""
    return Counter(Job.objects.values_list("state", flat=True))


def wait_until(condition: Callable[[], bool], words: str, patience: float = PATIENCE_SECONDS) -> None:
    """Wait for a condition, and fail with these words and the states of all jobs when it does not come."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"{words} for {patience} s: {states()}"
        time.sleep(0.1)
