"""What the pages about one report's quarantined rows show, at the desk and in the portal alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from django.core.paginator import Paginator
from django.http import FileResponse, Http404

from ground.storage import StoredFileMissing, open_stored
from licenses.queries import zones_of
from usage.cures import cure_of
from usage.models import UsageReport
from usage.portal.words import reason_words
from usage.queries.quarantine import by_code, findings_of, has_several_files, quarantine_of
from usage.queries.tables import SCOPE_WORDS, ReportTable, corrections_of, tables_of

ON_A_PAGE = 25
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, kw_only=True)
class Group:
    """All rows of one code: what is wrong with them and what can be done."""

    code: str
    words: str
    cure: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One selection of rows, as the tables in which it can be had."""

    words: str
    tables: list[ReportTable]


def quarantine_context(report: UsageReport, query: Mapping[str, str]) -> dict[str, Any]:
    """Return what the page shows; ``query`` may hold ``reason``, ``find`` and ``page``."""
    groups = [Group(code=code, words=reason_words(code), cure=cure_of(code), rows=n) for code, n in by_code(report)]
    listed = Paginator(findings_of(report=report, code=query.get("reason", ""), text=query.get("find", "")), ON_A_PAGE)
    shown = listed.get_page(query.get("page"))
    return {
        "report": report,
        "zone": zones_of(contract=report.contract)[0],
        "quarantine": quarantine_of(report),
        "groups": groups,
        "most_rows": max((group.rows for group in groups), default=0),
        "several_files": has_several_files(report=report),
        "page": shown,
        "pages": listed.get_elided_page_range(shown.number, on_each_side=1, on_ends=1),
        "filters": {"reason": query.get("reason", ""), "find": query.get("find", "")},
        "is_cut": sum(report.finding_counts.values()) > report.findings.count(),
        **tables_context(report),
    }


def tables_context(report: UsageReport) -> dict[str, Any]:
    """Return the tables that can be had of a report, and whether one is being made."""
    tables = tables_of(report)
    return {
        "report": report,
        "offers": [
            Offer(words=words, tables=[table for table in tables if table.scope == scope])
            for scope, words in SCOPE_WORDS.items()
            if tables
        ],
        "corrections": (corrections := corrections_of(report)),
        "is_making": any(table.is_under_way for table in tables) or any(not job.is_over for job in corrections),
    }


def table_response(report: UsageReport, *, scope: str, written_as: str) -> FileResponse:
    """Return a table that was made, for downloading. Raises Http404."""
    for table in tables_of(report):
        if (table.scope, table.written_as) == (scope, written_as) and table.is_ready:
            try:
                stored = open_stored(table.made["key"], table.made["sha256"])
            except StoredFileMissing as error:
                raise Http404("This table is no longer kept. Ask for it again.") from error
            rows = "failed rows" if scope == "failed" else "with errors"
            name = f"{PurePath(report.file_name).stem} {rows}.{written_as}"
            return FileResponse(stored, as_attachment=True, filename=name, content_type=CONTENT_TYPES[written_as])
    raise Http404("This table has not been made yet.")
