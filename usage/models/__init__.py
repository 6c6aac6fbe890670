"""The tables of ``usage``: reports, findings, evidence files, counts, trial readings, kept mappings,
decisions about quarantined rows, and recalls of reporters.

Owns: the columns and the constraints that one row can break alone.
Does not own: the moves between states (``operations/move_report.py``) and reading for a screen (``queries``).
Invariants: facts about files, never rows of files; every table carries ``customer_id`` for row-level security.
"""

from usage.models.counts import ActiveUserCount, ReportedCount
from usage.models.daily import DailyReportedCount
from usage.models.events import EventBatch, EventDay
from usage.models.evidence import EvidenceFile
from usage.models.excused import ExcusedDay
from usage.models.mappings import KeptMapping
from usage.models.previews import PreviewState, ReportPreview
from usage.models.quarantine import QuarantineWaiver
from usage.models.recalls import ReporterRecall
from usage.models.reports import Finding, Grade, ReportState, UsageReport
from usage.models.signed import ReportReceipt, SignedReport

__all__ = [
    "ActiveUserCount",
    "DailyReportedCount",
    "EventBatch",
    "EventDay",
    "EvidenceFile",
    "ExcusedDay",
    "Finding",
    "Grade",
    "KeptMapping",
    "PreviewState",
    "QuarantineWaiver",
    "ReportPreview",
    "ReportReceipt",
    "ReportState",
    "ReportedCount",
    "ReporterRecall",
    "SignedReport",
    "UsageReport",
]
