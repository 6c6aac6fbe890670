"""The tables that were made of a report's file, with what was wrong with each row."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ground.models import Job
from ground.storage import has_stored
from rollcall.intake.annotate import FAILED, WHOLE
from rollcall.intake.annotated_file import CSV, XLSX, XLSX_ROWS
from usage.models import UsageReport

TABLE_KINDS = ((WHOLE, CSV), (WHOLE, XLSX), (FAILED, CSV), (FAILED, XLSX))
SCOPE_WORDS = {
    WHOLE: "The whole file, with what was wrong behind each row",
    FAILED: "The failed rows alone, to be corrected and sent again",
}


@dataclass(frozen=True, kw_only=True)
class ReportTable:
    """One table that can be had of a report. ``job`` makes it or made it; None when nobody has asked for it."""

    scope: str
    written_as: str
    rows: int | None
    job: Job | None

    @property
    def is_ready(self) -> bool:
        """Whether the table lies in the store."""
        return self.job is not None and is_kept(self.job)

    @property
    def is_under_way(self) -> bool:
        return self.job is not None and not self.job.is_over

    @property
    def failure(self) -> str:
        """Why the last try gave nothing; empty when it did, or when there was none."""
        return self.job.error if self.job is not None and self.job.state == Job.State.FAILED else ""

    @property
    def is_too_long(self) -> bool:
        """Whether a sheet of a spreadsheet cannot hold that many rows below its header."""
        return self.written_as == XLSX and (self.rows or 0) >= XLSX_ROWS

    @property
    def made(self) -> Mapping[str, Any]:
        """What was made: key, sha256, size, rows, failed, cut_cells."""
        return self.job.result or {} if self.job else {}


def tables_of(report: UsageReport) -> list[ReportTable]:
    """Return every table that can be had of a report; none when nothing was found wrong with it."""
    if not can_be_made(report):
        return []
    failed = sum(report.finding_counts.values())
    return [
        ReportTable(
            scope=scope,
            written_as=written_as,
            rows=report.rows_read if scope == WHOLE else failed,
            job=next(iter(tables_made(report, scope, written_as)), None),
        )
        for scope, written_as in TABLE_KINDS
    ]


def can_be_made(report: UsageReport) -> bool:
    """Return whether something was found wrong with rows of the report, and the list of it is kept."""
    return bool(report.findings_key and report.finding_counts)


def tables_made(report: UsageReport, scope: str, written_as: str) -> list[Job]:
    """Return the jobs of a table under the report's confirmation, the newest first."""
    key = table_key(report, scope, written_as)
    return list(Job.objects.filter(customer_id=report.customer_id, key__startswith=key).order_by("-pk"))


def table_key(report: UsageReport, scope: str, written_as: str) -> str:
    """Return what the keys of a table's jobs begin with; a number follows."""
    return f"usage.annotate_report:{report.pk}:{report.confirmation}:{scope}:{written_as}:"


def is_kept(job: Job) -> bool:
    """Return whether a job made its table and the table still lies in the store."""
    made = job.result or {}
    return job.state == Job.State.SUCCEEDED and "key" in made and has_stored(made["key"])


def corrections_of(report: UsageReport) -> list[Job]:
    """Return the jobs that put corrected rows into the report's file, the newest first."""
    key = f"usage.merge_correction:{report.pk}:{report.confirmation}:"
    return list(Job.objects.filter(customer_id=report.customer_id, key__startswith=key).order_by("-pk"))
