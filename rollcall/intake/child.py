"""What a child process does before it touches a customer's bytes: give up time, memory, files, network and secrets.

A child reads one JSON document from its standard input and answers with JSON lines: progress, then the result. It runs
the same code as `sniff` and `read` in a process; only the limits differ.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import Any

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000

Work = Callable[[dict[str, Any], Callable[[int, int, str], None]], dict[str, Any]]


def confine(*, seconds: int, written_bytes: int, memory_bytes: int | None) -> dict[str, bool]:
    """Give up what the work does not need and return which protections the host gave.

    `memory_bytes` limits the address space; None leaves it open, for DuckDB, whose resident size the parent watches.
    """
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, written_bytes)
    _lower(resource.RLIMIT_CPU, seconds)
    if memory_bytes is not None:
        _lower(resource.RLIMIT_AS, memory_bytes)
    libc = ctypes.CDLL(None, use_errno=True)
    return {
        "dies_with_parent": _called(libc, "prctl", _PR_SET_PDEATHSIG, signal.SIGKILL),
        "no_new_privileges": _called(libc, "prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        "no_network": _called(libc, "unshare", _CLONE_NEWNET)
        or _called(libc, "unshare", _CLONE_NEWUSER | _CLONE_NEWNET),
    }


def answer(work: Work) -> None:
    """Do the work that standard input asks for and print its result as the last line."""
    document = json.load(sys.stdin)
    given = confine(**document.pop("confine"))
    # Whatever a library prints goes to the errors; only answers go to the parent.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as parent:
        os.dup2(2, 1)

        def tell(said: dict[str, Any]) -> None:
            parent.write(json.dumps(said) + "\n")
            parent.flush()

        def on_progress(done: int, total: int, words: str) -> None:
            tell({"progress": [done, total, words]})

        tell({"confined": given})
        tell({"result": work(document, on_progress)})


def _lower(limit: int, value: int) -> None:
    _, hard = resource.getrlimit(limit)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (value, value))


def _called(libc: ctypes.CDLL, name: str, *arguments: int) -> bool:
    """Return whether the host has this call and allowed it; a refusal is tolerated and reported."""
    call = getattr(libc, name, None)
    return call is not None and call(*arguments) == 0
