"""The cold way: a new interpreter for every child, which has to import everything first."""

import subprocess
import sys
from pathlib import Path
from typing import Any, Protocol

PACKAGES = str(Path(__file__).resolve().parent.parent.parent)
# No locale but this one, no secret, no path.
ENVIRONMENT = {"LC_ALL": "C.UTF-8"}
_MAIN = "import importlib, sys; sys.path.insert(0, sys.argv[1]); importlib.import_module(sys.argv[2]).main()"


class Running(Protocol):
    """A child that was started. `returncode` is None until `poll` or `wait` saw its end, negative for a signal."""

    pid: int
    returncode: Any

    def poll(self) -> int | None:
        """Return how the child ended, None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the status. Raises subprocess.TimeoutExpired after so many seconds."""


class Start(Protocol):
    """Starts the `main` of a module with three open files, which stay the caller's to close."""

    def __call__(self, module: str, *, stdin: int, stdout: int, stderr: int) -> Running:
        """Return the running child, the leader of a session of its own. Raises OSError."""


def start_cold(module: str, *, stdin: int, stdout: int, stderr: int) -> subprocess.Popen[bytes]:
    """Start the `main` of a module in a new interpreter."""
    return subprocess.Popen(
        [sys.executable, "-I", "-c", _MAIN, PACKAGES, module],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env=ENVIRONMENT,
        cwd="/",
        start_new_session=True,
    )
