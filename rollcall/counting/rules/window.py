"""The window in which a user counts once: the billed period itself."""

from __future__ import annotations

from rollcall.counting.rules.kinds import ScopeRule
from rollcall.period import Period
from rollcall.rows import EvidenceRow
from rollcall.terms.activity import ActivityDefinition


class WindowNotCounted(ValueError):
    """The definition asks for a window that this version does not count."""


def check(definition: ActivityDefinition) -> None:
    """Refuse a rolling window."""
    if definition.window_days is not None:
        raise WindowNotCounted(
            f"The definition asks for a rolling window of {definition.window_days} days. This version counts a user "
            'once per billed period; write "window": "period", or wait with this contract.'
        )


def plain(row: EvidenceRow, definition: ActivityDefinition, period: Period) -> bool:
    """Return whether the row's day lies in the period; the last day of a period is the one before its end."""
    return period.start <= row.day < period.end


def sql(definition: ActivityDefinition, period: Period) -> str:
    """Say the same of a row of evidence."""
    return f"day >= DATE '{period.start}' AND day < DATE '{period.end}'"


RULES = (ScopeRule(name="window", check=check, plain=plain, sql=sql),)
