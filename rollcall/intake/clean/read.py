"""Reads a clean file: split, settle what each spelling means, add up, write."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as arrow
import pyarrow.compute as compute
from numpy.typing import NDArray

from rollcall.formats import times
from rollcall.intake.checks import Names
from rollcall.intake.clean.moments import instants_of, local_minutes, refuse_outside
from rollcall.intake.clean.names import Users, labels_of, quantities_of, users_of
from rollcall.intake.clean.split import NotClean, Split, can_split, split
from rollcall.intake.clean.sums import Sums, rows_alike, sums_of
from rollcall.intake.clean.write import Evidence, digest_of, write_parquet
from rollcall.intake.columnar import KEPT_BYTES, ColumnarReading
from rollcall.intake.evidence import PARQUET_FILE, write_names
from rollcall.intake.request import Bounds, ReadRequest
from rollcall.intake.result import RowCounts
from rollcall.intake.source import Source
from rollcall.intake.turnover import Month, months_of_users
from rollcall.rows import MINUTES_PER_DAY
from rollcall.zones import DAY, day_of, span_of_minutes

# All rows are in memory; more are left to DuckDB, which is slower and needs no more for a hundred times as many.
_MOST_ROWS = 2_000_000


def read_clean(
    path: Path, *, source: Source, request: ReadRequest, bounds: Bounds, is_as_expected: Callable[[], bool]
) -> ColumnarReading | None:
    """Read a plain UTF-8 file whose beginning has no quotes, and write its evidence and names; None where the file is
    for another reader. `is_as_expected` waits for a look at all its bytes and says whether they are like the beginning.
    """
    if source.reading.format != times.ISO or path.stat().st_size > KEPT_BYTES or not can_split(source):
        return None
    try:
        with ThreadPoolExecutor(max_workers=1) as beside:
            return _Clean(source, request, bounds, beside).read(path, is_as_expected)
    except NotClean:
        # Another reader will need the memory.
        arrow.default_memory_pool().release_unused()
        return None


class _Clean:
    """One reading of one file."""

    def __init__(self, source: Source, request: ReadRequest, bounds: Bounds, beside: ThreadPoolExecutor) -> None:
        self._source = source
        self._request = request
        self._bounds = bounds
        self._beside = beside

    def read(self, path: Path, is_as_expected: Callable[[], bool]) -> ColumnarReading:
        """Read all of the file. Raises NotClean."""
        source, request = self._source, self._request
        found = split(path, source)
        if found.rows > min(_MOST_ROWS, source.limits.rows) or not is_as_expected():
            raise NotClean
        instants = instants_of(found.times, source)
        refuse_outside(instants, self._bounds)
        alike = self._beside.submit(_alike, found, instants, source.limits.id_characters)
        names = Names(rule=request.identity_rule, id_characters=request.limits.id_characters)
        users = users_of(found.columns["user"], names, request.salt)
        instances = labels_of("instance", found.columns.get("instance"), names, source, request)
        actions = labels_of("action", found.columns.get("action"), names, source, request)
        quantities = quantities_of(found.columns.get("quantity"))
        minutes = local_minutes(instants, source.reading.bill_zone)
        sums = sums_of(users.ranked, instances, actions, minutes, quantities)
        evidence = Evidence(sums=sums, refs=users.ranked.names, instances=instances.names, actions=actions.names)
        return self._write(evidence, users, rows=found.rows, equal=alike.result())

    def _write(self, evidence: Evidence, users: Users, *, rows: int, equal: int) -> ColumnarReading:
        folder, sums = self._request.evidence_dir, evidence.sums
        digest = self._beside.submit(digest_of, evidence)
        write_parquet(evidence, folder / PARQUET_FILE)
        write_names(users.names, folder)
        days = sums.day * MINUTES_PER_DAY
        first, last = int((days + sums.first).min()), int((days + sums.last).max())
        first_at, last_at = span_of_minutes(self._source.reading.bill_zone, first, last)
        return ColumnarReading(
            rows=RowCounts(read=rows, accepted=rows, quarantined=0, not_owned=0),
            is_whole=True,
            repeated=0,
            equal=equal,
            users=len(users.names),
            first_at=first_at,
            last_at=last_at,
            rows_by_day=_rows_by_day(sums),
            months=_months(sums),
            actions=_actions(evidence),
            keys=tuple(key for key, _ in users.names.values()),
            digest=digest.result(),
            evidence_rows=len(evidence),
            size=None,
        )


def _alike(found: Split, instants: NDArray[np.int64], id_characters: int) -> int:
    """Return how many rows without an event id are written like another. Raises NotClean where an id is repeated."""
    if found.ids is None:
        return rows_alike(found, instants)
    lengths = compute.min_max(compute.utf8_length(found.ids)).as_py()
    if not lengths["min"] or lengths["max"] > id_characters:
        raise NotClean
    if compute.count_distinct(found.ids).as_py() != found.rows:
        raise NotClean
    return 0


def _rows_by_day(sums: Sums) -> dict[str, int]:
    """Return {civil day: rows of the file}, in the order of days."""
    first_day = int(sums.day.min())
    rows = np.zeros(int(sums.day.max()) - first_day + 1, dtype=np.int64)
    np.add.at(rows, sums.day - first_day, sums.events)
    return {day_of((first_day + number) * DAY).isoformat(): many for number, many in enumerate(rows.tolist()) if many}


def _actions(evidence: Evidence) -> dict[str, tuple[int, int]]:
    """Return {action: (rows, users)}, by name."""
    sums, many = evidence.sums, len(evidence.actions)
    rows = np.zeros(many, dtype=np.int64)
    np.add.at(rows, sums.action, sums.events)
    users = np.bincount(np.unique(sums.user * many + sums.action) % many, minlength=many)
    found = zip(evidence.actions, zip(rows.tolist(), users.tolist(), strict=True), strict=True)
    return dict(sorted(found))


def _months(sums: Sums) -> tuple[Month, ...]:
    """Return the months, where there are several."""
    first_day, last_day = int(sums.day.min()), int(sums.day.max())
    dates = [day_of(day * DAY) for day in range(first_day, last_day + 1)]
    months = np.array([date.year * 12 + date.month - 1 for date in dates])
    if months[0] == months[-1]:
        return ()
    month_of = months[sums.day - first_day]
    users: dict[int, set[int]] = {}
    for month in range(int(months[0]), int(months[-1]) + 1):
        is_there = np.zeros(int(sums.user.max()) + 1, dtype=bool)
        is_there[sums.user[month_of == month]] = True
        if is_there.any():
            users[month] = set(np.flatnonzero(is_there).tolist())
    return tuple(months_of_users(users))
