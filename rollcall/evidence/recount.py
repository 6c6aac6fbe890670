"""Counting again from the rows of a bundle: the columnar counter where DuckDB is there, else the plain one.

Evidence is read once, strictly; each count is made from the rows of its own list. Nothing here knows how the vendor's
system makes its counts: it asks the engine, and puts series and quantities together from what the terms say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from pathlib import Path

from rollcall.counting import plain
from rollcall.counting.answer import AddedUp, CountResult
from rollcall.evidence.counted import StoredCount
from rollcall.evidence.rows_csv import Batch, RowBatch
from rollcall.intake.engine import duckdb
from rollcall.rows import FIELDS, PARQUET_COLUMNS, EvidenceRow
from rollcall.terms.action_quantity import ActionMetric
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.instances import PEOPLE
from rollcall.terms.metrics import Metric

if duckdb is not None:
    from rollcall.counting import columnar
    from rollcall.counting.connection import together

ENGINES = ("auto", "plain", "columnar")
# Fewer rows than this are counted sooner than DuckDB starts.
_FEW_ROWS = 20_000


@dataclass(frozen=True, kw_only=True)
class Recounted:
    """What the engine makes of the evidence of one count; `by_instance` and `added` only where the metric asks."""

    result: CountResult
    by_instance: Mapping[str, Mapping[date, int]] = field(default_factory=dict)
    added: AddedUp | None = None


class Rows:
    """The evidence of a bundle, held so that it can be counted: in memory, or as Parquet in a folder."""

    def __init__(self, folder: Path, *, engine: str = "auto") -> None:
        self._folder, self._engine = folder, engine
        self._held: dict[str, list[EvidenceRow]] = {}
        self._stored: dict[str, Path] = {}

    def add(self, digest: str, batches: Iterator[Batch]) -> int:
        """Keep the rows of one evidence file; return how many there are. Raises RowRefused."""
        if self._engine == "plain":
            self._held[digest] = [row for batch in batches for row in batch.rows()]
            return len(self._held[digest])
        first, number = list[Batch](), 0
        for batch in batches:
            first.append(batch)
            number += len(batch)
            if number > _FEW_ROWS and duckdb is not None:
                break
        else:
            if self._engine != "columnar":
                self._held[digest] = [row for batch in first for row in batch.rows()]
                return number
        return self._store(digest, chain(first, batches))

    def count(self, asked: StoredCount, digests: Sequence[str]) -> Recounted:
        """Count what a stored count counts, from the evidence of these digests."""
        metric = asked.metric
        definition = asked.definition
        if definition is None:
            raise ValueError(f"{asked.place} counts nobody's activity.")
        by_instance = isinstance(metric, Metric) and metric.across_instances != PEOPLE
        measure = metric.measure if isinstance(metric, ActionMetric) else ""
        once = list(dict.fromkeys(digests))
        if all(digest in self._held for digest in once):
            return self._plainly(asked, definition, once, by_instance, measure)
        return self._by_columns(asked, definition, once, by_instance, measure)

    def _plainly(
        self, asked: StoredCount, definition: ActivityDefinition, digests: list[str], by_instance: bool, measure: str
    ) -> Recounted:
        rows = [row for digest in digests for row in self._held[digest]]
        period, resolution, since = asked.period, asked.resolution, asked.since
        counted = plain.count(rows=rows, definition=definition, period=period, resolution=resolution, since=since)
        apart, added = {}, None
        if by_instance:
            apart = plain.daily_by_instance(
                rows=rows, definition=definition, period=period, resolution=resolution, since=since
            )
        if measure:
            added = plain.add_up(
                rows=rows, definition=definition, period=period, measure=measure, resolution=resolution
            )
        return Recounted(result=counted, by_instance=apart, added=added)

    def _by_columns(
        self, asked: StoredCount, definition: ActivityDefinition, digests: list[str], by_instance: bool, measure: str
    ) -> Recounted:
        for digest in digests:
            if digest in self._held:
                self._store(digest, [RowBatch(self._held.pop(digest))])
        paths = [self._stored[digest] for digest in digests]
        period, resolution, since = asked.period, asked.resolution, asked.since
        with together(paths) as on:
            counted = columnar.count(
                parquet_paths=paths, definition=definition, period=period, resolution=resolution, since=since, on=on
            )
            apart, added = {}, None
            if by_instance:
                apart = columnar.daily_by_instance(
                    parquet_paths=paths, definition=definition, period=period, resolution=resolution, since=since, on=on
                )
            if measure:
                added = columnar.add_up(
                    parquet_paths=paths,
                    definition=definition,
                    period=period,
                    measure=measure,
                    resolution=resolution,
                    on=on,
                )
            held = CountResult(**{**counted.__dict__, "verdicts": counted.verdicts.held()})
        return Recounted(result=held, by_instance=apart, added=added)

    def _store(self, digest: str, batches: Iterable[Batch]) -> int:
        """Write rows as Parquet, by way of a quoted text that DuckDB reads with exact types."""
        if duckdb is None:
            raise ValueError("The columnar counter needs DuckDB.")
        between = self._folder / f"{digest.removeprefix('sha256:')}.csv"
        target, number = between.with_suffix(".parquet"), 0
        with between.open("w", encoding="utf-8", newline="") as file:
            for batch in batches:
                file.write(batch.text())
                number += len(batch)
        columns = ", ".join(f"'{name}': '{_read_as(name)}'" for name in FIELDS)
        with duckdb.connect(config={"threads": 1, "memory_limit": "512MB"}) as connection:
            connection.execute(
                f"COPY (SELECT {', '.join(map(_typed, FIELDS))} FROM read_csv($1, header = false, auto_detect = false,"
                f" delim = ',', quote = '\"', escape = '\"', columns = {{{columns}}}, max_line_size = 8000000))"
                f" TO '{str(target).replace(chr(39), chr(39) * 2)}' (FORMAT parquet)",
                [str(between)],
            )
            found = connection.execute("SELECT count(*) FROM read_parquet($1)", [str(target)]).fetchall()[0][0]
        between.unlink()
        if found != number:
            raise ValueError(f"{number:,} rows were written, {found:,} came back.")
        self._stored[digest] = target
        return number


def _read_as(name: str) -> str:
    return "VARCHAR" if name == "quantity" else PARQUET_COLUMNS[name]


def _typed(name: str) -> str:
    if name == "quantity":
        return f"CAST(nullif(quantity, '') AS {PARQUET_COLUMNS['quantity']}) AS quantity"
    return f"coalesce({name}, '') AS {name}" if PARQUET_COLUMNS[name] == "VARCHAR" else name
