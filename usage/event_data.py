"""What receivers of webhooks are told about a report: where it stands, never what is in it."""

from licenses.event_data import contract_data
from licenses.webhooks import Data, told_instant
from usage.models import ReportState, UsageReport

LONGEST_WORDS = 1000


def report_data(report: UsageReport) -> Data:
    """Return the facts of a report in its present state; numbers of rows are null until it was read."""
    return {
        "report": report.public_id,
        "state": str(report.state),
        "grade": str(report.grade),
        "file_name": report.file_name,
        "sha256": report.sha256,
        "received_at": told_instant(report.received_at),
        "covers": None
        if report.covers is None
        else {"start": told_instant(report.covers.lower), "end": told_instant(report.covers.upper)},
        "instance": {"id": report.instance.public_id, "name": report.instance.name},
        **contract_data(report.contract),
        "rows": {"read": report.rows_read, "accepted": report.rows_accepted, "quarantined": report.rows_quarantined},
        "users": report.users,
        "code": report.refusal_code,
        "words": _words(report)[:LONGEST_WORDS],
    }


def _words(report: UsageReport) -> str:
    """Return why it was rejected, or what it asks; empty where it stands without either."""
    if report.refusal_message:
        return report.refusal_message
    asks = report.state in (ReportState.NEEDS_DECISION, ReportState.NEEDS_CONFIRMATION)
    return " ".join(str(one["message"]) for one in report.questions) if asks else ""
