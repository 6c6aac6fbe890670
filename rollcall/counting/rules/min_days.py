"""On how many different days of a window a user needs a qualifying action."""

from __future__ import annotations

from rollcall.counting.rules.kinds import Unit, VerdictRule, Windows
from rollcall.rows import EvidenceRow
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import Resolution


def plain(
    unit: Unit, rows: list[EvidenceRow], definition: ActivityDefinition, resolution: Resolution, windows: Windows
) -> bool:
    """Return whether no window has the unit's qualifying rows on enough different days, with enough events in it."""
    for window in windows:
        inside = [row for row in rows if window.contains(row.day)]
        has_events = sum(row.events for row in inside) >= definition.min_events
        if has_events and len({row.day for row in inside}) >= definition.min_days:
            return False
    return True


def sql(definition: ActivityDefinition, resolution: Resolution, windows: Windows) -> str:
    """Say the same of a unit."""
    if len(windows) > 1:
        return "NOT reaches"
    return f"NOT (events >= {definition.min_events:d} AND active_days >= {definition.min_days:d})"


RULES = (VerdictRule(name="below_min_days", rank=40, plain=plain, sql=sql),)
