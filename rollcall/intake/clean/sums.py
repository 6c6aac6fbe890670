"""Adds the rows of a clean file up to evidence, and finds those that are written alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rollcall.intake.clean.names import Quantities, Ranked
from rollcall.intake.clean.split import NotClean, Split
from rollcall.rows import MINUTES_PER_DAY

Numbers = NDArray[np.int64]

# Bits of a number that leave room for a sign.
_BITS = 62
# Odd factors of a hash that keeps different rows apart well, not surely.
_FACTORS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93, 0xFF51AFD7ED558CCD)
# So many rows that may be written alike are compared as text.
_MOST_ALIKE = 200_000


@dataclass(frozen=True, kw_only=True)
class Sums:
    """The evidence in the order of its canonical text, a column each: the places of user, instance and action among
    their names, days since 1970, events, quantity, and first and last minute. `measured` says which rows have a
    quantity; both are None where no column holds any.
    """

    user: Numbers
    instance: Numbers
    action: Numbers
    day: Numbers
    events: Numbers
    quantity: Numbers | None
    measured: NDArray[np.bool_] | None
    first: Numbers
    last: Numbers


def sums_of(users: Ranked, instances: Ranked, actions: Ranked, minutes: Numbers, quantities: Quantities | None) -> Sums:
    """Add up rows with the minutes since 1970 of their local clock. Raises NotClean."""
    day = minutes // MINUTES_PER_DAY
    first_day = int(day.min())
    many = (len(users.names), len(instances.names), len(actions.names), int(day.max()) - first_day + 1)
    written = 1 if quantities is None else len(quantities.amounts)
    bits = [(number - 1).bit_length() for number in (*many, MINUTES_PER_DAY, written)]
    if sum(bits) > _BITS:
        raise NotClean
    # One number says all of a row: what it counts as, then when, then how much. Rows in its order are in the order of
    # the evidence, and the first and the last of each sum tell its minutes.
    minute = minutes - day * MINUTES_PER_DAY
    amount = None if quantities is None else quantities.numbers
    rows = np.sort(_packed(bits, (users.places, instances.places, actions.places, day - first_day, minute, amount)))
    key = rows >> sum(bits[-2:])
    starts = np.concatenate(([0], np.flatnonzero(key[1:] != key[:-1]) + 1))
    ends = np.append(starts[1:], len(key))
    user, instance, action, since, first, _ = _unpacked(bits, rows[starts])
    quantity, measured = _quantities(quantities, rows & (2 ** bits[-1] - 1), starts)
    return Sums(
        user=user,
        instance=instance,
        action=action,
        day=since + first_day,
        events=ends - starts,
        quantity=quantity,
        measured=measured,
        first=first,
        last=_unpacked(bits, rows[ends - 1])[-2],
    )


def rows_alike(split: Split, instants: Numbers) -> int:
    """Return how many rows are written like one before them. Raises NotClean where too many may be.

    Rows with the same spellings, at the same instant, are found by a hash; only their times need to be compared.
    """
    columns = list(split.columns.values())
    mark = instants.astype(np.uint64) * np.uint64(_FACTORS[0])
    for factor, column in zip(_FACTORS[1:], columns, strict=False):
        mark ^= mark >> np.uint64(29)
        mark += column.numbers.astype(np.uint64) * np.uint64(factor)
    ordered = np.sort(mark)
    repeated = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(repeated):
        return 0
    rows = np.flatnonzero(np.isin(mark, repeated))
    if len(rows) > _MOST_ALIKE:
        raise NotClean
    spelled = [column.numbers[rows].tolist() for column in columns]
    return len(rows) - len(set(zip(*spelled, split.times.take(rows).to_pylist(), strict=True)))


def _packed(bits: Sequence[int], places: Sequence[NDArray[Any] | None]) -> Numbers:
    """Return one number for the places of each row, the first in the highest bits; one not given is 0 in all rows."""
    found: Numbers = np.zeros(1, dtype=np.int64)
    for width, place in zip(bits, places, strict=True):
        found = found << width
        if place is not None:
            found = found | place
    return found


def _unpacked(bits: Sequence[int], packed: Numbers) -> tuple[Numbers, ...]:
    """Return the places that were packed."""
    found = []
    for width in reversed(bits):
        found.append(packed & (2**width - 1))
        packed = packed >> width
    return tuple(reversed(found))


def _quantities(
    quantities: Quantities | None, numbers: Numbers, starts: Numbers
) -> tuple[Numbers | None, NDArray[np.bool_] | None]:
    """Return the sums of rows in order, by the numbers of their spellings, and which of them have one."""
    if quantities is None:
        return None, None
    added: Numbers = np.add.reduceat(quantities.amounts[numbers], starts)
    if quantities.known.all():
        return added, np.ones(len(starts), dtype=bool)
    return added, np.logical_or.reduceat(quantities.known[numbers], starts)
