"""Who never counts, whatever they did: service accounts, bots, named people.

The test looks at the person, after aliases; which reference is excluded was decided by `terms.identity.resolve`.
"""

from __future__ import annotations

from rollcall.counting.rules.kinds import Unit, VerdictRule, Windows
from rollcall.rows import EvidenceRow
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import Resolution

EXCLUDED = "excluded"


def plain(
    unit: Unit, rows: list[EvidenceRow], definition: ActivityDefinition, resolution: Resolution, windows: Windows
) -> bool:
    """Return whether the contract leaves this person out."""
    return unit.user_ref in resolution.excluded


def sql(definition: ActivityDefinition, resolution: Resolution, windows: Windows) -> str:
    """Say the same of a unit."""
    return "user_ref IN (SELECT user_ref FROM excluded)" if resolution.excluded else "false"


RULES = (VerdictRule(name=EXCLUDED, rank=10, plain=plain, sql=sql),)
