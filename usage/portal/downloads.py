"""What a report leaves to take home: the list of its findings, and the file as it was sent."""

import csv
import io
from collections.abc import Iterator
from pathlib import PurePath

from django.http import FileResponse, Http404, HttpResponse
from django.views.decorators.http import require_safe

from ground.presentation.table_file import csv_file
from ground.storage import StoredFileMissing, open_stored
from licenses.portal.page import PortalRequest
from usage.models import UsageReport
from usage.portal.report import found_report
from usage.queries.signed import signed_page


@require_safe
def findings(request: PortalRequest, report: str) -> FileResponse:
    """Send every finding of a report as a table whose cells no spreadsheet computes."""
    found = found_report(request, report)
    if not found.findings_key:
        raise Http404("This report has no findings.")
    rows = _rows(found)
    name = f"{PurePath(found.file_name).stem} findings.csv"
    return FileResponse(
        csv_file(next(rows), rows), as_attachment=True, filename=name, content_type="text/csv; charset=utf-8"
    )


@require_safe
def raw_file(request: PortalRequest, report: str) -> HttpResponse | FileResponse:
    """Send the file unchanged, as it was received. It is never shown inside a page."""
    found = found_report(request, report)
    try:
        stored = open_stored(found.storage_key, found.sha256)
    except StoredFileMissing as error:
        raise Http404("The file is no longer kept.") from error
    return FileResponse(stored, as_attachment=True, filename=found.file_name, content_type="application/octet-stream")


@require_safe
def receipt(request: PortalRequest, report: str) -> HttpResponse:
    """Send the vendor's signed receipt of a signed report, as the instance takes it."""
    found = signed_page(found_report(request, report))
    if found is None or found.receipt is None:
        raise Http404("This report has no receipt yet.")
    name = f"{found.signed.sequence:06d}-{found.signed.report.instance.public_id}.receipt.txt"
    return HttpResponse(
        found.receipt.document,
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _rows(found: UsageReport) -> Iterator[list[str]]:
    with (
        open_stored(found.findings_key, found.findings_sha256) as stored,
        io.TextIOWrapper(stored, "utf-8", newline="") as text,
    ):
        yield from csv.reader(text)
