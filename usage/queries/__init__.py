"""Reads of ``usage``: reports, who owns which instants, current evidence, coverage, counts, verdicts.

Owns: the questions that a page, a job or ``billing`` may ask about what happened.
Does not own: anything that writes. Every list that a person sees begins with ``for_actor``; row-level security
stands behind it. What is asked for one contract has been scoped by whoever loaded the contract.
Invariant: which report owns an instant is computed from all reports of the instance, never from arrival.
"""

from usage.queries.basis import is_current
from usage.queries.counts import counts_for, latest_count, reported_count
from usage.queries.coverage import Coverage, DayCoverage, DayState, InstanceCoverage, coverage, spans_of_days
from usage.queries.evidence import EvidenceNeed, EvidenceSet, current_evidence, needed_evidence
from usage.queries.excused import LeftOut, days_left_out, excused_days, is_made_of_days
from usage.queries.overlap import Order, Overlap, days_lost, overlaps_of
from usage.queries.ownership import owned_by_report
from usage.queries.reported import ReportedDay, ReportedDays, reported_days, reports_without_activity
from usage.queries.reports import (
    Proposal,
    job_of,
    proposal,
    report_of,
    reports_for,
    reports_waiting,
)
from usage.queries.verdicts import VerdictRow, verdict_rows, verdicts_csv

__all__ = [
    "Coverage",
    "DayCoverage",
    "DayState",
    "EvidenceNeed",
    "EvidenceSet",
    "InstanceCoverage",
    "LeftOut",
    "Order",
    "Overlap",
    "Proposal",
    "ReportedDay",
    "ReportedDays",
    "VerdictRow",
    "counts_for",
    "coverage",
    "current_evidence",
    "days_left_out",
    "days_lost",
    "excused_days",
    "is_current",
    "is_made_of_days",
    "job_of",
    "latest_count",
    "needed_evidence",
    "overlaps_of",
    "owned_by_report",
    "proposal",
    "report_of",
    "reported_count",
    "reported_days",
    "reports_for",
    "reports_waiting",
    "reports_without_activity",
    "spans_of_days",
    "verdict_rows",
    "verdicts_csv",
]
