"""Words of usage in templates: the state of a report, the reason of a finding."""

from django import template

from usage.models import ReportState, UsageReport
from usage.portal.words import STATE_WORDS, reason_words

register = template.Library()
register.filter("reason_words", reason_words)


@register.inclusion_tag("parts/state.html")
def report_state(report: UsageReport) -> dict[str, str]:
    """Say where a report stands."""
    shown = STATE_WORDS[ReportState(report.state)]
    return {"mark": shown.mark, "words": shown.words, "tone": shown.tone}
