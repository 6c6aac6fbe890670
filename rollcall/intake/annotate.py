"""Gives a file back as a table: every original record, or those that failed, each with what was wrong with it.

The columns `_error_code`, `_error_column`, `_error_value` and `_error_message` stand behind the original ones; the rows
that failed, alone, begin with `_line`, the physical line that each row replaces when it is sent again corrected; of
several files `_file` comes first. All cells are text that no spreadsheet calculates, written so that
`restored_text` gives the original back.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from rollcall.intake.annotated_file import TooManyRows, open_annotated
from rollcall.intake.findings import FileRefused, QuestionsOpen
from rollcall.intake.given_back import ERROR_COLUMNS, FILE_COLUMN, LINE_COLUMN, SURPLUS_COLUMN, safe_text
from rollcall.intake.originals import Original, original_of
from rollcall.intake.records import Fault, shown
from rollcall.intake.request import ReadRequest
from rollcall.intake.sources import open_sources
from rollcall.safe_csv import safe_cell

WHOLE, FAILED = "whole", "failed"
_PROGRESS_ROWS = 20_000

Progress = Callable[[int, int, str], None]
Errors = tuple[str, str, str, str]
NO_ERRORS: Errors = ("", "", "", "")


@dataclass(frozen=True, kw_only=True)
class Annotated:
    """What was written: `file` in the request's `out_dir`, or nothing and `refused` says why.

    `rows` were written, `failed` of them with an error; `cut_cells` were longer than a cell of a spreadsheet may be.
    """

    file: str = ""
    rows: int = 0
    failed: int = 0
    cut_cells: int = 0
    refused: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def annotate(request: ReadRequest, *, findings: Path, scope: str, written_as: str, on_progress: Progress) -> Annotated:
    """Write the files of a reading as one table beside their findings. `written_as` is csv or xlsx.

    `findings` is the full list that the reading wrote. Never raises for what a file contains.
    """
    try:
        sources = open_sources(request)
        originals = [original_of(source, request) for source in sources]
        return _written(request, originals, findings, scope, written_as, on_progress)
    except (FileRefused, QuestionsOpen) as refused:
        return Annotated(refused=f"The file cannot be taken apart into its rows: {refused}")
    except TooManyRows as refused:
        return Annotated(refused=str(refused))


def _written(
    request: ReadRequest,
    originals: Sequence[Original],
    findings: Path,
    scope: str,
    written_as: str,
    on_progress: Progress,
) -> Annotated:
    columns = list(dict.fromkeys(column for original in originals for column in original.columns))
    surplus = _has_surplus(findings)
    header = [
        *([FILE_COLUMN] if len(originals) > 1 else []),
        *([LINE_COLUMN] if scope == FAILED else []),
        *columns,
        *([SURPLUS_COLUMN] if surplus else []),
        *ERROR_COLUMNS,
    ]
    name = f"annotated.{written_as}"
    read = rows = failed = 0
    with open_annotated(request.evidence_dir / name, written_as) as table:
        table.write([safe_cell(shown(column)) for column in header])
        for original, line, cells, errors in _annotated(originals, findings):
            read += 1
            if read % _PROGRESS_ROWS == 0:
                on_progress(read, 0, "rows written")
            failed += bool(errors[0])
            if scope == FAILED and not errors[0]:
                continue
            rows += 1
            before = [original.filename] if len(originals) > 1 else []
            before += [str(line)] if scope == FAILED else []
            table.write([*map(safe_text, [*before, *_placed(original, columns, cells, surplus)]), *errors])
    return Annotated(file=name, rows=rows, failed=failed, cut_cells=table.cut_cells)


def _annotated(originals: Sequence[Original], findings: Path) -> Iterator[tuple[Original, int, list[str], Errors]]:
    """Yield every record with its errors, all empty for one that is fine. Raises FileRefused.

    Findings come in the order of the records, so both are gone through once.
    """
    found = findings_by_row(findings)
    pending = next(found, None)
    for original in originals:
        name = safe_cell(shown(original.filename))
        for line, cells, faults in original.rows():
            errors = NO_ERRORS
            if faults is not None:
                errors = _of_faults(original, faults)
            elif pending is not None and pending[0] == (name, line):
                errors = pending[1]
                pending = next(found, None)
            yield original, line, cells, errors
        while pending is not None and pending[0][0] == name:
            if not original.is_judged:
                raise FileRefused("findings.differ", f"Nothing stands on line {pending[0][1]} of {name} any more.")
            pending = next(found, None)


def findings_by_row(path: Path) -> Iterator[tuple[tuple[str, int], Errors]]:
    """Yield the findings of each record: what several of them say stands in one cell each, one below the other."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        for (name, line), group in groupby(rows, key=lambda row: (row["file"], row["line"])):
            yield (
                (name, int(line)),
                _joined([(row["code"], row["column"], row["value"], row["message"]) for row in group]),
            )


def _of_faults(original: Original, faults: Sequence[Fault]) -> Errors:
    return _joined(
        [
            (fault.code, "" if fault.place is None else original.fields[fault.place], fault.value, fault.message)
            for fault in faults
        ]
    )


def _joined(errors: Sequence[Errors]) -> Errors:
    if not errors:
        return NO_ERRORS
    code, column, value, message = (safe_cell(shown("\n".join(texts))) for texts in zip(*errors, strict=True))
    return code, column, value, message


def _has_surplus(findings: Path) -> bool:
    """Return whether some row has more cells than the header has columns."""
    return any("row.columns" in errors[0] for _, errors in findings_by_row(findings))


def _placed(original: Original, columns: Sequence[str], cells: Sequence[str], surplus: bool) -> list[str]:
    """Return the cells of a record in the columns of all files; what is beyond its own columns stands in one cell."""
    width = len(original.columns)
    own = [*cells[:width], *([""] * (width - len(cells)))]
    placed = own
    if original.columns != tuple(columns):
        # Of two columns of one name the first is the one that is read.
        by_name = dict(zip(reversed(original.columns), reversed(own), strict=True))
        placed = [by_name.get(column, "") for column in columns]
    return [*placed, ",".join(cells[width:])] if surplus else placed
