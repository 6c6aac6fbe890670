"""Words of usage in templates: the state of a report, the reason of a finding."""

from collections.abc import Mapping

from django import template

from rollcall.period import Period
from usage.models import ReportState, UsageReport
from usage.portal.words import STATE_WORDS, reason_words

register = template.Library()
register.filter("reason_words", reason_words)


@register.filter
def rows_in(rows_by_day: Mapping[str, int] | None, period: Period) -> int:
    """Return how many rows lie in a period, of {"2026-04-30": rows}."""
    start, end = period.start.isoformat(), period.end.isoformat()
    return sum(rows for day, rows in (rows_by_day or {}).items() if start <= day < end)


@register.inclusion_tag("parts/state.html")
def report_state(report: UsageReport) -> dict[str, str]:
    """Say where a report stands."""
    shown = STATE_WORDS[ReportState(report.state)]
    return {"mark": shown.mark, "words": shown.words, "tone": shown.tone}
