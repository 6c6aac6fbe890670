"""What a child process does before it touches a customer's bytes: give up time, memory, files, network and secrets.

A child reads one JSON document from its standard input and answers with JSON lines: progress, then the result. It runs
the same code as `sniff` and `read` in a process; only the limits differ.
"""

from __future__ import annotations

import codecs
import json
import os
import resource
import sys
from collections.abc import Callable, Iterator
from typing import Any

from rollcall.intake.handing import User
from rollcall.intake.host import called, die_with_parent
from rollcall.intake.privileges import become, leave_network
from rollcall.intake.text import ENCODINGS
from rollcall.period import zone, zone_names

_PR_SET_NO_NEW_PRIVS = 38

# Standard streams, the file, what is spooled and spilled.
_OPEN_FILES = 256

Work = Callable[[dict[str, Any], Callable[[int, int, str], None]], dict[str, Any]]


def confine(
    *,
    seconds: int,
    written_bytes: int,
    memory_bytes: int | None,
    processes: int | None = None,
    uid: int | None = None,
    gid: int | None = None,
) -> dict[str, bool]:
    """Give up what the work does not need and return which protections the host gave.

    `memory_bytes` limits the address space; None leaves it open, for DuckDB, whose resident size the parent watches.
    `processes` 0 forbids threads and processes; `uid` and `gid` are whom a child of root becomes. Raises OSError.
    """
    no_network = leave_network()
    if uid is not None and gid is not None:
        become(User(uid, gid))
    os.umask(0o077)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, written_bytes)
    _lower(resource.RLIMIT_CPU, seconds)
    _lower(resource.RLIMIT_NOFILE, _OPEN_FILES)
    if memory_bytes is not None:
        _lower(resource.RLIMIT_AS, memory_bytes)
    if processes is not None:
        _lower(resource.RLIMIT_NPROC, processes)
    return {
        # A change of user undoes both, so they come last.
        "dies_with_parent": die_with_parent(),
        "no_new_privileges": called("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        "no_network": no_network,
        "unprivileged": os.geteuid() != 0,
        "memory_limited": resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY,
    }


def answer(work: Work) -> None:
    """Do the work that standard input asks for and print its result as the last line."""
    document = json.load(sys.stdin)
    _warm(document)
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


def _warm(document: dict[str, Any]) -> None:
    """Load what is otherwise loaded when first used: the next user may not be able to read Python's own files."""
    for name in ENCODINGS:
        codecs.lookup(name)
    known = zone_names()
    for name in {"UTC", *_texts(document)} & known:
        zone(name)


def _texts(document: object) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif isinstance(document, dict):
        for value in document.values():
            yield from _texts(value)
    elif isinstance(document, list):
        for value in document:
            yield from _texts(value)


def _lower(limit: int, value: int) -> None:
    _, hard = resource.getrlimit(limit)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (value, value))
