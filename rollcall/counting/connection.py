"""Connections that count: each sees certain evidence files and nothing else in the world."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from rollcall.rows import PARQUET_COLUMNS

THREADS = 2
MEMORY_LIMIT_MB = 512


class EvidenceUnreadable(ValueError):
    """An evidence file is missing, damaged or not evidence; it can be made again from the raw report."""


@dataclass(frozen=True)
class Together:
    """A connection that sees these evidence files and nothing else, open for several counts.

    Counts may be made at the same time: each has a cursor of its own.
    """

    connection: duckdb.DuckDBPyConnection
    paths: frozenset[Path]


@contextmanager
def together(parquet_paths: Sequence[Path]) -> Iterator[Together]:
    """Yield what counts over these files are given as `on`: opening a connection costs as much as counting a month."""
    paths = resolved(parquet_paths)
    with opened() as connection:
        lock(connection, paths)
        yield Together(connection, frozenset(paths))


def resolved(paths: Sequence[Path]) -> list[Path]:
    """Return each file once, whatever it was called."""
    return sorted({Path(path).resolve() for path in paths})


def opened() -> duckdb.DuckDBPyConnection:
    """Open a connection with the limits of counting, to be locked before its first query."""
    limits: dict[str, str | bool | int | float | list[str]] = {
        "threads": THREADS,
        "memory_limit": f"{MEMORY_LIMIT_MB}MB",
        "temp_directory": "",
    }
    return duckdb.connect(config=limits)


def see_only(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> None:
    """Let the connection see the evidence, under the name `evidence`, and nothing else in the world."""
    lock(connection, paths)
    show(connection, paths)


def lock(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> None:
    """Let the connection see these files and nothing else in the world."""
    # DuckDB takes a path for a pattern: here it is a name, and both spellings of that name may be opened.
    names = sorted({spelling for path in paths for spelling in (str(path), glob.escape(str(path)))})
    connection.execute(f"SET allowed_paths = [{', '.join(map(text_literal, names))}]")
    # Every query of a count asks for the same files.
    connection.execute("SET parquet_metadata_cache = true")
    connection.execute("SET enable_external_access = false; SET lock_configuration = true")


def show(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> None:
    """Let the connection know the evidence under the name `evidence`."""
    if paths:
        files = ", ".join(text_literal(glob.escape(str(path))) for path in paths)
        connection.execute(f"CREATE TEMP VIEW evidence AS SELECT * FROM read_parquet([{files}])")
    else:
        columns = ", ".join(f"NULL::{kind} AS {name}" for name, kind in PARQUET_COLUMNS.items())
        connection.execute(f"CREATE TEMP VIEW evidence AS SELECT {columns} WHERE false")
    found = {name: kind for name, kind, *_ in connection.execute("DESCRIBE evidence").fetchall()}
    if found != {name: kind.replace(" ", "") for name, kind in PARQUET_COLUMNS.items()}:
        raise EvidenceUnreadable("A file that should be evidence has other columns than evidence has.")


def text_literal(value: str) -> str:
    """Return an SQL text literal."""
    return "'" + value.replace("'", "''") + "'"
