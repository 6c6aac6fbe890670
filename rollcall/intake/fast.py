"""When the fast reader's answer may be taken: it stands alone only where nothing in the file needs words.

Every line a good row: the DuckDB pass is the answer. Anything else: the plain reader goes through the file, names what
is wrong and settles which rows of a repeated event id are kept, and both must agree on all other rows. Where they do
not, the plain reader's own evidence is taken.
"""

from __future__ import annotations

from pathlib import Path

from rollcall.intake.arrow_text import StreamFailed
from rollcall.intake.columnar import ColumnarPass, ColumnarReading, can_read, columnar_pass
from rollcall.intake.engine import duckdb
from rollcall.intake.plain import Ledger, Locating, Progress, refuse_too_many_rows
from rollcall.intake.request import Bounds, ReadRequest
from rollcall.intake.scan import Scan, scan, spool
from rollcall.intake.source import Source
from rollcall.intake.unpack import compression

_SPOOLED_FILE = "plain.between.csv"


def read_fast(
    source: Source, *, request: ReadRequest, bounds: Bounds, ledger: Ledger, on_progress: Progress
) -> ColumnarReading | None:
    """Read one file with DuckDB and write its evidence and names; None when the plain reader must do it.

    Raises FileRefused.
    """
    if duckdb is None or not can_read(source, bounds):
        return None
    spooled = request.evidence_dir / _SPOOLED_FILE
    try:
        path, seen = _ordinary(source, spooled)
        if seen is None or not seen.is_ordinary:
            return None
        on_progress(0, seen.lines, "lines to read")
        try:
            with columnar_pass(duckdb, path, source=source, scan=seen, request=request, bounds=bounds) as reading:
                return _trusted(reading, source, request, bounds, ledger, on_progress)
        except (duckdb.Error, StreamFailed):
            # Not what a fast reading expects, or too large for its memory: the plain reader decides.
            return None
    finally:
        spooled.unlink(missing_ok=True)


def _ordinary(source: Source, spooled: Path) -> tuple[Path, Scan | None]:
    """Return a plain UTF-8 file of the source, and what its bytes are like."""
    encoding = source.mapping.encoding
    if compression(source.path) == "none" and encoding in ("utf-8", "utf-8-sig"):
        return source.path.resolve(), scan(source.path, source.limits)
    return spooled.resolve(), spool(source.path, encoding, source.limits, spooled)


def _trusted(
    reading: ColumnarPass,
    source: Source,
    request: ReadRequest,
    bounds: Bounds,
    ledger: Ledger,
    on_progress: Progress,
) -> ColumnarReading | None:
    found = reading.read()
    refuse_too_many_rows(found.rows.read, request.limits)
    if found.is_whole and not found.repeated:
        return found
    repeated = reading.repeated_ids() if found.repeated else []
    if repeated is None:
        return None
    locating = Locating(request, bounds=bounds, ledger=ledger, repeated=repeated)
    locating.add(source, on_progress)
    if locating.checksum != reading.checksum() or ledger.not_owned != found.rows.not_owned:
        return None
    if repeated:
        found = reading.settle(locating.kept)
    return found.with_rows(ledger.rows())
