"""The fast reader: DuckDB reads a file whose fields are text, to the same evidence as the plain reader.

Two queries read the file side by side and keep no row of it: one tests and adds up, the other looks for rows that occur
twice. What a spelling means is settled afterwards, once per spelling.

It takes only what both readers are sure to see alike and says how sure it is: when every line of the file became a
good row, its evidence stands by itself; otherwise the plain reader names what is wrong, and the two must agree on what
is left. It never puts a fault into words.
"""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from rollcall.intake import columnar_sql as sql
from rollcall.intake.arrow_text import digest_of_texts
from rollcall.intake.checks import Activity
from rollcall.intake.columnar_names import Spellings, make_table
from rollcall.intake.columnar_rows import TIME_FORMATS, FileQueries, literal
from rollcall.intake.columnar_sample import sample_of
from rollcall.intake.evidence import NAMES_FILE, PARQUET_FILE
from rollcall.intake.request import Bounds, ReadRequest
from rollcall.intake.result import RowCounts
from rollcall.intake.scan import Scan
from rollcall.intake.source import Source
from rollcall.intake.turnover import Month
from rollcall.terms.identity import user_refs
from rollcall.zones import span_of_minutes

# Wider files are read plainly; a query with thousands of columns costs more than it saves.
_MOST_COLUMNS = 256

# So many event ids that occur again are looked at one by one; more are left to the plain reader.
_MOST_REPEATED = 1_000_000

# The rows of a file up to this size are kept, as far as they are needed, while its spellings are settled; a larger file
# is read twice, so that memory stays flat.
KEPT_BYTES = 160_000_000

# A higher level takes a fifth longer to write and saves a hundredth of the size.
_STORED_AS = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1"

# So many lines of canonical text are put together before they are hashed.
_LINES_AT_A_TIME = 65_536

# So many records are looked at together for those that occur twice; more are parted by their hashes.
_MARKS_AT_A_TIME = 4_000_000


@dataclass(frozen=True, kw_only=True)
class ColumnarReading:
    """What the fast reader found, before anybody knows what is wrong with the rows that it left out.

    `is_whole` says that every record is good; whether every line became one is for the caller to say, who has seen
    them. `repeated` counts rows whose event id may have occurred before, `equal` rows without an id that are written
    like another. `rows_by_day` are {civil day: rows}, in the order of days; `months` are those of a file that has
    several. `size` is how many bytes all records have, their delimiters and ends among them; None where nobody
    measured them.
    """

    rows: RowCounts
    is_whole: bool
    repeated: int
    equal: int
    users: int
    first_at: str | None
    last_at: str | None
    rows_by_day: dict[str, int]
    months: tuple[Month, ...]
    actions: dict[str, tuple[int, int]]
    keys: tuple[str, ...]
    digest: str
    evidence_rows: int
    size: int | None

    def with_rows(self, rows: RowCounts) -> ColumnarReading:
        """Return the reading with the row counts of a reader that saw the rows DuckDB left out, too."""
        return replace(self, rows=rows)


def can_read(source: Source, bounds: Bounds) -> bool:
    """Return whether the fast reader knows the times and the shape of a file, and need not look at outcomes."""
    if bounds.closed or "outcome" in source.positions:
        return False
    return source.reading.format in TIME_FORMATS and len(source.header) <= _MOST_COLUMNS


def connected(duckdb: ModuleType, request: ReadRequest) -> Any:
    """Return a new connection within the limits of a reading. Raises duckdb.Error."""
    limits, folder = request.limits, request.evidence_dir.resolve()
    config = {
        "threads": limits.threads,
        "memory_limit": f"{limits.duckdb_memory_megabytes}MB",
        "temp_directory": str(folder / "duckdb.tmp"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
    }
    return duckdb.connect(config=config)


@contextmanager
def columnar_pass(
    connect: Callable[[], Any], path: Path, *, source: Source, scan: Scan, request: ReadRequest, bounds: Bounds
) -> Iterator[ColumnarPass]:
    """Open the fast reader on one plain file whose bytes are ordinary, with a connection that nobody has used. It can
    reach that file and the folder of the results, nothing else. Raises duckdb.Error when the file is not what a fast
    reading expects.
    """
    folder = request.evidence_dir.resolve()
    with connect() as connection:
        names = sorted({str(path), glob.escape(str(path))})
        connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
        connection.execute(f"SET allowed_paths = [{', '.join(map(literal, names))}]")
        connection.execute(f"SET allowed_directories = [{literal(str(folder))}]")
        connection.execute("SET enable_external_access = false; SET lock_configuration = true")
        sample = sample_of(path, source, instance=request.instance)
        queries = FileQueries(
            path=path, source=source, scan=scan, bounds=bounds, instance=request.instance, sample=sample
        )
        yield ColumnarPass(connection, queries, request)


class ColumnarPass:
    """One reading of one file, on one connection."""

    def __init__(self, connection: Any, queries: FileQueries, request: ReadRequest) -> None:
        self._connection = connection
        self._queries = queries
        self._source = queries.source
        self._request = request
        self._folder = request.evidence_dir.resolve()
        self._spellings = Spellings(connection, queries.source, request, queries.sample)
        self._keeps_rows = queries.path.stat().st_size <= KEPT_BYTES
        self._whole = True
        self._rows = "rows"
        # Whether several sums may be one row of evidence, and further ones that are.
        self._merges = False
        self._named = sql.NAMED

    def read(self) -> ColumnarReading:
        """Test and add up the file, settle what its spellings mean, and write. Raises HashesCollide."""
        with ThreadPoolExecutor(max_workers=2) as beside:
            if self._keeps_rows:
                self._split()
                marking = beside.submit(self._mark)
            else:
                marking = beside.submit(self._mark)
                self._split()
            adding = beside.submit(self._add_up)
            self._spellings.settle_people()
            adding.result()
            self._order()
            total = self._number(sql.TOTAL)
            marked, repeated, equal, odd = marking.result()
            if "quantity" in self._source.positions and self._accepted() < total:
                self._whole = False
                self._read_again()
            accepted, not_owned = self._accepted(), 0
            if odd or accepted != total or marked != total:
                not_owned = self._number(sql.OF_OTHERS)
                equal = self._number(sql.equal(sql.accepted(self._queries.dated(self._rows))))
            rows = RowCounts(
                read=total, accepted=accepted, quarantined=total - accepted - not_owned, not_owned=not_owned
            )
            return self._write(beside, rows, is_whole=not rows.quarantined and not odd, repeated=repeated, equal=equal)

    def repeated_ids(self) -> list[str] | None:
        """Return every event id that may have occurred more than once, and leave its rows out from now on.

        None when they are too many to be told apart one by one.
        """
        self._connection.execute(f"CREATE TABLE repeated AS {sql.REPEATED}")
        if self._number("SELECT count(*) FROM repeated") > _MOST_REPEATED:
            return None
        self._rows = sql.without_repeated("rows")
        return [event_id for (event_id,) in self._fetch(self._queries.repeated_ids())]

    def settle(self, kept: Sequence[tuple[Activity, str]], found: ColumnarReading) -> ColumnarReading:
        """Add the rows that were kept of repeated ids, each with its user as written, and write the evidence again."""
        rows = [row for row, _ in kept]
        make_table(
            self._connection,
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
        quantity = sql.quantity_type(whole=self._whole)
        self._connection.execute(f"CREATE TABLE kept AS {self._queries.kept(quantity=quantity)}")
        self._named, self._merges = f"{sql.NAMED} UNION ALL SELECT * FROM kept", True
        self._read_again()
        equal = self._number(sql.equal(sql.accepted(self._queries.dated(self._rows))))
        with ThreadPoolExecutor(max_workers=2) as beside:
            return self._write(beside, found.rows, is_whole=False, repeated=found.repeated, equal=equal)

    def checksum(self) -> tuple[int, int, int]:
        """Return (rows, sum of their instants, bytes of their users' ids) of the accepted rows, for a comparison."""
        accepted = sql.accepted(self._queries.dated(self._rows))
        rows, instants, characters = self._fetch(sql.checksum(accepted))[0]
        return rows, int(instants or 0), int(characters or 0)

    def _split(self) -> None:
        """Split the file into `counted`, rows as they are added up, and make `users` of it; `rows` reads the file."""
        self._run(f"CREATE OR REPLACE VIEW rows AS {self._queries.rows(whole=self._whole)}")
        if self._keeps_rows:
            self._run(f"CREATE OR REPLACE TABLE counted AS {self._queries.split(self._rows)}")
            self._run(f"CREATE OR REPLACE TABLE users AS {sql.USERS}")
            return
        self._run(f"CREATE OR REPLACE VIEW counted AS {self._queries.counted(self._rows)}")
        self._run(f"CREATE OR REPLACE TABLE grouped AS {sql.grouped(whole=self._whole)}")
        self._run(f"CREATE OR REPLACE TABLE users AS {sql.GROUPED['users']}")

    def _add_up(self) -> None:
        """Make `sums` of `counted`, and `others`."""
        if self._keeps_rows:
            self._run(f"CREATE OR REPLACE TABLE sums AS {sql.sums(whole=self._whole)}")
            self._run(f"CREATE OR REPLACE TABLE others AS {sql.OTHERS}")
            return
        self._run(f"CREATE OR REPLACE VIEW sums AS {sql.GROUPED['sums']}")
        self._run(f"CREATE OR REPLACE TABLE others AS {sql.GROUPED['others']}")

    def _read_again(self) -> None:
        """Add up the file once more, as it is to be read by now."""
        self._split()
        self._add_up()
        self._order()

    def _order(self) -> None:
        """Make `evidence`, in order, of the sums whose spellings mean something."""
        self._spellings.settle_kinds()
        self._merges = self._merges or self._spellings.merge
        query = sql.merged(self._named, whole=self._whole) if self._merges else sql.evidence()
        self._run(f"CREATE OR REPLACE TABLE evidence AS {query}")

    def _mark(self) -> tuple[int, int, int, int]:
        """Return (records, those whose event id may have occurred before, those without one that are written like
        another, those with a quote inside a field).
        """
        has_ids = self._queries.has_ids
        if self._keeps_rows:
            self._run(f"CREATE VIEW marks AS {self._queries.marks_of_split()}")
        else:
            self._run(f"CREATE TABLE marks AS {self._queries.marks()}")
        rows, odd, known = self._fetch(sql.MARKED)[0]
        shares = 1 + rows // _MARKS_AT_A_TIME
        distinct = sum(
            self._number(sql.distinct_marks(known=has_ids, share=share, shares=shares)) for share in range(shares)
        )
        if not has_ids:
            return rows, 0, rows - distinct, odd
        equal = self._number(self._queries.equal_without_id()) if rows > known else 0
        return rows, known - distinct, equal, odd

    def _size(self, rows: RowCounts) -> int | None:
        if not self._queries.measures:
            return None
        fields = self._number(sql.SIZE if self._keeps_rows else sql.GROUPED["size"])
        return self._queries.size_of_all(fields, rows.read)

    def _accepted(self) -> int:
        return self._number("SELECT coalesce(sum(n), 0)::BIGINT FROM evidence")

    def _write(
        self, beside: ThreadPoolExecutor, rows: RowCounts, *, is_whole: bool, repeated: int, equal: int
    ) -> ColumnarReading:
        """Write the evidence and its names, and return what was read."""
        evidence_rows, first, last = self._fetch(sql.COUNTS)[0]
        digest = beside.submit(self._digest, evidence_rows)
        names = beside.submit(self._write_names, everyone=rows.accepted == rows.read and not repeated)
        self._copy(sql.STORED, PARQUET_FILE, _STORED_AS)
        first_at, last_at = span_of_minutes(self._source.reading.bill_zone, first, last)
        rows_by_day = dict(self._fetch(sql.DAYS))
        users, keys = names.result()
        return ColumnarReading(
            rows=rows,
            is_whole=is_whole,
            repeated=repeated,
            equal=equal,
            users=users,
            first_at=first_at,
            last_at=last_at,
            rows_by_day=rows_by_day,
            months=self._months(rows_by_day),
            actions={action: (events, people) for action, events, people in self._fetch(sql.ACTIONS)},
            keys=keys,
            size=self._size(rows),
            evidence_rows=evidence_rows,
            digest=digest.result(),
        )

    def _months(self, days: Iterable[str]) -> tuple[Month, ...]:
        if len({day[:7] for day in days}) <= 1:
            return ()
        return tuple(Month(*month) for month in self._fetch(sql.MONTHS))

    def _digest(self, rows: int) -> str:
        middle = sql.MIDDLE if self._merges else "t"
        queries = (
            sql.canonical_text(start, start + _LINES_AT_A_TIME, middle=middle, whole=self._whole)
            for start in range(0, rows, _LINES_AT_A_TIME)
        )
        return f"sha256:{digest_of_texts(self._connection, queries)}"

    def _write_names(self, *, everyone: bool) -> tuple[int, tuple[str, ...]]:
        """Write who is in the evidence and return (how many they are, their keys); `everyone` of the file is."""
        spelled = (
            "spelled" if everyone else f"(SELECT * FROM spelled WHERE u IN ({sql.ACCEPTED_USERS.format(self._named)}))"
        )
        users = self._copy(sql.NAMES.format(spelled), NAMES_FILE, "FORMAT csv, HEADER, FORCE_QUOTE *")
        keys = self._fetch(f"SELECT DISTINCT coalesce(key, u) FROM {spelled}")
        return users, tuple(key for (key,) in keys)

    def _copy(self, query: str, name: str, how: str) -> int:
        """Write a query's rows into a file of the folder and return how many there are."""
        return int(self._fetch(f"COPY ({query}) TO {literal(str(self._folder / name))} ({how})")[0][0])

    def _run(self, statement: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(statement)

    def _fetch(self, query: str) -> list[Any]:
        with self._connection.cursor() as cursor:
            return list(cursor.execute(query).fetchall())

    def _number(self, query: str) -> int:
        return int(self._fetch(query)[0][0])
