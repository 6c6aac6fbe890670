"""When the report for a period is due, and when people are reminded of it. Settings, in whole days.

Owns: the due instant and the days of reminders. Does not own: what is missing (`queries.coverage`).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.conf import settings

from rollcall.period import Period


def due_days() -> int:
    """Return how many days after its end a period is to be reported (setting USAGE_REPORT_DUE_DAYS)."""
    return int(settings.USAGE_REPORT_DUE_DAYS)


def due_date(period: Period) -> date:
    """Return the last civil day on which the report for a period is in time."""
    return period.end + timedelta(days=due_days() - 1)


def due_at(period: Period, zone: str) -> datetime:
    """Return the instant from which the report for a period is late."""
    day = due_date(period)
    return Period(day, day + timedelta(days=1)).instants(zone)[1]


def silent_after_days() -> int:
    """Return after how many days without a report an instance is silent (setting USAGE_SILENT_AFTER_DAYS)."""
    return int(settings.USAGE_SILENT_AFTER_DAYS)


def days_before() -> Sequence[int]:
    """Return how many days before a report is due people are reminded (setting USAGE_REMIND_DAYS_BEFORE)."""
    return sorted({int(days) for days in settings.USAGE_REMIND_DAYS_BEFORE}, reverse=True)


def days_after() -> Sequence[int]:
    """Return how many days after a report was due people are reminded (setting USAGE_REMIND_DAYS_AFTER)."""
    return sorted({int(days) for days in settings.USAGE_REMIND_DAYS_AFTER})
