"""A month of usage as a spreadsheet: written from a seed, read by the two children of the portal, beside calamine alone."""

from __future__ import annotations

import random
import resource
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter
from python_calamine import CalamineWorkbook

from rollcall.intake.request import ReadRequest
from rollcall.intake.sandbox import run_read, run_sniff
from tests.bench.export import ACTION_WEIGHTS, ACTIONS, DAYS, FIRST_DAY

ROWS = 250_000
PEOPLE = 20_000
COLUMNS = ("user_id", "occurred_at", "action", "quantity")


def write_sheet(path: Path, *, seed: int) -> None:
    """Write a workbook of ROWS events with dates as spreadsheets keep them, and no zone."""
    chance = random.Random(seed)
    start = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day)  # noqa: DTZ001 - a spreadsheet's clock
    book = xlsxwriter.Workbook(path)
    page, dated = book.add_worksheet("Usage"), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    page.write_row(0, 0, COLUMNS)
    for number in range(1, ROWS + 1):
        at = start + timedelta(seconds=chance.randrange(DAYS * 86_400))
        page.write_string(number, 0, f"user{chance.randrange(PEOPLE)}@customer.example")
        page.write_datetime(number, 1, at, dated)
        page.write_string(number, 2, chance.choices(ACTIONS, ACTION_WEIGHTS)[0])
        page.write_number(number, 3, chance.randrange(1, 50))
    book.close()


def sheet(request: dict[str, Any]) -> dict[str, Any]:
    """Look at a spreadsheet and read it to evidence, as an upload is; the memory is that of the larger child."""
    path, out = Path(request["file"]), Path(request["out_dir"])
    out.mkdir()
    started = time.perf_counter()
    seen = run_sniff(path, path.name, source_timezone=request["timezone"])
    asked = ReadRequest(
        files=(str(path),),
        filenames=(path.name,),
        out_dir=str(out),
        timezone=request["timezone"],
        source_timezone=request["timezone"],
        mapping=seen.mapping,
    )
    result = run_read(asked)
    seconds = time.perf_counter() - started
    assert (result.outcome, result.rows.accepted) == ("accepted", ROWS), (result.outcome, result.message)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "children_gb": used.ru_maxrss * 1024 / 1e9}


def cells(request: dict[str, Any]) -> dict[str, Any]:
    """Read the cells of the same spreadsheet with calamine, and nothing else."""
    started, worked = time.perf_counter(), time.process_time()
    rows = CalamineWorkbook.from_path(request["file"]).get_sheet_by_index(0).to_python()
    seconds, cpu = time.perf_counter() - started, time.process_time() - worked
    assert len(rows) == ROWS + 1
    return {"seconds": seconds, "cpu": cpu}
