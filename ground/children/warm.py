"""The warm way: one process imports, and every child is a fork of it, there in a hundredth of a second."""

import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

from ground.children.nursery import TOLD
from rollcall.intake.start import ENVIRONMENT, PACKAGES

_SERVE = (
    "import sys; sys.path.insert(0, sys.argv[1]); from ground.children.nursery import main; "
    "main(int(sys.argv[2]), sys.argv[3:])"
)


class NotStarted(OSError):
    """The warm process ended before it started a child."""


class WarmChild:
    """A child that a warm process forked; `rollcall.intake.start.Running`."""

    def __init__(self, pid: int, told: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._told: int | None = told
        self._lock = threading.Lock()

    def __del__(self) -> None:
        if self._told is not None:
            os.close(self._told)

    def poll(self) -> int | None:
        """Return how the child ended, None while it runs."""
        with self._lock:
            if self.returncode is None and self._told is not None and _is_readable(self._told, 0):
                self._end(self._told)
            return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the status. Raises subprocess.TimeoutExpired after so many seconds."""
        until = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            left = None if until is None else until - time.monotonic()
            told = self._told
            if told is not None and not _is_readable(told, left):
                raise subprocess.TimeoutExpired("a child", timeout or 0)
        return status

    def _end(self, told: int) -> None:
        said = os.read(told, TOLD.size)
        # Without a word the warm process died, and its children with it.
        self.returncode = TOLD.unpack(said)[0] if len(said) == TOLD.size else -9
        os.close(told)
        self._told = None


class WarmStarter:
    """Starts children from one warm process, which is started with the first; `rollcall.intake.start.Start`.

    Any thread may call it. After a fork both processes ask the same warm process: each request carries the pipe on
    which its own child is told of. Raises NotStarted.
    """

    def __init__(self, *modules: str) -> None:
        self._modules = modules
        self._asked: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        # Another thread may hold the lock at the moment of a fork.
        os.register_at_fork(after_in_child=self._new_lock)

    def __call__(self, module: str, *, stdin: int, stdout: int, stderr: int) -> WarmChild:
        """Start the `main` of a module."""
        # The warm process may have ended for lack of work just now: then another one is started, once.
        for _ in range(2):
            asked = self._ready()
            child = _ask(asked, module, (stdin, stdout, stderr))
            if child is not None:
                return child
            self._let_go(asked)
        raise NotStarted(f"The process that starts {module} ended twice before it did.")

    def _ready(self) -> socket.socket:
        with self._lock:
            if self._asked is None:
                self._asked, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                with theirs:
                    self._process = _served(theirs, self._modules)
            return self._asked

    def _let_go(self, asked: socket.socket) -> None:
        with self._lock:
            if self._asked is asked:
                asked.close()
                self._asked = None

    def _new_lock(self) -> None:
        self._lock = threading.Lock()


def _served(asked: socket.socket, modules: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a warm process; it ends when the other end of its socket is closed everywhere."""
    return subprocess.Popen(
        [sys.executable, "-I", "-c", _SERVE, PACKAGES, str(asked.fileno()), *modules],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT,
        cwd="/",
        pass_fds=[asked.fileno()],
        start_new_session=True,
    )


def _ask(asked: socket.socket, module: str, streams: Sequence[int]) -> WarmChild | None:
    """Ask for a child and wait until it is there; None where the warm process is gone."""
    told, tells = os.pipe()
    try:
        socket.send_fds(asked, [module.encode()], [*streams, tells])
    except (BrokenPipeError, ConnectionResetError):
        os.close(told)
        return None
    finally:
        os.close(tells)
    said = os.read(told, TOLD.size)
    if len(said) != TOLD.size:
        os.close(told)
        return None
    return WarmChild(TOLD.unpack(said)[0], told)


def _is_readable(file: int, seconds: float | None) -> bool:
    """Wait so long for a file to have something to read, or its end; for ever where no seconds are given."""
    waiting = select.poll()
    waiting.register(file, select.POLLIN | select.POLLHUP)
    return bool(waiting.poll(None if seconds is None else max(0.0, seconds) * 1000))
