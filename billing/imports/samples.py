"""Files to fill in: each step with its columns and a few rows, as CSV, and all steps as the sheets of one workbook."""

import io
import re
from decimal import Decimal
from typing import IO

import xlsxwriter

from billing.imports.steps import STEPS
from ground.presentation.table_book import OPTIONS, WRITTEN_AT
from ground.presentation.table_file import csv_file
from licenses.imports.table import Table

# Written as a number: text that begins with a minus would be marked as no formula.
_AMOUNT = re.compile(r"-?[0-9]+\.[0-9]+")


def sample_csv(step: type[Table]) -> IO[bytes]:
    """Return the sample of one step, open."""
    rows = [[Decimal(value) if _AMOUNT.fullmatch(value) else value for value in row] for row in step.sample]
    return csv_file(step.columns(), rows)


def sample_workbook() -> IO[bytes]:
    """Return a workbook with a sheet per step, open. Every cell is text, so that no number loses its zeros."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, OPTIONS)
    book.set_properties({"created": WRITTEN_AT})
    heading, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
    for step in STEPS:
        page = book.add_worksheet(step.kind)
        page.freeze_panes(1, 0)
        page.set_column(0, len(step.columns()) - 1, 22, text)
        page.write_row(0, 0, step.columns(), heading)
        for number, row in enumerate(step.sample, start=1):
            for place, value in enumerate(row):
                page.write_string(number, place, value, text)
    book.close()
    file.seek(0)
    return file
