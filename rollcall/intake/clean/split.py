"""Splits a file into columns: each spelling stands once, and a row holds its number.

Only lines without quotes are split, so that a delimiter parts two fields wherever it stands; Arrow refuses a line that
has more or fewer fields than the header.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as arrow
import pyarrow.compute as compute
import pyarrow.csv as reader
from numpy.typing import NDArray

from rollcall.intake.source import Source

ROLES = {"user", "at", "action", "instance", "quantity", "event_id"}
# Wider files are split for the few columns that matter, which Arrow cannot.
_MOST_COLUMNS = 64
_PIECE_BYTES = 4 << 20


class NotClean(Exception):
    """Something in the file is for another reader."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """The different spellings of one column, and of each row the number of its own."""

    spellings: list[str]
    numbers: NDArray[np.int32]


@dataclass(frozen=True, kw_only=True)
class Split:
    """A file in columns. `columns` are {role: column} of the roles whose spellings are few; `times` and `ids`, the
    event ids where the file has any, are texts as written.
    """

    rows: int
    columns: dict[str, Column]
    times: Any
    ids: Any | None


def can_split(source: Source) -> bool:
    """Return whether the columns of a file are such as this reader knows, each with one meaning."""
    roles, places = source.positions.keys(), source.positions.values()
    narrow = 1 < len(source.header) <= _MOST_COLUMNS and len(set(places)) == len(places)
    return narrow and roles <= ROLES and source.mapping.header_line > 0


def split(path: Path, source: Source) -> Split:
    """Split a plain UTF-8 file without quotes. Raises NotClean."""
    table = _table(path, source)
    if not table.num_rows:
        raise NotClean
    _refuse_long_fields(table, source)
    of_role = {role: table[f"c{place}"] for role, place in source.positions.items()}
    times, ids = of_role.pop("at"), of_role.pop("event_id", None)
    return Split(
        rows=table.num_rows,
        columns={role: _column(column) for role, column in of_role.items()},
        times=times,
        ids=ids,
    )


def _table(path: Path, source: Source) -> Any:
    """Return the columns c0, c1, ... of all lines behind the header. Raises NotClean."""
    names = [f"c{place}" for place in range(len(source.header))]
    spelled = {f"c{place}" for role, place in source.positions.items() if role not in ("at", "event_id")}
    numbered = arrow.dictionary(arrow.int32(), arrow.string())
    arrow.set_cpu_count(source.limits.threads)
    try:
        with arrow.OSFile(str(path)) as file:
            table = reader.read_csv(
                file,
                read_options=reader.ReadOptions(
                    column_names=names, skip_rows=source.mapping.header_line, block_size=_PIECE_BYTES
                ),
                parse_options=reader.ParseOptions(
                    delimiter=source.mapping.delimiter, quote_char=False, ignore_empty_lines=True
                ),
                convert_options=reader.ConvertOptions(
                    column_types={name: numbered if name in spelled else arrow.string() for name in names},
                    strings_can_be_null=False,
                    null_values=[],
                ),
            )
    except arrow.ArrowInvalid as refused:
        raise NotClean from refused
    return table.unify_dictionaries()


def _refuse_long_fields(table: Any, source: Source) -> None:
    """Refuse what may be longer than a field or a line can be: the longest fields of all columns in one line."""
    longest = []
    for column in table.columns:
        texts = _dictionary(column) if arrow.types.is_dictionary(column.type) else column
        longest.append(compute.max(compute.binary_length(texts)).as_py())
    if max(longest) > source.limits.field_characters or sum(longest) + len(longest) > source.limits.line_characters:
        raise NotClean


def _column(column: Any) -> Column:
    numbers = np.concatenate([piece.indices.to_numpy() for piece in column.chunks])
    return Column(spellings=_dictionary(column).to_pylist(), numbers=numbers)


def _dictionary(column: Any) -> Any:
    """Return the spellings of a column whose pieces share them."""
    return column.chunk(0).dictionary
