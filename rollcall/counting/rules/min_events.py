"""How many qualifying events a user needs in a window."""

from __future__ import annotations

from rollcall.counting.rules.kinds import Unit, VerdictRule, Windows
from rollcall.rows import EvidenceRow
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import Resolution


def plain(
    unit: Unit, rows: list[EvidenceRow], definition: ActivityDefinition, resolution: Resolution, windows: Windows
) -> bool:
    """Return whether there is no window in which the unit has as many qualifying events as the definition asks for."""
    return all(
        sum(row.events for row in rows if window.contains(row.day)) < definition.min_events for window in windows
    )


def sql(definition: ActivityDefinition, resolution: Resolution, windows: Windows) -> str:
    """Say the same of a unit."""
    return f"{'events' if len(windows) == 1 else 'most_events'} < {definition.min_events:d}"


RULES = (VerdictRule(name="below_min_events", rank=30, plain=plain, sql=sql),)
