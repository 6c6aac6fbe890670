"""Counts what intake just wrote: many short periods from one reading of the rows, long evidence with DuckDB."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from rollcall.counting import plain
from rollcall.counting.answer import CountResult
from rollcall.intake.engine import duckdb
from rollcall.intake.evidence import PARQUET_FILE
from rollcall.period import Period
from rollcall.rows import FIELDS, EvidenceRow, parse_line
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import Resolution

if duckdb is not None:
    from rollcall.counting import columnar

# Up to so many rows it is quicker to read them once and hand each period its own than to ask DuckDB per period.
_FEW_ROWS = 200_000


def count_evidence(
    evidence: Path,
    *,
    rows: int,
    definition: ActivityDefinition,
    periods: Sequence[Period],
    resolution: Resolution,
    since: date | None = None,
) -> list[CountResult]:
    """Count the active users of periods that follow each other, in one file of evidence with so many rows.

    `since` is the first day of the contract, before which a rolling window only looks where the definition says so.
    """
    of_periods_alone = definition.window_days is None
    if duckdb is None or (of_periods_alone and rows <= _FEW_ROWS):
        every = list(_rows(evidence))
        parts = _by_period(every, periods) if of_periods_alone else [every] * len(periods)
        return [
            plain.count(rows=part, definition=definition, period=period, resolution=resolution, since=since)
            for part, period in zip(parts, periods, strict=True)
        ]
    return [
        columnar.count(
            parquet_paths=[evidence], definition=definition, period=period, resolution=resolution, since=since
        )
        for period in periods
    ]


def _by_period(rows: Iterable[EvidenceRow], periods: Sequence[Period]) -> list[list[EvidenceRow]]:
    starts = [period.start for period in periods]
    parts: list[list[EvidenceRow]] = [[] for _ in periods]
    for row in rows:
        number = bisect_right(starts, row.day) - 1
        if number >= 0 and row.day < periods[number].end:
            parts[number].append(row)
    return parts


def _rows(evidence: Path) -> Iterator[EvidenceRow]:
    if evidence.name == PARQUET_FILE and duckdb is not None:
        with duckdb.connect() as connection:
            connection.execute(f"SELECT {', '.join(FIELDS)} FROM read_parquet($1)", [str(evidence)])
            while rows := connection.fetchmany(10_000):
                yield from (EvidenceRow(*row) for row in rows)
        return
    with open(evidence, "rb") as lines:
        yield from map(parse_line, lines)
