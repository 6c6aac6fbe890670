"""How many qualifying events a user needs in the period."""

from __future__ import annotations

from rollcall.counting.rules.kinds import Unit, VerdictRule
from rollcall.rows import EvidenceRow
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import Resolution


def plain(unit: Unit, rows: list[EvidenceRow], definition: ActivityDefinition, resolution: Resolution) -> bool:
    """Return whether the unit has fewer qualifying events than the definition asks for."""
    return sum(row.events for row in rows) < definition.min_events


def sql(definition: ActivityDefinition, resolution: Resolution) -> str:
    """Say the same of a unit."""
    return f"events < {definition.min_events:d}"


RULES = (VerdictRule(name="below_min_events", rank=30, plain=plain, sql=sql),)
