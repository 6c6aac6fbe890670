"""Work for the tests of the job machinery, in this process and in workers of their own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ground.labour import tasks
from tests.workers import SHORT_LEASES, broker, start

__all__ = ["broker", "start", "tasks"]


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
def worker_environment(process_environment: dict[str, str]) -> dict[str, str]:
    """The environment of workers that know the tests' handlers and lose patience quickly."""
    return process_environment | SHORT_LEASES | {"DJANGO_SETTINGS_MODULE": "tests.ground.labour.settings"}
