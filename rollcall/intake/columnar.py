"""The fast reader: one DuckDB pass over a file whose fields are text, to the same evidence as the plain reader.

It takes only what both readers are sure to see alike and says how sure it is: when every line of the file became a
good row, its evidence stands by itself; otherwise the plain reader names what is wrong, and the two must agree on what
is left. It never puts a fault into words.
"""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from rollcall.intake import columnar_sql as sql
from rollcall.intake.arrow_text import digest_of_texts
from rollcall.intake.checks import Activity, Names
from rollcall.intake.evidence import NAMES_FILE, PARQUET_FILE
from rollcall.intake.request import Bounds, ReadRequest
from rollcall.intake.result import RowCounts
from rollcall.intake.scan import Scan
from rollcall.intake.source import Source
from rollcall.rows import escape
from rollcall.terms.identity import user_refs
from rollcall.zones import span_of_minutes

# Wider files are read plainly; a query with thousands of columns costs more than it saves.
_MOST_COLUMNS = 256

# So many event ids that occur again are looked at one by one; more are left to the plain reader.
_MOST_REPEATED = 1_000_000

# A file this many times smaller than DuckDB's memory is kept in it while it is read, so that it is split once.
_ROOM = 3


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
    """Return whether the fast reader knows the times and the shape of a file, and need not look at outcomes."""
    if bounds.closed or "outcome" in source.positions:
        return False
    return source.reading.format in sql.TIME_FORMATS and len(source.header) <= _MOST_COLUMNS


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
        self._escapes = False
        self._whole = True
        self._judged = queries.judged()

    def read(self) -> ColumnarReading:
        """Split the file, find the names, add the rows up in order, write, and look back at what was written."""
        with ThreadPoolExecutor(max_workers=1) as beside:
            self._split()
            repeats = beside.submit(self._repeats, "rows")
            self._spell()
            self._write_evidence()
            total = self._number("SELECT count(*) FROM rows")
            if "quantity" in self._source.positions and self._number(sql.ACCEPTED) < total:
                self._whole = False
                self._split()
                self._write_evidence()
            digest = beside.submit(self._digest)
            return self._look_back(total, digest, repeats)

    def repeated_ids(self) -> list[str] | None:
        """Return every event id that may have occurred more than once, and leave its rows out from now on.

        None when they are too many to be told apart one by one.
        """
        self._connection.execute(f"CREATE TABLE repeated AS {sql.repeated(self._judged)}")
        if self._number("SELECT count(*) FROM repeated") > _MOST_REPEATED:
            return None
        self._judged = sql.without_repeated(self._judged)
        return [event_id for (event_id,) in self._rows(self._queries.repeated_ids())]

    def settle(self, kept: Sequence[tuple[Activity, str]]) -> ColumnarReading:
        """Add the rows that were kept of repeated ids, each with its user as written, and write the evidence again."""
        rows = [row for row, _ in kept]
        self._make(
            "settled",
            {
                "ref": user_refs(self._request.salt, [row.user_key for row in rows]),
                "instance": [row.instance for row in rows],
                "action": [row.action for row in rows],
                "us": [str(row.instant) for row in rows],
                "q": [None if row.quantity is None else str(row.quantity) for row in rows],
                "u": [raw for _, raw in kept],
            },
        )
        self._connection.execute(f"CREATE TABLE kept AS {self._queries.kept(whole=self._whole)}")
        self._judged = f"{self._judged} UNION ALL SELECT * FROM kept"
        with ThreadPoolExecutor(max_workers=1) as beside:
            self._write_evidence()
            digest = beside.submit(self._digest)
            return self._look_back(0, digest, beside.submit(self._repeats, sql.accepted(self._judged)))

    def checksum(self) -> tuple[int, int, int]:
        """Return (rows, sum of their instants, bytes of their users' ids) of the accepted rows, for a comparison."""
        rows, instants, characters = self._rows(sql.checksum(sql.accepted(self._judged)))[0]
        return rows, int(instants or 0), int(characters or 0)

    def _look_back(self, total: int, digest: Future[str], repeats: Future[tuple[int, int]]) -> ColumnarReading:
        """Return what was read; `total` rows went in."""
        evidence_rows, accepted, first, last = self._rows(sql.COUNTS)[0]
        repeated, equal = repeats.result()
        quarantined = not_owned = 0
        if accepted != total:
            quarantined, not_owned = self._rows(sql.left_out(self._judged))[0]
            repeated, equal = self._repeats(sql.accepted(self._judged))
            self._leave_out_others()
        first_at, last_at = span_of_minutes(self._source.reading.bill_zone, first, last)
        every_line = total + self._source.mapping.header_line == self._queries.scan.lines
        return ColumnarReading(
            rows=RowCounts(read=total, accepted=accepted, quarantined=quarantined, not_owned=not_owned),
            is_whole=every_line and not quarantined and not self._is_odd(),
            repeated=repeated,
            equal=equal,
            users=self._copy(sql.NAMES, NAMES_FILE, "FORMAT csv, HEADER, FORCE_QUOTE *"),
            first_at=first_at,
            last_at=last_at,
            days=tuple(day for (day,) in self._rows(sql.DAYS)),
            actions={action: (rows, people) for action, rows, people in self._rows(sql.ACTIONS)},
            keys=tuple(self._keys),
            digest=digest.result(),
            evidence_rows=evidence_rows,
        )

    def _repeats(self, rows: str) -> tuple[int, int]:
        """Return (rows whose event id may have occurred before, rows without one that are written like another)."""
        has_ids = "event_id" in self._source.positions
        with_id, ids, without_id, distinct = self._rows(sql.repeats(rows, has_ids=has_ids))[0]
        return with_id - ids, without_id - distinct

    def _split(self) -> None:
        """Make `rows`: a table where it fits the memory, else a view that reads the file again."""
        memory = self._request.limits.duckdb_memory_megabytes * 1_000_000
        kind = "TABLE" if self._queries.path.stat().st_size * _ROOM < memory else "VIEW"
        self._connection.execute(f"DROP {kind} IF EXISTS rows")
        self._connection.execute(f"CREATE {kind} rows AS {self._queries.rows(whole=self._whole)}")

    def _is_odd(self) -> bool:
        return self._queries.scan.has_quotes and bool(self._number("SELECT count(*) FROM rows WHERE odd"))

    def _spell(self) -> None:
        """Say what every spelling of a user, an action and an instance is in evidence."""
        found: dict[str, list[str]] = {"user": [], "action": [], "instance": []}
        for kind, text in self._rows(sql.SPELLINGS):
            found[kind].append(text)
        self._people(found["user"])
        self._labels("actions", "b", "a", found["action"])
        self._labels("places", "j", "i", found["instance"])

    def _people(self, spellings: list[str]) -> None:
        """Make `spelled` (spelling, reference, key where it differs) and `people` (spelling, reference)."""
        keys = {raw: key for raw in spellings if isinstance(key := self._names.user(raw), str)}
        refs = user_refs(self._request.salt, keys.values())
        self._keys = list(keys.values())
        differing = [None if key == raw else key for raw, key in keys.items()]
        self._make("spelled", {"u": list(keys), "ref": refs, "key": differing})
        self._connection.execute("CREATE TYPE ref_type AS ENUM (SELECT DISTINCT ref FROM spelled ORDER BY ref)")
        self._connection.execute("CREATE TABLE people AS SELECT u, ref::ref_type AS r FROM spelled")

    def _labels(self, table: str, written: str, kept: str, spellings: list[str]) -> None:
        """Make a table from spelling to name, whose names sort as their canonical text does."""
        role = "action" if table == "actions" else "instance"
        good = {raw: name for raw in spellings if (name := self._label(role, raw)) is not None}
        ordered = sorted(set(good.values()), key=lambda name: f"{escape(name)}\t".encode())
        self._escapes = self._escapes or any(escape(name) != name for name in ordered)
        self._make(f"{table}_order", {"name": ordered, "rank": list(range(len(ordered)))})
        self._connection.execute(f"CREATE TYPE {table}_type AS ENUM (SELECT name FROM {table}_order ORDER BY rank)")
        self._make(f"{table}_spelled", {written: list(good), kept: list(good.values())})
        self._connection.execute(
            f"CREATE TABLE {table} AS SELECT {written}, {kept}::{table}_type AS {kept} FROM {table}_spelled"
        )

    def _label(self, role: str, raw: str) -> str | None:
        """Return an action or instance as the plain reader keeps it, None when its rows are bad."""
        if role == "action":
            name = self._names.action(raw)
        elif role in self._source.positions:
            name = self._names.label(raw)
        else:
            return raw
        if not isinstance(name, str):
            return None
        constant = self._source.mapping.constants.get("instance") or self._request.instance
        return name or (constant if role == "instance" else "")

    def _make(self, table: str, columns: dict[str, list[Any]]) -> None:
        """Make a table of lists of texts; `rank` is a list of numbers."""
        parts = (
            f"unnest(${number}::{'BIGINT' if name == 'rank' else 'VARCHAR'}[]) AS {name}"
            for number, name in enumerate(columns, start=1)
        )
        self._connection.execute(f"CREATE TABLE {table} AS SELECT {', '.join(parts)}", list(columns.values()))

    def _write_evidence(self) -> None:
        """Write the rows and let `evidence` stand for what was written."""
        self._copy(sql.evidence(self._judged, whole=self._whole), PARQUET_FILE, "FORMAT parquet, COMPRESSION zstd")
        written = sql.literal(glob.escape(str(self._folder / PARQUET_FILE)))
        self._connection.execute(f"CREATE OR REPLACE VIEW evidence AS SELECT * FROM read_parquet({written})")

    def _digest(self) -> str:
        with self._connection.cursor() as cursor:
            return f"sha256:{digest_of_texts(cursor, sql.canonical_text(escaped=self._escapes, whole=self._whole))}"

    def _leave_out_others(self) -> None:
        """Keep the spellings that a good row has."""
        self._connection.execute(
            f"CREATE OR REPLACE TABLE accepted AS SELECT DISTINCT u FROM {sql.accepted(self._judged)}"
        )
        self._connection.execute(sql.KEEP_ACCEPTED)
        self._keys = [key for (key,) in self._rows("SELECT DISTINCT coalesce(key, u) FROM spelled")]

    def _copy(self, query: str, name: str, how: str) -> int:
        """Write a query's rows into a file of the folder and return how many there are."""
        return int(self._rows(f"COPY ({query}) TO {sql.literal(str(self._folder / name))} ({how})")[0][0])

    def _rows(self, query: str) -> list[Any]:
        with self._connection.cursor() as cursor:
            return list(cursor.execute(query).fetchall())

    def _number(self, query: str) -> int:
        return int(self._rows(query)[0][0])
