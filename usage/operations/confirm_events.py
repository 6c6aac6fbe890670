"""Confirm the report of a day that was gathered from events: the instance has said all that a person would be asked."""

from datetime import datetime, timedelta

from ground.actor import Actor
from rollcall.period import Period
from usage.models import EventDay, ReportState, UsageReport
from usage.operations.confirm_report import confirm_report

WORKER = Actor.system("worker")


def confirm_events(*, report_id: int, now: datetime) -> UsageReport | None:
    """Have a gathered day read, as a complete account of it; None for any other report, or one that is past this.

    The format and the zone stand in every event; the day was made at the instant of gathering. Raises as
    ``confirm_report``.
    """
    day = EventDay.objects.filter(report_id=report_id).select_related("report__contract", "report__instance").first()
    if day is None or day.report.state != ReportState.NEEDS_CONFIRMATION or day.report.confirmed_at is not None:
        return None
    return confirm_report(
        actor=WORKER,
        report=day.report,
        mapping=None,
        source_timezone="",
        covers=Period(day.day, day.day + timedelta(days=1)),
        generated_at=day.gathered_at,
        # Another host's clock may be behind the one that gathered.
        now=max(now, day.gathered_at),
    )
