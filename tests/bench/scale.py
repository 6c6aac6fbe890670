"""What `make bench SIZE=10m` adds: a packed upload beside zcat, a year of evidence, late data, and counts by shares."""

from __future__ import annotations

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from rollcall.counting import columnar
from rollcall.counting.connection import Together, together
from rollcall.period import Period
from rollcall.terms.activity import ActivityDefinition

MONTHS = 12
SHARES = 8
# The part of a month's rows that arrives late.
LATE_PERCENT = 1


def packed(path: Path) -> tuple[Path, float]:
    """Pack a file with gzip and return (the packed file, the seconds in which zcat reads it)."""
    small = path.with_name(f"{path.name}.gz")
    with small.open("wb") as file:
        subprocess.run(["gzip", "-c", "-1", str(path)], stdout=file, check=True)
    started = time.perf_counter()
    subprocess.run(["zcat", str(small)], stdout=subprocess.DEVNULL, check=True)
    return small, time.perf_counter() - started


def year(request: dict[str, Any]) -> dict[str, Any]:
    """Count a year of months as stored, a month with late data, and a month in shares of its people."""
    evidence, folder = Path(request["evidence"]), Path(request["folder"])
    definition = ActivityDefinition.from_json(request["definition"])
    period = Period(date.fromisoformat(request["start"]), date.fromisoformat(request["end"]))
    months = [_written(evidence, folder / f"month{number}.parquet") for number in range(MONTHS)]
    started = time.perf_counter()
    # Two counts at a time, as two workers would make them.
    with together(months) as on, ThreadPoolExecutor(max_workers=2) as pool:
        users = list(pool.map(lambda month: _users([month], definition, period, on), months))
    recount = time.perf_counter() - started
    on_time, late = (
        _written(
            evidence, folder / f"{name}.parquet", f"WHERE hash(user_ref, action, day) % 100 {which} {LATE_PERCENT}"
        )
        for name, which in (("on-time", ">="), ("late", "<"))
    )
    started = time.perf_counter()
    merged = _users([on_time, late], definition, period)
    merge = time.perf_counter() - started
    shares = [
        _written(evidence, folder / f"share{share}.parquet", f"WHERE hash(user_ref) % {SHARES} = {share}")
        for share in range(SHARES)
    ]
    added = sum(_users([share], definition, period) for share in shares)
    return {"recount": recount, "merge": merge, "counts": [*users, merged, added]}


def _written(evidence: Path, to: Path, where: str = "") -> Path:
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (FROM read_parquet('{evidence}') {where}) TO '{to}' (FORMAT parquet, COMPRESSION zstd)"
        )
    return to


def _users(paths: list[Path], definition: ActivityDefinition, period: Period, on: Together | None = None) -> int:
    return columnar.count(parquet_paths=paths, definition=definition, period=period, on=on).active_users
