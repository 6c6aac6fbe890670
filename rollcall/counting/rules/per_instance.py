"""Whether one person on two instances counts once, which is the rule, or once on each."""

from __future__ import annotations

from rollcall.counting.rules.kinds import UnitRule
from rollcall.rows import EvidenceRow
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import Resolution


def plain(row: EvidenceRow, definition: ActivityDefinition, resolution: Resolution) -> str:
    """Return the instance where the terms count per instance, else nothing."""
    return row.instance if definition.per_instance else ""


def sql(definition: ActivityDefinition, resolution: Resolution) -> str | None:
    """Say the same of a row of evidence."""
    return "evidence.instance" if definition.per_instance else None


RULES = (UnitRule(name="per_instance", part="instance", plain=plain, sql=sql),)
