"""When the fast reader's answer may be taken: it stands alone only where nothing in the file needs words.

Every line a good row: DuckDB's reading is the answer. Anything else: the plain reader goes through the file, names what
is wrong and settles which rows of a repeated event id are kept, and both must agree on all other rows. Where they do
not, the plain reader's own evidence is taken.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rollcall.intake.arrow_text import StreamFailed
from rollcall.intake.clean import clean_reader
from rollcall.intake.columnar import ColumnarPass, ColumnarReading, can_read, columnar_pass, connected
from rollcall.intake.columnar_names import HashesCollide
from rollcall.intake.columnar_rows import uses_every_column
from rollcall.intake.engine import duckdb
from rollcall.intake.plain import Ledger, Locating, Progress, refuse_too_many_rows
from rollcall.intake.request import Bounds, ReadRequest
from rollcall.intake.scan import (
    Scan,
    beginning,
    bytes_before,
    delimiters_before,
    delimiters_in_quotes,
    has_spaces_beside_quotes,
    scan,
    spool,
)
from rollcall.intake.source import Source
from rollcall.intake.unpack import compression

_SPOOLED_FILE = "plain.between.csv"

# Below this size nothing is worth being begun early.
_LARGE = 1 << 20


class Opening:
    """Opens a connection while the beginning of a file is looked at: DuckDB takes for it as long as for 20,000 rows."""

    def __init__(self, request: ReadRequest) -> None:
        self._request = request
        self._beside = ThreadPoolExecutor(max_workers=1)
        self._first: Future[Any] | None = None

    def __enter__(self) -> Opening:
        """Begin, where the file may be for the fast reader and is so large that it matters; not before a reader that is
        quicker has seen it.
        """
        request = self._request
        if duckdb is not None and clean_reader() is None and request.engine != "plain" and len(request.files) == 1:
            path = Path(request.files[0])
            if path.is_file() and path.stat().st_size >= _LARGE:
                self._first = self._beside.submit(connected, duckdb, request)
        return self

    def __exit__(self, *_: object) -> None:
        """Close a connection that nobody has asked for."""
        self._beside.shutdown()
        if self._first is not None and self._first.exception() is None:
            self._first.result().close()

    def take(self) -> Any:
        """Return a connection that nobody has used. Raises duckdb.Error."""
        assert duckdb is not None
        first, self._first = self._first, None
        return connected(duckdb, self._request) if first is None else first.result()


def read_fast(
    source: Source, opening: Opening, *, request: ReadRequest, bounds: Bounds, ledger: Ledger, on_progress: Progress
) -> ColumnarReading | None:
    """Read one file with DuckDB and write its evidence and names; None when the plain reader must do it.

    Raises FileRefused.
    """
    if duckdb is None or len(source.mapping.delimiter.encode()) > 1 or not can_read(source, bounds):
        return None
    spooled = request.evidence_dir / _SPOOLED_FILE
    with ThreadPoolExecutor(max_workers=1) as beside:
        try:
            path, looking = _plain_file(source, spooled, beside)
            attempt = _Attempt(path, looking, opening, source, request, bounds, ledger, on_progress)
            # The beginning says how the file is to be read; whether all of it is so is seen while it is read.
            begins = beginning(path, source.mapping.delimiter)
            found = attempt.read_clean(begins) or attempt.read_as(begins)
            seen = looking.result()
            if found is None and seen is not None and seen.has_quotes and not begins.has_quotes:
                found = attempt.read_as(seen)
            return found
        finally:
            spooled.unlink(missing_ok=True)


def _plain_file(source: Source, spooled: Path, beside: ThreadPoolExecutor) -> tuple[Path, Future[Scan | None]]:
    """Return a plain UTF-8 file of the source, and what all its bytes are like: None when they are no text."""
    encoding, delimiter = source.mapping.encoding, source.mapping.delimiter
    # Where every column is read, the sizes of the fields say as much as a count of lines and delimiters, for less.
    counts = not uses_every_column(source)
    if compression(source.path) == "none" and encoding in ("utf-8", "utf-8-sig"):
        return source.path.resolve(), beside.submit(scan, source.path, delimiter, source.limits, counts=counts)
    seen: Future[Scan | None] = Future()
    seen.set_result(spool(source.path, encoding, delimiter, source.limits, spooled, counts=counts))
    return spooled.resolve(), seen


@dataclass(frozen=True)
class _Attempt:
    """One file that may be read fast; `looking` will say what its bytes are like."""

    path: Path
    looking: Future[Scan | None]
    opening: Opening
    source: Source
    request: ReadRequest
    bounds: Bounds
    ledger: Ledger
    on_progress: Progress

    def read_clean(self, expected: Scan) -> ColumnarReading | None:
        """Read the file as one in which every row is good; None where it is not, or for a reader of all kinds."""
        reader = clean_reader()
        if reader is None or not expected.is_ordinary or expected.has_quotes:
            return None
        self.on_progress(0, 0, "rows read")

        def is_as_expected() -> bool:
            seen = self.looking.result()
            return seen is not None and seen.is_like(expected)

        found: ColumnarReading | None = reader.read_clean(
            self.path, source=self.source, request=self.request, bounds=self.bounds, is_as_expected=is_as_expected
        )
        return found

    def read_as(self, expected: Scan) -> ColumnarReading | None:
        """Read the file as one whose bytes are like those expected; None when they are not, or nobody can tell."""
        if duckdb is None or not expected.is_ordinary:
            return None
        self.on_progress(0, 0, "rows read")
        try:
            with columnar_pass(
                self.opening.take,
                self.path,
                source=self.source,
                scan=expected,
                request=self.request,
                bounds=self.bounds,
            ) as reading:
                found = reading.read()
                seen = self.looking.result()
                return self._trusted(reading, found, seen) if seen is not None and seen.is_like(expected) else None
        except (duckdb.Error, StreamFailed, HashesCollide):
            # Not what a fast reading expects, or too large for its memory: the plain reader decides.
            return None

    def _trusted(self, reading: ColumnarPass, found: ColumnarReading, seen: Scan) -> ColumnarReading | None:
        refuse_too_many_rows(found.rows.read, self.request.limits)
        if found.is_whole and not found.repeated and self._is_all(found, seen):
            return found
        repeated = reading.repeated_ids() if found.repeated else []
        if repeated is None:
            return None
        locating = Locating(self.request, bounds=self.bounds, ledger=self.ledger, repeated=repeated)
        locating.add(self.source, self.on_progress)
        if locating.checksum != reading.checksum() or self.ledger.not_owned != found.rows.not_owned:
            return None
        if repeated:
            found = reading.settle(locating.kept, found)
        return found.with_rows(self.ledger.rows())

    def _is_all(self, found: ColumnarReading, seen: Scan) -> bool:
        """Return whether every line became a row, and no line has a column too many.

        DuckDB leaves out lines that it cannot read, and overlooks columns that are empty at the end of a line.
        """
        line = self.source.mapping.header_line
        if found.size is not None and not seen.has_quotes:
            last_end = len(seen.line_end or "") if seen.is_open else 0
            return bytes_before(self.path, line) + found.size == seen.size + last_end
        delimiter = self.source.mapping.delimiter
        counted = seen if seen.lines is not None else scan(self.path, delimiter, self.source.limits, counts=True)
        if counted.delimiters is None or found.rows.read + line != counted.lines:
            return False
        # Each line has delimiters enough, so none has more than it needs when all of them together do not. Those
        # inside quoted fields part nothing.
        needed = found.rows.read * (len(self.source.header) - 1)
        surplus = counted.delimiters - delimiters_before(self.path, line, delimiter) - needed
        if surplus and counted.has_quotes:
            surplus -= delimiters_in_quotes(self.path, line, delimiter)
        return not surplus and not (counted.has_quotes and has_spaces_beside_quotes(self.path, delimiter))
