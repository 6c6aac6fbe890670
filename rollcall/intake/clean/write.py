"""Writes the evidence of a clean file: the Parquet cache, and the digest over the canonical text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as arrow
import pyarrow.compute as compute
import pyarrow.parquet as parquet
from numpy.typing import NDArray

from rollcall.intake.clean.sums import Sums
from rollcall.rows import FIELDS, QUANTITY_FRACTION_DIGITS, escape
from rollcall.zones import EPOCH_DAY

# So many lines of canonical text are put together before they are hashed.
_LINES_AT_A_TIME = 65_536
# As many rows as DuckDB puts together, so that it counts them with all its threads.
_ROWS_TOGETHER = 122_880
# A higher level takes a fifth longer to write and saves a hundredth of the size.
_LEVEL = 1
# What repeats often enough to be written once.
_REPEATS = ["user_ref", "instance", "action", "day", "events", "quantity"]
_QUANTITY = arrow.decimal128(38, QUANTITY_FRACTION_DIGITS)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The evidence of a file, and the names whose places stand in its sums."""

    sums: Sums
    refs: list[str]
    instances: list[str]
    actions: list[str]

    def __len__(self) -> int:
        return len(self.sums.user)


def write_parquet(evidence: Evidence, path: Path) -> None:
    """Write the columns of `rollcall.rows.PARQUET_COLUMNS`."""
    sums = evidence.sums
    columns = {
        "user_ref": _named(sums.user, evidence.refs),
        "instance": _named(sums.instance, evidence.instances),
        "action": _named(sums.action, evidence.actions),
        "day": arrow.array(sums.day.astype(np.int32)).cast(arrow.date32()),
        "events": arrow.array(sums.events),
        "quantity": _quantity(sums).cast(_QUANTITY),
        "first_minute": arrow.array(sums.first.astype(np.int16)),
        "last_minute": arrow.array(sums.last.astype(np.int16)),
    }
    parquet.write_table(
        arrow.table({name: columns[name] for name in FIELDS}),
        path,
        row_group_size=_ROWS_TOGETHER,
        compression="zstd",
        compression_level=_LEVEL,
        use_dictionary=_REPEATS,
        # Without it readers would be told of enumerations, which are a matter of this file.
        store_schema=False,
    )


def digest_of(evidence: Evidence) -> str:
    """Return "sha256:..." over the canonical text."""
    digest = hashlib.sha256()
    for lines in _texts(evidence):
        # 32-bit offsets: where each line begins, and where the last one ends.
        _, offsets, text = lines.buffers()
        end = np.frombuffer(offsets, dtype=np.int32)[lines.offset + len(lines)]
        digest.update(memoryview(text)[:end])
    return f"sha256:{digest.hexdigest()}"


def _texts(evidence: Evidence) -> Iterator[Any]:
    """Yield the canonical lines, many at a time."""
    sums = evidence.sums
    first_day = int(sums.day.min())
    days = [(EPOCH_DAY + timedelta(days=day)).isoformat() for day in range(first_day, int(sums.day.max()) + 1)]
    named = (
        (arrow.array(evidence.refs), sums.user),
        (arrow.array([escape(name) for name in evidence.instances]), sums.instance),
        (arrow.array([escape(name) for name in evidence.actions]), sums.action),
        (arrow.array(days), sums.day - first_day),
    )
    minutes = arrow.array([str(minute) for minute in range(24 * 60)])
    ended = arrow.array([f"{minute}\n" for minute in range(24 * 60)])
    quantity = _quantity(sums)
    for start in range(0, len(evidence), _LINES_AT_A_TIME):
        rows = slice(start, start + _LINES_AT_A_TIME)
        yield compute.binary_join_element_wise(
            *(texts.take(arrow.array(places[rows])) for texts, places in named),
            arrow.array(sums.events[rows]).cast(arrow.string()),
            compute.fill_null(quantity[rows].cast(arrow.string()), ""),
            minutes.take(arrow.array(sums.first[rows])),
            ended.take(arrow.array(sums.last[rows])),
            "\t",
        )


def _named(places: NDArray[np.int64], names: list[str]) -> Any:
    return arrow.DictionaryArray.from_arrays(arrow.array(places.astype(np.int32)), arrow.array(names, arrow.string()))


def _quantity(sums: Sums) -> Any:
    """Return the quantities as whole numbers; NULL where a row has none."""
    if sums.quantity is None:
        return arrow.nulls(len(sums.user), arrow.int64())
    return arrow.array(sums.quantity, mask=None if sums.measured is None else ~sums.measured)
