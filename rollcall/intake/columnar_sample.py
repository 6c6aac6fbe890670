"""A look at a few places all over a file: which actions and instances most of its rows name, and when they were.

What is found makes the fast reader's queries quicker, never different: a row that the sample does not know is counted
all the same.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rollcall.formats import times
from rollcall.intake.source import Source

_PLACES = 16
_PIECE = 1 << 14
# More names than these cost more in the comparison than they save.
_MOST_NAMES = 32
_TIMES_IN_A_PIECE = 4


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Names as written, the most frequent first, the earliest and latest instant seen, what stands between day and
    clock in a time, and how long most times are.
    """

    actions: tuple[str, ...] = ()
    instances: tuple[str, ...] = ()
    instants: tuple[int, int] | None = None
    parts_clock_by: str = "T"
    time_length: int = 20


def sample_of(path: Path, source: Source, *, instance: str) -> Sample:
    """Look at a plain UTF-8 file; `instance` is that of its rows where no column says it."""
    place, width, constants = source.positions, len(source.header), source.mapping.constants
    names = {role: Counter[str]() for role in ("action", "instance")}
    instants: list[int] = []
    written: list[str] = []
    read_time = times.reader_of(source.reading)
    for lines in _pieces(path):
        records: list[list[str]] = []
        with suppress(csv.Error):
            records.extend(row for row in csv.reader(lines, delimiter=source.mapping.delimiter) if len(row) == width)
        for role, seen in names.items():
            if role in place:
                seen.update(record[place[role]] for record in records)
        for record in records[:_TIMES_IN_A_PIECE]:
            with suppress(times.TimeRefused):
                instants.append(read_time(record[place["at"]]))
                written.append(record[place["at"]])
    return Sample(
        actions=_most(names["action"]) if "action" in place else (constants.get("action") or "",),
        instances=_most(names["instance"]) if "instance" in place else (constants.get("instance") or instance,),
        instants=(min(instants), max(instants)) if instants else None,
        parts_clock_by=" " if any(time[10:11] == " " for time in written) else "T",
        time_length=Counter(map(len, written)).most_common(1)[0][0] if written else 0,
    )


def _pieces(path: Path) -> list[list[str]]:
    """Return the whole lines of pieces of the file."""
    found = []
    with path.open("rb", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        for number in range(_PLACES):
            begins = size * number // _PLACES
            file.seek(begins)
            piece = file.read(min(_PIECE, size // _PLACES + 1))
            if begins:
                piece = piece[piece.find(b"\n") + 1 :]
            found.append(piece[: piece.rfind(b"\n") + 1].decode("utf-8", "replace").replace("\0", "").splitlines(True))
    return found


def _most(names: Counter[str]) -> tuple[str, ...]:
    return tuple(name for name, _ in names.most_common(_MOST_NAMES))
