"""What a list of the desk shows, to take home: as CSV or as a workbook, filtered and sorted as it was on the screen."""

from collections.abc import Iterable, Sequence

from django.http import FileResponse

from ground.presentation.table_book import xlsx_file
from ground.presentation.table_file import Cell, csv_file

CSV, XLSX = "csv", "xlsx"
WRITTEN_AS = (CSV, XLSX)
TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def table_response(
    *, name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]], written_as: str
) -> FileResponse:
    """Send a table as a file called `name`; `written_as` is one of WRITTEN_AS. Raises ValueError for another."""
    if written_as not in WRITTEN_AS:
        raise ValueError(f"A table is written as {' or '.join(WRITTEN_AS)}, not as {written_as!r}.")
    file = csv_file(header, rows) if written_as == CSV else xlsx_file(header, rows)
    return FileResponse(file, as_attachment=True, filename=f"{name}.{written_as}", content_type=TYPES[written_as])
