"""The plain counter: obviously right, and slow. It defines what an active user is.

Gather the rows of the period by person, keep those with a qualifying action, give every person one verdict, count those
who are `counted`. Nothing here is clever; where the fast counter differs, the fast counter is wrong.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from rollcall.counting import rules
from rollcall.counting.answer import COUNTED, AddedUp, CountResult, Verdict, Verdicts
from rollcall.counting.rules.exclusions import EXCLUDED
from rollcall.counting.rules.kinds import Unit, Windows
from rollcall.money import exactly
from rollcall.period import Period
from rollcall.rows import EvidenceRow
from rollcall.terms.action_quantity import COUNT
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import NO_RESOLUTION, Resolution


def count(
    *,
    rows: Iterable[EvidenceRow],
    definition: ActivityDefinition,
    period: Period,
    resolution: Resolution = NO_RESOLUTION,
    since: date | None = None,
) -> CountResult:
    """Count the active users of a period from evidence rows, in any order and from any number of files.

    Rows of the same user, instance, action and day from several files add up. `since` is the first day of the contract:
    a rolling window looks at days before it only where the definition says so.
    """
    windows = definition.windows(period, since)
    qualifying = _gather(rows, definition, windows, resolution)
    reasons = {unit: _why(unit, found, definition, resolution, windows) for unit, found in qualifying.items()}
    verdicts = [_verdict(unit, reasons[unit], found) for unit, found in qualifying.items()]
    text = b"".join(sorted(_line(verdict).encode() for verdict in verdicts))
    there = {unit: found for unit, found in qualifying.items() if reasons[unit] != EXCLUDED}
    return CountResult(
        period=period,
        definition_digest=definition.digest(),
        active_users=sum(verdict.counted for verdict in verdicts),
        daily_active_users=_daily(there, definition, period, windows, resolution),
        verdicts=Verdicts(lambda: [text]),
        by_verdict=dict(Counter(reasons.values())),
    )


def daily_by_instance(
    *,
    rows: Iterable[EvidenceRow],
    definition: ActivityDefinition,
    period: Period,
    resolution: Resolution = NO_RESOLUTION,
    since: date | None = None,
) -> dict[str, dict[date, int]]:
    """Return the daily active users of each instance: a person on two instances is in the series of both."""
    apart, windows = replace(definition, per_instance=True), definition.windows(period, since)
    qualifying = _gather(rows, apart, windows, resolution)
    series: dict[str, dict[date, int]] = {}
    for instance in sorted({unit.instance for unit in qualifying}):
        there = {
            unit: found
            for unit, found in qualifying.items()
            if unit.instance == instance and _why(unit, found, apart, resolution, windows) != EXCLUDED
        }
        series[instance] = _daily(there, apart, period, windows, resolution)
    return {instance: daily for instance, daily in series.items() if daily}


def add_up(
    *,
    rows: Iterable[EvidenceRow],
    definition: ActivityDefinition,
    period: Period,
    measure: str,
    resolution: Resolution = NO_RESOLUTION,
) -> AddedUp:
    """Add up what the active users of a period did: the quantities of their actions, or the number of these.

    `measure` is "sum" or "count", as in the metric.
    """
    windows = definition.windows(period)
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    without_quantity = 0
    with exactly():
        for unit, found in _gather(rows, definition, windows, resolution).items():
            if _why(unit, found, definition, resolution, windows) != COUNTED:
                continue
            for row in found:
                amounts[unit.user_ref] += Decimal(row.events) if measure == COUNT else row.quantity or Decimal(0)
                without_quantity += row.events if measure != COUNT and row.quantity is None else 0
        by_user = Counter(amounts.values())
        total = sum((amount * users for amount, users in by_user.items()), Decimal(0))
    return AddedUp(quantity=total, by_user=tuple(sorted(by_user.items())), without_quantity=without_quantity)


def _gather(
    rows: Iterable[EvidenceRow], definition: ActivityDefinition, windows: Windows, resolution: Resolution
) -> dict[Unit, list[EvidenceRow]]:
    """Return the qualifying rows of every unit that is there in a window, also of those that have none."""
    qualifying: dict[Unit, list[EvidenceRow]] = defaultdict(list)
    for row in rows:
        if not all(rule.plain(row, definition, windows) for rule in rules.SCOPE):
            continue
        rows_of_unit = qualifying[_unit(row, definition, resolution)]
        if all(rule.plain(row, definition) for rule in rules.ROW):
            rows_of_unit.append(row)
    return qualifying


def _unit(row: EvidenceRow, definition: ActivityDefinition, resolution: Resolution) -> Unit:
    return Unit(**{part: rule.plain(row, definition, resolution) for part, rule in rules.UNIT.items()})


def _why(
    unit: Unit, found: list[EvidenceRow], definition: ActivityDefinition, resolution: Resolution, windows: Windows
) -> str:
    for rule in rules.VERDICT:
        if rule.plain(unit, found, definition, resolution, windows):
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


def _daily(
    there: dict[Unit, list[EvidenceRow]],
    definition: ActivityDefinition,
    period: Period,
    windows: Windows,
    resolution: Resolution,
) -> dict[date, int]:
    """Return how many were active on each day: on the day itself, or in the window that is read at its end."""
    seen: dict[date, set[Unit]] = defaultdict(set)
    for unit, found in there.items():
        if definition.reads_daily:
            for window in windows:
                if _why(unit, found, definition, resolution, (window,)) == COUNTED:
                    seen[window.last_day].add(unit)
        else:
            for row in found:
                if period.contains(row.day):
                    seen[row.day].add(unit)
    return {day: len(units) for day, units in sorted(seen.items())}


def _line(verdict: Verdict) -> str:
    counted = "yes" if verdict.counted else "no"
    instance = '"' + verdict.instance.replace('"', '""') + '"' if verdict.instance else ""
    fields = (verdict.user_ref, counted, verdict.why, verdict.first_at, verdict.last_at)
    return ",".join((*fields, str(verdict.active_days), str(verdict.events), instance)) + "\n"
