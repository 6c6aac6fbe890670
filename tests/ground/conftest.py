"""Work for the tests of the job machinery, in this process and in workers of their own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.environment import BASE_DIR
from tests.ground.labour import tasks

__all__ = ["tasks"]


@pytest.fixture
def bench(tmp_path: Path) -> dict[str, str]:
    """Arguments of a job: where it leaves its effects and its notes."""
    folder = tmp_path / "effects"
    folder.mkdir()
    return {"folder": str(folder), "notes": str(tmp_path / "notes")}


@pytest.fixture
def notes(bench: dict[str, str]) -> Callable[[], list[str]]:
    """Read what the handlers noted so far, without the process numbers."""

    def read() -> list[str]:
        path = Path(bench["notes"])
        return [line.rpartition(" ")[0] for line in path.read_text().splitlines()] if path.exists() else []

    return read


@pytest.fixture
def labour_environment(process_environment: dict[str, str]) -> dict[str, str]:
    """The environment of workers that know the tests' handlers and lose patience quickly."""
    return process_environment | {
        "DJANGO_SETTINGS_MODULE": "tests.ground.labour.settings",
        "JOB_LEASE_SECONDS": "2",
        "JOB_SWEEP_SECONDS": "1",
        "JOB_RESEND_SECONDS": "2",
    }


@pytest.fixture
def start(labour_environment: dict[str, str]) -> Iterator[Callable[..., "subprocess.Popen[bytes]"]]:
    """Start a process of the portal on this test's database; all are ended with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(*command: str) -> "subprocess.Popen[bytes]":
        child = subprocess.Popen(
            [sys.executable, *command], env=labour_environment, cwd=BASE_DIR, start_new_session=True
        )
        started.append(child)
        return child

    yield begin
    for child in started:
        if child.poll() is None:
            os.killpg(child.pid, 9)
        child.wait()
