"""The events of one day out of many batches: each once, in an order of their own, in little memory."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime
from itertools import groupby
from pathlib import Path

from rollcall.intake.events import Batch

# So many lines are sorted in memory at once; a child may have 256 open files, so a day may have ten million events.
LINES_AT_ONCE = 50_000


def write_day(batches: Iterable[Batch], out: Path, *, since: datetime, until: datetime) -> int:
    """Write the good events from `since` to before `until`, one line each, and return how many lines there are.

    The same events give the same bytes whatever batches brought them, and in whatever order.
    """
    with ExitStack() as opened:
        runs: list[Iterable[str]] = []
        lines: list[str] = []
        for line in _lines(batches, since, until):
            lines.append(line)
            if len(lines) == LINES_AT_ONCE:
                runs.append(_spilled(lines, out.with_name(f"{out.name}.{len(runs)}"), opened))
                lines = []
        runs.append(sorted(lines))
        written = 0
        with out.open("w", encoding="utf-8", newline="") as file:
            for line, _ in groupby(heapq.merge(*runs)):
                file.write(line)
                written += 1
    return written


def _lines(batches: Iterable[Batch], since: datetime, until: datetime) -> Iterator[str]:
    for batch in batches:
        for event in batch.events:
            if since <= event.at < until:
                yield f"{event.line}\n"


def _spilled(lines: list[str], path: Path, opened: ExitStack) -> Iterable[str]:
    """Put sorted lines aside in a file that nobody else finds."""
    file = opened.enter_context(path.open("w+", encoding="utf-8", newline="\n"))
    path.unlink()
    file.writelines(sorted(lines))
    file.seek(0)
    return file
