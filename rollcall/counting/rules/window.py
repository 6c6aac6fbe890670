"""The days that are looked at: those of the windows in which a user counts once."""

from __future__ import annotations

from rollcall.counting.rules.kinds import ScopeRule, Windows
from rollcall.rows import EvidenceRow
from rollcall.terms.activity import ActivityDefinition


def plain(row: EvidenceRow, definition: ActivityDefinition, windows: Windows) -> bool:
    """Return whether the row's day lies in a window; the last day of a window is the one before its end."""
    return any(window.start <= row.day < window.end for window in windows)


def sql(definition: ActivityDefinition, windows: Windows) -> str:
    """Say the same of a row of evidence. Windows overlap or follow each other, so they have no gaps."""
    return f"day >= DATE '{windows[0].start}' AND day < DATE '{windows[-1].end}'"


RULES = (ScopeRule(name="window", plain=plain, sql=sql),)
