"""The registry of background work: which function does a kind of job, and what it is given.

A handler stands in `<app>/tasks.py`, is thin (load, one call into `operations`) and may run twice: every effect is
keyed. It raises `JobRefused` for what will not get better by trying again; any other exception is tried again later.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.utils.module_loading import autodiscover_modules

from ground import clock

Args = dict[str, Any]


class JobRefused(Exception):
    """The work cannot be done, now or later. The message is shown to the person who waits for it."""


class JobCancelled(Exception):
    """Somebody asked to cancel, and the handler noticed."""


class LeaseLost(Exception):
    """Another worker took this job over because this one gave no sign of life."""


@dataclass(kw_only=True)
class Progress:
    """How far a run is. `total` is None while it is not known; `words` say what is being done."""

    done: int = 0
    total: int | None = None
    words: str = ""


@dataclass(kw_only=True)
class JobContext:
    """What a handler gets: its arguments, the clock, and a way to tell progress and to hear of a cancellation."""

    args: Args
    job_id: int
    key: str
    latest: Progress = field(default_factory=Progress)
    cancel_asked: threading.Event = field(default_factory=threading.Event)
    lease_lost: threading.Event = field(default_factory=threading.Event)

    def now(self) -> datetime:
        """Return the present instant in UTC, which operations want as an argument."""
        return clock.now()

    def progress(self, done: int, total: int | None = None, words: str = "") -> None:
        """Say how far the run is; written beside the work, so it costs nothing and shows before any commit."""
        self.latest = Progress(done=done, total=total, words=words[:300])
        self.check_cancelled()

    def check_cancelled(self) -> None:
        """Raise JobCancelled or LeaseLost if this run should end; call it where stopping leaves nothing half done."""
        if self.lease_lost.is_set():
            raise LeaseLost(f"Another worker took over the job {self.key}.")
        if self.cancel_asked.is_set():
            raise JobCancelled(f"The job {self.key} was cancelled.")


Handler = Callable[[JobContext], Args | None]


@dataclass(frozen=True, kw_only=True)
class JobKind:
    """A registered kind of work. `every` makes the scheduler enqueue it once per span, without arguments."""

    name: str
    handler: Handler
    max_attempts: int
    every: timedelta | None


class UnknownJobKind(LookupError):
    """No tasks module registers this kind of work."""


_kinds: dict[str, JobKind] = {}


def job(name: str, *, max_attempts: int = 5, every: timedelta | None = None) -> Callable[[Handler], Handler]:
    """Register a handler in `<app>/tasks.py` for the kind `name`, such as "usage.read_report"."""

    def register(handler: Handler) -> Handler:
        known = _kinds.get(name)
        if known is not None and known.handler.__qualname__ != handler.__qualname__:
            raise ValueError(f"Two handlers call themselves {name}.")
        _kinds[name] = JobKind(name=name, handler=handler, max_attempts=max_attempts, every=every)
        return handler

    return register


def job_kind(name: str) -> JobKind:
    """Return a registered kind; raises UnknownJobKind."""
    kinds = all_job_kinds()
    if name not in kinds:
        raise UnknownJobKind(f"No worker knows how to do {name!r}.")
    return kinds[name]


def all_job_kinds() -> dict[str, JobKind]:
    """Return every registered kind by name. The apps' tasks modules are loaded at the first call."""
    _load_tasks()
    return dict(_kinds)


@cache
def _load_tasks() -> None:
    """Looking for the modules of every app costs more than to enqueue a job does; it is done once per process."""
    autodiscover_modules("tasks")
