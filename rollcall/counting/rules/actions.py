"""Which actions make a user active. Without one of them a user of the period does not count.

Names and globs are matched by the definition itself, once per distinct action, never in SQL: one place says what a glob
means and how upper and lower case compare. What evidence marks as no activity ("login !failed") counts only where the
definition names the mark.
"""

from __future__ import annotations

from rollcall.counting.rules.kinds import RowRule, Unit, VerdictRule, Windows
from rollcall.rows import EvidenceRow
from rollcall.terms.activity import NO_ACTIVITY_MARK, ActivityDefinition
from rollcall.terms.identity import Resolution


def all_count(definition: ActivityDefinition) -> bool:
    """Return whether the definition names every activity, so that nothing has to be looked up."""
    return definition.actions == ("*",)


def qualifies(row: EvidenceRow, definition: ActivityDefinition) -> bool:
    """Return whether the definition names the row's action."""
    return definition.counts_action(row.action)


def qualifies_sql(definition: ActivityDefinition) -> str:
    """Say the same of a row of evidence."""
    if all_count(definition):
        return f"NOT contains(action, '{NO_ACTIVITY_MARK}')"
    return "action IN (SELECT action FROM counted_actions)"


def did_nothing(
    unit: Unit, rows: list[EvidenceRow], definition: ActivityDefinition, resolution: Resolution, windows: Windows
) -> bool:
    """Return whether the unit has no qualifying action at all."""
    return not rows


def did_nothing_sql(definition: ActivityDefinition, resolution: Resolution, windows: Windows) -> str:
    """Say the same of a unit."""
    return "active_days = 0"


RULES = (
    RowRule(name="actions", plain=qualifies, sql=qualifies_sql),
    VerdictRule(name="no_qualifying_action", rank=20, plain=did_nothing, sql=did_nothing_sql),
)
