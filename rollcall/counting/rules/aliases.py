"""Which person a user is: two ids that the customer names as one are one."""

from __future__ import annotations

from rollcall.counting.rules.kinds import UnitRule
from rollcall.rows import EvidenceRow
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import Resolution


def plain(row: EvidenceRow, definition: ActivityDefinition, resolution: Resolution) -> str:
    """Return the reference of the person."""
    return resolution.person(row.user_ref)


def sql(definition: ActivityDefinition, resolution: Resolution) -> str:
    """Say the same of a row of evidence."""
    if not resolution.aliases:
        return "evidence.user_ref"
    found = "SELECT person FROM aliases WHERE aliases.user_ref = evidence.user_ref"
    return f"coalesce(({found}), evidence.user_ref)"


RULES = (UnitRule(name="aliases", part="user_ref", plain=plain, sql=sql),)
