"""What the times of a clean file mean: instants, and the minute that the clock of the bill showed."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as arrow
import pyarrow.compute as compute
from numpy.typing import NDArray

from rollcall.intake.clean.split import NotClean
from rollcall.intake.columnar_rows import LOCAL_END, ZONED_END, local_steps
from rollcall.intake.request import Bounds
from rollcall.intake.source import Source
from rollcall.zones import EARLIEST, LATEST, MINUTE, ZoneTable

# Day and clock without what stands behind the seconds: 2026-04-30T23:59:59. No good time is as long as the other.
_CLOCK_BYTES, _TOO_MANY_BYTES = 19, 36
# So many spellings of what stands behind the seconds are looked at one by one.
_MOST_ENDS = 4_096


def instants_of(times: Any, source: Source) -> NDArray[np.int64]:
    """Return the instants of ISO 8601 times as written. Raises NotClean.

    What Arrow makes of a time is taken where fraction and zone are spelled as the plain reader wants them; day and
    clock Arrow reads as strictly. A test spoils every place of a time.
    """
    is_local = source.has_local_times
    ending = re.compile((LOCAL_END if is_local else ZONED_END).encode())
    ends = compute.unique(compute.binary_slice(times.cast(arrow.binary()), _CLOCK_BYTES, _TOO_MANY_BYTES))
    if len(ends) > _MOST_ENDS or not all(map(ending.fullmatch, ends.to_pylist())):
        raise NotClean
    if compute.min(compute.binary_length(times)).as_py() < _CLOCK_BYTES:
        raise NotClean
    try:
        moments = times.cast(arrow.timestamp("us") if is_local else arrow.timestamp("us", "UTC"))
    except arrow.ArrowInvalid as refused:
        raise NotClean from refused
    clocks: NDArray[np.int64] = moments.cast(arrow.int64()).to_numpy()
    if source.reading.zone is None or not is_local:
        return clocks
    return _of_local(clocks, source.reading.zone, source.reading.bill_zone)


def _of_local(clocks: NDArray[np.int64], zone: ZoneTable, bill_zone: ZoneTable) -> NDArray[np.int64]:
    """Return the instants of local clocks. Raises NotClean for a clock that means none, or one of two days."""
    steps = local_steps(zone, bill_zone)
    place = np.searchsorted(np.array([start for start, _ in steps]), clocks, side="right") - 1
    if any(steps[number][1] is None for number in np.unique(place)):
        raise NotClean
    offsets = np.array([offset or 0 for _, offset in steps], dtype=np.int64)
    return np.subtract(clocks, offsets[place])


def refuse_outside(instants: NDArray[np.int64], bounds: Bounds) -> None:
    """Refuse instants that are no activity of this contract and report. Raises NotClean."""
    first, last = int(instants.min()), int(instants.max())
    outside = (
        first < EARLIEST or last >= LATEST,
        bounds.contract_from is not None and first < bounds.contract_from,
        bounds.contract_to is not None and last >= bounds.contract_to,
        bounds.now is not None and last > bounds.now,
    )
    if any(outside):
        raise NotClean
    if bounds.spans is not None:
        owned = np.zeros(len(instants), dtype=bool)
        for start, end in bounds.spans:
            owned |= (instants >= start) & (instants < end)
        if not owned.all():
            raise NotClean


def local_minutes(instants: NDArray[np.int64], zone: ZoneTable) -> NDArray[np.int64]:
    """Return the minutes since 1970 that the clock of a zone showed."""
    first, last = int(instants.min()), int(instants.max())
    steps = list(zip(zone.starts, zone.offsets, strict=True))
    before = max(number for number, (start, _) in enumerate(steps) if start <= first)
    local = instants + steps[before][1]
    for number in range(before + 1, len(steps)):
        start, offset = steps[number]
        if start > last:
            break
        local[instants >= start] += offset - steps[number - 1][1]
    return local // MINUTE
