"""One measured job in a process of its own: `python -m tests.bench.child JOB REQUEST.json` prints its figures as JSON.

The seconds are of the work alone, after the imports; the resident size is the whole process's highest.
"""

from __future__ import annotations

import csv
import json
import resource
import sys
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rollcall.counting import columnar
from rollcall.intake.clean import clean_reader
from rollcall.intake.read import read
from rollcall.intake.request import ReadRequest
from rollcall.period import Period
from rollcall.terms.activity import ActivityDefinition
from tests.bench.scale import year
from tests.bench.sheet import cells, sheet

Answer = dict[str, Any]


def intake(request: Answer) -> Answer:
    """Read an export to evidence."""
    # A warm process has loaded this before it is asked, like all else that is imported above.
    clean_reader()
    started, worked = time.perf_counter(), time.process_time()
    result = read(ReadRequest.from_json(request))
    seconds, cpu = time.perf_counter() - started, time.process_time() - worked
    assert result.outcome == "accepted", (result.outcome, result.message, result.findings[:3])
    return {"seconds": seconds, "cpu": cpu, "evidence": result.evidence_file, "rows": result.evidence_rows}


def count(request: Answer) -> Answer:
    """Count a month of evidence several times; the first opens everything cold."""
    paths = [Path(path) for path in request["evidence"]]
    definition = ActivityDefinition.from_json(request["definition"])
    period = Period(date.fromisoformat(request["start"]), date.fromisoformat(request["end"]))
    seconds = []
    for _ in range(request["times"]):
        started = time.perf_counter()
        result = columnar.count(parquet_paths=paths, definition=definition, period=period)
        seconds.append(time.perf_counter() - started)
    started = time.perf_counter()
    result.verdicts.write(Path(request["verdicts"]))
    listed = time.perf_counter() - started
    return {
        "seconds": seconds,
        "listed": listed,
        "users": result.active_users,
        "daily": _daily(result.daily_active_users),
    }


def rows(request: Answer) -> Answer:
    """Read the export row by row with the csv module and count with sets: what a careful script would do."""
    zone, actions = ZoneInfo(request["timezone"]), set(request["definition"]["actions"])
    start, end = (datetime.fromisoformat(request[key]).date() for key in ("start", "end"))
    started = time.perf_counter()
    daily: dict[date, set[str]] = {}
    with open(request["file"], newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["action"] in actions:
                day = datetime.fromisoformat(row["occurred_at"]).astimezone(zone).date()
                if start <= day < end:
                    daily.setdefault(day, set()).add(row["user_id"].strip().lower())
    users = len(set().union(*daily.values()))
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "users": users, "daily": _daily({day: len(people) for day, people in daily.items()})}


def _daily(series: dict[date, int]) -> dict[str, int]:
    return {day.isoformat(): users for day, users in sorted(series.items())}


JOBS: dict[str, Callable[[Answer], Answer]] = {
    "intake": intake,
    "count": count,
    "rows": rows,
    "year": year,
    "sheet": sheet,
    "cells": cells,
}

if __name__ == "__main__":
    answer = JOBS[sys.argv[1]](json.loads(Path(sys.argv[2]).read_text()))
    answer["resident_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    print(json.dumps(answer))
