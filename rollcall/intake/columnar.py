"""The fast reader: one DuckDB pass over a file whose fields are text, to the same evidence as the plain reader.

It takes only what both readers are sure to see alike and says how sure it is: when every line of the file became a
good row, its evidence stands by itself; otherwise the plain reader names what is wrong, and the two must agree on what
is left. It never puts a fault into words.
"""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from rollcall.intake import columnar_sql as sql
from rollcall.intake.checks import Names
from rollcall.intake.evidence import NAMES_FILE, PARQUET_FILE
from rollcall.intake.request import Bounds, ReadRequest
from rollcall.intake.result import RowCounts
from rollcall.intake.scan import Scan
from rollcall.intake.source import Source
from rollcall.rows import escape
from rollcall.terms.identity import user_refs
from rollcall.zones import DAY, day_of, span_of_minutes

# Wider files are read plainly; a query with thousands of columns costs more than it saves.
_MOST_COLUMNS = 256
_TEXT_FILE = "evidence.between.txt"


@dataclass(frozen=True, kw_only=True)
class ColumnarReading:
    """What the fast reader found, before anybody knows what is wrong with the rows that it left out.

    `is_whole` says that every line became a row and every row is good. `repeated` counts rows whose event id may have
    occurred before, `equal` rows without an id that are written like another.
    """

    rows: RowCounts
    is_whole: bool
    repeated: int
    equal: int
    users: int
    first_at: str | None
    last_at: str | None
    days: tuple[str, ...]
    actions: dict[str, tuple[int, int]]
    keys: tuple[str, ...]
    digest: str
    evidence_rows: int

    def with_rows(self, rows: RowCounts) -> ColumnarReading:
        """Return the reading with the row counts of a reader that saw the rows DuckDB left out, too."""
        return replace(self, rows=rows)


def can_read(source: Source, bounds: Bounds) -> bool:
    """Return whether the fast reader knows the times and the shape of a file."""
    return source.reading.format in sql.TIME_FORMATS and len(source.header) <= _MOST_COLUMNS and not bounds.closed


@contextmanager
def columnar_pass(
    duckdb: ModuleType, path: Path, *, source: Source, scan: Scan, request: ReadRequest, bounds: Bounds
) -> Iterator[ColumnarPass]:
    """Open the fast reader on one plain file whose bytes are ordinary. It can reach that file and the folder of the
    results, nothing else. Raises duckdb.Error when the file is not what a fast reading expects.
    """
    limits, folder = request.limits, request.evidence_dir.resolve()
    config = {
        "threads": limits.threads,
        "memory_limit": f"{limits.duckdb_memory_megabytes}MB",
        "temp_directory": str(folder / "duckdb.tmp"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
    }
    with duckdb.connect(config=config) as connection:
        names = sorted({str(path), glob.escape(str(path))})
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"SET allowed_paths = [{', '.join(map(sql.literal, names))}]")
        connection.execute(f"SET allowed_directories = [{sql.literal(str(folder))}]")
        connection.execute("SET enable_external_access = false; SET lock_configuration = true")
        queries = sql.FileQueries(path=path, source=source, scan=scan, bounds=bounds, instance=request.instance)
        yield ColumnarPass(connection, queries, request)


class ColumnarPass:
    """One reading of one file, on one connection."""

    def __init__(self, connection: Any, queries: sql.FileQueries, request: ReadRequest) -> None:
        self._connection = connection
        self._queries = queries
        self._source = queries.source
        self._request = request
        self._names = Names(rule=request.identity_rule, id_characters=request.limits.id_characters)
        self._folder = request.evidence_dir.resolve()
        self._keys: list[str] = []
        self._merges = False
        self._escapes = False
        self._whole = True

    def read(self) -> ColumnarReading | None:
        """Group, name, sort and write. Returns None when two users cannot be told apart by their hash."""
        with ThreadPoolExecutor(max_workers=1) as beside:
            self._group()
            repeats = beside.submit(self._rows, self._queries.repeats(accepted=False))
            if not self._people():
                return None
            self._labels("actions", "a", lambda raw: self._label("action", raw))
            self._labels("places", "i", lambda raw: self._label("instance", raw))
            self._connection.execute(sql.sorted_evidence(merges=self._merges, whole=self._whole))
            digest = beside.submit(self._digest)
            users = self._write()
            return self._reading(users=users, digest=digest.result(), repeats=repeats.result()[0])

    def checksum(self) -> tuple[int, int, int]:
        """Return (rows, sum of their instants, bytes of their users' ids) of the accepted rows, for a comparison."""
        rows, instants, characters = self._rows(self._queries.checksum())[0]
        return rows, int(instants or 0), int(characters or 0)

    def _group(self) -> None:
        """Add the rows up; quantities with a fraction, or without end, are taken again as decimals."""
        self._connection.execute(f"CREATE TABLE grouped AS {self._queries.grouped(whole=True)}")
        if "quantity" not in self._source.positions:
            return
        left_out = self._number("SELECT count(*) FROM grouped WHERE listed = 1 AND day IS NULL")
        self._whole = not left_out and not self._number(sql.LARGE_SUMS)
        if left_out:
            self._connection.execute("DROP TABLE grouped")
            self._connection.execute(f"CREATE TABLE grouped AS {self._queries.grouped(whole=False)}")

    def _people(self) -> bool:
        """Make the table of good users by the hash of their spelling: reference and key."""
        spellings = self._rows("SELECT u, h FROM grouped WHERE listed = 0")
        if len({number for _, number in spellings}) < len(spellings):
            return False
        found = [(number, self._names.user(raw)) for raw, number in spellings]
        good = [(number, key) for number, key in found if isinstance(key, str)]
        self._keys = [key for _, key in good]
        refs = user_refs(self._request.salt, self._keys)
        self._merges = len(set(self._keys)) < len(good)
        self._connection.execute(
            "CREATE TABLE spelled AS SELECT unnest($1::UBIGINT[]) AS h, unnest($2::VARCHAR[]) AS ref,"
            " unnest($3::VARCHAR[]) AS key",
            [[number for number, _ in good], refs, self._keys],
        )
        self._connection.execute("CREATE TYPE ref_type AS ENUM (SELECT DISTINCT ref FROM spelled ORDER BY ref)")
        self._connection.execute("CREATE TABLE people AS SELECT h, ref::ref_type AS r FROM spelled")
        return True

    def _label(self, role: str, raw: str) -> str | None:
        """Return an action or instance as the plain reader keeps it, None when its rows are bad."""
        if role not in self._source.positions:
            return raw
        name = self._names.label(raw)
        if not isinstance(name, str):
            return None
        return name or (self._instance() if role == "instance" else "")

    def _instance(self) -> str:
        return self._source.mapping.constants.get("instance") or self._request.instance

    def _labels(self, table: str, column: str, name_of: Callable[[str], str | None]) -> None:
        """Make a table from spelling to name, whose names sort as their canonical text does."""
        raws = [raw for (raw,) in self._rows(f"SELECT DISTINCT {column} FROM grouped WHERE listed = 1")]
        good = [(raw, name) for raw, name in ((raw, name_of(raw)) for raw in raws) if name is not None]
        ordered = sorted({name for _, name in good}, key=lambda name: f"{escape(name)}\t".encode())
        self._merges = self._merges or len(ordered) < len(good)
        self._escapes = self._escapes or any(escape(name) != name for name in ordered)
        self._connection.execute(
            f"CREATE TABLE {table}_order AS SELECT unnest($1::VARCHAR[]) AS name, unnest(range($2)) AS rank",
            [ordered, len(ordered)],
        )
        self._connection.execute(f"CREATE TYPE {table}_type AS ENUM (SELECT name FROM {table}_order ORDER BY rank)")
        self._connection.execute(
            f"CREATE TABLE {table} AS SELECT raw, name::{table}_type AS name FROM"
            " (SELECT unnest($1::VARCHAR[]) AS raw, unnest($2::VARCHAR[]) AS name)",
            [[raw for raw, _ in good], [name for _, name in good]],
        )

    def _digest(self) -> str:
        """Write the canonical text, hash it, and drop it: it can be made from the rows at any time."""
        text = self._folder / _TEXT_FILE
        with self._connection.cursor() as cursor:
            lines = sql.canonical_text(escaped=self._escapes, whole=self._whole)
            cursor.execute(f"COPY ({lines}) TO {sql.literal(str(text))} (FORMAT blob)")
        with open(text, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        text.unlink()
        return f"sha256:{digest}"

    def _write(self) -> int:
        """Write rows and names; return how many names there are."""
        evidence, names = self._folder / PARQUET_FILE, self._folder / NAMES_FILE
        self._connection.execute(
            f"COPY ({sql.PARQUET_ROWS}) TO {sql.literal(str(evidence))} (FORMAT parquet, COMPRESSION zstd)"
        )
        return self._number(f"COPY ({sql.NAMES}) TO {sql.literal(str(names))} (FORMAT csv, HEADER, FORCE_QUOTE *)")

    def _reading(self, *, users: int, digest: str, repeats: tuple[int, int, int, int]) -> ColumnarReading:
        total, not_owned, is_odd = self._rows(sql.TOTALS)[0]
        evidence_rows, accepted, first, last = self._rows(sql.COUNTS)[0]
        if not_owned:
            not_owned = self._number(sql.NOT_OWNED_ROWS)
        quarantined = total - accepted - not_owned
        every_line = total + self._source.mapping.header_line == self._queries.scan.lines
        if quarantined or not_owned:
            repeats = self._rows(self._queries.repeats(accepted=True))[0]
        with_id, ids, without_id, distinct = repeats
        first_at, last_at = span_of_minutes(self._source.reading.bill_zone, first, last)
        return ColumnarReading(
            rows=RowCounts(read=total, accepted=accepted, quarantined=quarantined, not_owned=not_owned),
            is_whole=every_line and not quarantined and not is_odd,
            repeated=with_id - ids,
            equal=without_id - distinct,
            users=users,
            first_at=first_at,
            last_at=last_at,
            days=tuple(day_of(day * DAY).isoformat() for (day,) in self._rows(sql.DAYS)),
            actions={action: (rows, people) for action, rows, people in self._rows(sql.ACTIONS)},
            keys=tuple(self._keys),
            digest=digest,
            evidence_rows=evidence_rows,
        )

    def _rows(self, query: str) -> list[Any]:
        with self._connection.cursor() as cursor:
            return list(cursor.execute(query).fetchall())

    def _number(self, query: str) -> int:
        return int(self._rows(query)[0][0])
