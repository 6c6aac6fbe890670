"""A process in which everything is loaded, that forks itself into workers and sweepers: a start takes no seconds.

Half of the time of a test that kills workers would be spent on starting the next one. What is forked is a process of
its own, in a session of its own, with its own hands and connections, and is killed as any other. Nothing is connected
before the fork, and the prepared process has one thread.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping

from config.environment import BASE_DIR

__all__ = ["Prepared", "Started"]


class Started:
    """A process forked from a prepared one, which collects it when it ends."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        """None while it runs; else 0, whatever its status was."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 0
        return None

    def wait(self) -> None:
        """Return when it has ended."""
        while self.poll() is None:
            time.sleep(0.005)


class Prepared:
    """Starts processes of one environment. A command is what would follow `python` on a command line."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.prepared"],
            env=self.environment,
            cwd=BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def start(self, *command: str) -> Started:
        """Fork a process that runs the command."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        self._process.stdin.flush()
        return Started(int(self._process.stdout.readline()))

    def end(self) -> None:
        """End the prepared process; what it started goes on."""
        self._process.kill()
        self._process.communicate()


def _serve() -> None:
    """Fork for every line of standard input, and say the process id on standard output."""
    # The kernel collects what has ended, so that a process that was killed is gone at once.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    asked, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    for line in asked:
        child = os.fork()
        if not child:
            answers.detach()
            os.closerange(3, os.sysconf("SC_OPEN_MAX"))
            _become(json.loads(line))
        answers.write(f"{child}\n")
        answers.flush()


def _become(command: list[str]) -> None:
    """Be the process of this command, and never return."""
    status: object = 1
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    try:
        if command[:2] == ["-m", "celery"]:
            sys.argv = command[1:]
            celery()
        else:
            execute_from_command_line(command)
        status = 0
    except SystemExit as end:
        status = end.code
    finally:
        if status and sys.exc_info()[0] is not None:
            sys.excepthook(*sys.exc_info())
        os._exit(1 if status else 0)


if __name__ == "__main__":
    import django
    from celery.__main__ import main as celery
    from django.core.management import execute_from_command_line

    from config.celery import app

    django.setup()
    app.loader.import_default_modules()
    _serve()
