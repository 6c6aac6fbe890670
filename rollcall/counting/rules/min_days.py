"""On how many different days a user needs a qualifying action."""

from __future__ import annotations

from rollcall.counting.rules.kinds import Unit, VerdictRule
from rollcall.rows import EvidenceRow
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import Resolution


def plain(unit: Unit, rows: list[EvidenceRow], definition: ActivityDefinition, resolution: Resolution) -> bool:
    """Return whether the unit's qualifying rows lie on fewer different days than the definition asks for."""
    return len({row.day for row in rows}) < definition.min_days


def sql(definition: ActivityDefinition, resolution: Resolution) -> str:
    """Say the same of a unit."""
    return f"active_days < {definition.min_days:d}"


RULES = (VerdictRule(name="below_min_days", rank=40, plain=plain, sql=sql),)
