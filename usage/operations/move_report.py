"""Move a report from one state to another: the only way in which ``UsageReport.state`` changes."""

from typing import Any

from django.db import transaction

from licenses.models import EventKind
from licenses.operations.announce import announce
from usage.event_data import report_data
from usage.models import ReportState, UsageReport

S = ReportState
MOVES: dict[ReportState, frozenset[ReportState]] = {
    S.RECEIVED: frozenset({S.NEEDS_CONFIRMATION, S.REJECTED, S.WITHDRAWN}),
    # Looked at again with an answer of the person.
    S.NEEDS_CONFIRMATION: frozenset({S.READING, S.NEEDS_DECISION, S.RECEIVED, S.WITHDRAWN}),
    S.NEEDS_DECISION: frozenset({S.READING, S.REJECTED, S.WITHDRAWN}),
    S.READING: frozenset({S.ACCEPTED, S.QUARANTINED, S.REJECTED, S.NEEDS_CONFIRMATION}),
    # A file that could not be read may be confirmed again with another mapping.
    S.REJECTED: frozenset({S.READING, S.NEEDS_DECISION, S.RECEIVED, S.WITHDRAWN}),
    S.ACCEPTED: frozenset({S.WITHDRAWN}),
    S.QUARANTINED: frozenset({S.WITHDRAWN}),
    # The same bytes sent again take a withdrawn report up again.
    S.WITHDRAWN: frozenset({S.RECEIVED}),
}
# What is told of a step, by where it leads.
TOLD = {
    S.ACCEPTED: EventKind.REPORT_ACCEPTED,
    S.QUARANTINED: EventKind.REPORT_ACCEPTED,
    S.REJECTED: EventKind.REPORT_REJECTED,
    S.NEEDS_DECISION: EventKind.REPORT_DECISION_NEEDED,
}


class MoveRefused(Exception):
    """The report is in a state from which this step does not lead; ``state`` is where it stands."""

    def __init__(self, report: UsageReport, to: ReportState) -> None:
        self.state = ReportState(report.state)
        super().__init__(f"{report.file_name} is {self.state.label}, so it cannot become: {to.label}.")


def move_report(*, report_id: int, to: ReportState, confirmation: int | None = None, **changes: Any) -> UsageReport:
    """Lock the report, check the stored state, set the new one together with ``changes``, and return the report.

    With ``confirmation`` the step is refused when the report has been confirmed again since. Raises MoveRefused.
    """
    with transaction.atomic():
        report = UsageReport.objects.select_for_update().get(pk=report_id)
        is_stale = confirmation is not None and report.confirmation != confirmation
        if is_stale or to not in MOVES[ReportState(report.state)]:
            raise MoveRefused(report, to)
        before = report.state
        for field, value in changes.items():
            setattr(report, field, value)
        report.state = to
        report.save(update_fields=["state", *changes])
        if before == S.RECEIVED and to != S.WITHDRAWN:
            _tell(report, EventKind.REPORT_RECEIVED)
        if to in TOLD:
            _tell(report, TOLD[to])
    return report


def _tell(report: UsageReport, kind: EventKind) -> None:
    """Announce the step, once for each confirmation; that a file came in, once."""
    is_first = kind == EventKind.REPORT_RECEIVED
    at = None if is_first else report.finished_at or report.confirmed_at
    announce(
        kind=kind,
        key=report.public_id if is_first else f"{report.public_id}:{report.confirmation}",
        data=lambda: report_data(report),
        customer_id=report.customer_id,
        now=at or report.received_at,
    )
