"""The plain counter: obviously right, and slow. It defines what an active user is.

Gather the rows of the period by person, keep those with a qualifying action, give every person one verdict, count those
who are `counted`. Nothing here is clever; where the fast counter differs, the fast counter is wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from rollcall.counting import rules
from rollcall.counting.answer import COUNTED, CountResult, Verdict, Verdicts
from rollcall.counting.rules.exclusions import EXCLUDED
from rollcall.counting.rules.kinds import Unit
from rollcall.period import Period
from rollcall.rows import EvidenceRow
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import NO_RESOLUTION, Resolution


def count(
    *,
    rows: Iterable[EvidenceRow],
    definition: ActivityDefinition,
    period: Period,
    resolution: Resolution = NO_RESOLUTION,
) -> CountResult:
    """Count the active users of a period from evidence rows, in any order and from any number of files.

    Rows of the same user, instance, action and day from several files add up. Raises WindowNotCounted.
    """
    rules.check(definition)
    qualifying: dict[Unit, list[EvidenceRow]] = defaultdict(list)
    for row in rows:
        if not all(rule.plain(row, definition, period) for rule in rules.SCOPE):
            continue
        rows_of_unit = qualifying[_unit(row, definition, resolution)]
        if all(rule.plain(row, definition) for rule in rules.ROW):
            rows_of_unit.append(row)
    reasons = {unit: _why(unit, found, definition, resolution) for unit, found in qualifying.items()}
    verdicts = [_verdict(unit, reasons[unit], found) for unit, found in qualifying.items()]
    text = b"".join(sorted(_line(verdict).encode() for verdict in verdicts))
    return CountResult(
        period=period,
        definition_digest=definition.digest(),
        active_users=sum(verdict.counted for verdict in verdicts),
        daily_active_users=_daily({unit: found for unit, found in qualifying.items() if reasons[unit] != EXCLUDED}),
        verdicts=Verdicts(lambda: [text]),
    )


def _unit(row: EvidenceRow, definition: ActivityDefinition, resolution: Resolution) -> Unit:
    return Unit(**{part: rule.plain(row, definition, resolution) for part, rule in rules.UNIT.items()})


def _why(unit: Unit, found: list[EvidenceRow], definition: ActivityDefinition, resolution: Resolution) -> str:
    for rule in rules.VERDICT:
        if rule.plain(unit, found, definition, resolution):
            return rule.name
    return COUNTED


def _verdict(unit: Unit, why: str, found: list[EvidenceRow]) -> Verdict:
    return Verdict(
        user_ref=unit.user_ref,
        counted=why == COUNTED,
        why=why,
        first_at=min((_minute(row.day, row.first_minute) for row in found), default=""),
        last_at=max((_minute(row.day, row.last_minute) for row in found), default=""),
        active_days=len({row.day for row in found}),
        events=sum(row.events for row in found),
        instance=unit.instance,
    )


def _minute(day: date, minute: int) -> str:
    hour, minute = divmod(minute, 60)
    return f"{day}T{hour:02d}:{minute:02d}"


def _daily(qualifying: dict[Unit, list[EvidenceRow]]) -> dict[date, int]:
    seen: dict[date, set[Unit]] = defaultdict(set)
    for unit, found in qualifying.items():
        for row in found:
            seen[row.day].add(unit)
    return {day: len(units) for day, units in sorted(seen.items())}


def _line(verdict: Verdict) -> str:
    counted = "yes" if verdict.counted else "no"
    instance = '"' + verdict.instance.replace('"', '""') + '"' if verdict.instance else ""
    fields = (verdict.user_ref, counted, verdict.why, verdict.first_at, verdict.last_at)
    return ",".join((*fields, str(verdict.active_days), str(verdict.events), instance)) + "\n"
