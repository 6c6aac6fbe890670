"""The kinds of rule: which rows are looked at, whose they are, which qualify, and who then counts.

Each rule has a plain form, which works on a row or a unit, and an SQL form, an expression over the columns named here.
An SQL form writes no value into its text but numbers and dates: everything else lies in a table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from rollcall.period import Period
from rollcall.rows import EvidenceRow
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import Resolution

# The spans of days in which a user is looked at, in order of time: one, or one for each day of the period.
Windows = tuple[Period, ...]


class Unit(NamedTuple):
    """What counts once: a person, or a person on one instance. `instance` is empty when instances do not matter."""

    user_ref: str
    instance: str


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What all rules have."""

    name: str


@dataclass(frozen=True, kw_only=True)
class ScopeRule(Rule):
    """Which rows are looked at. SQL: a condition over the columns of evidence."""

    plain: Callable[[EvidenceRow, ActivityDefinition, Windows], bool]
    sql: Callable[[ActivityDefinition, Windows], str]


@dataclass(frozen=True, kw_only=True)
class UnitRule(Rule):
    """One part of a `Unit`. SQL: an expression over evidence and the table aliases(user_ref, person).

    The SQL form is None where the part says nothing: a key that is always empty makes grouping twice as slow.
    """

    part: str
    plain: Callable[[EvidenceRow, ActivityDefinition, Resolution], str]
    sql: Callable[[ActivityDefinition, Resolution], str | None]


@dataclass(frozen=True, kw_only=True)
class RowRule(Rule):
    """Which rows qualify as activity. SQL: a condition over evidence and the table counted_actions(action)."""

    plain: Callable[[EvidenceRow, ActivityDefinition], bool]
    sql: Callable[[ActivityDefinition], str]


@dataclass(frozen=True, kw_only=True)
class VerdictRule(Rule):
    """Why a unit does not count. The first rule by `rank` that refuses gives its name to the verdict.

    Plain: the unit and its qualifying rows. SQL: a condition over units(user_ref, instance, events, active_days), both
    numbers of qualifying rows, 0 when there are none, and over the table excluded(user_ref). Where there are several
    windows, units have `most_events`, the most in any of them, and `reaches`: whether one reaches both thresholds.
    """

    rank: int
    plain: Callable[[Unit, list[EvidenceRow], ActivityDefinition, Resolution, Windows], bool]
    sql: Callable[[ActivityDefinition, Resolution, Windows], str]
