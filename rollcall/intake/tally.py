"""Adds good rows up to evidence: the plain reader's sums, by user, instance, action and civil day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from rollcall.intake.checks import Activity
from rollcall.rows import EvidenceRow
from rollcall.terms.identity import user_ref
from rollcall.zones import DAY, MINUTE, ZoneTable, day_of, span_of_minutes


class Tally:
    """The evidence of the rows added so far, in the zone of the bill."""

    def __init__(self, zone: ZoneTable) -> None:
        self._zone = zone
        self._sums: dict[tuple[str, str, str, int], tuple[int, Decimal | None, int, int]] = {}
        self._spellings: dict[str, str] = {}
        self._seen: set[str] = set()

    def add(self, row: Activity, raw_user: str) -> None:
        """Add one row."""
        instant, quantity = row.instant, row.quantity
        local = self._zone.local(instant)
        day, minute = local // DAY, local % DAY // MINUTE
        end = minute if row.until is None else self._zone.local(row.until) % DAY // MINUTE
        key = (row.user_key, row.instance, row.action, day)
        sums = self._sums.get(key)
        if sums is None:
            self._sums[key] = (row.events, quantity, minute, end)
        else:
            events, total, first, last = sums
            if quantity is not None:
                total = quantity if total is None else total + quantity
            self._sums[key] = (events + row.events, total, min(first, minute), max(last, end))
        if raw_user not in self._seen:
            self._seen.add(raw_user)
            known = self._spellings.get(row.user_key)
            self._spellings[row.user_key] = raw_user if known is None else min(known, raw_user)

    def names(self, salt: bytes) -> dict[str, tuple[str, str]]:
        """Return {user_ref: (user_key, the smallest of its spellings)}."""
        return {user_ref(salt, key): (key, raw) for key, raw in self._spellings.items()}

    def rows(self, salt: bytes) -> Iterator[EvidenceRow]:
        """Yield the evidence rows, in no order."""
        refs = {key: user_ref(salt, key) for key in self._spellings}
        for (key, instance, action, day), (events, quantity, first, last) in self._sums.items():
            yield EvidenceRow(refs[key], instance, action, day_of(day * DAY), events, quantity, first, last)

    def span(self) -> tuple[str | None, str | None]:
        """Return the first and the last minute with activity, as instants."""
        first = min((day * 1440 + sums[2] for (_, _, _, day), sums in self._sums.items()), default=None)
        last = max((day * 1440 + sums[3] for (_, _, _, day), sums in self._sums.items()), default=None)
        return span_of_minutes(self._zone, first, last)

    def days(self) -> list[str]:
        """Return the civil days with activity, in order."""
        return [day_of(day * DAY).isoformat() for day in sorted({key[3] for key in self._sums})]

    def rows_by_day(self) -> dict[str, int]:
        """Return {civil day: activities}, in the order of days."""
        rows: dict[int, int] = {}
        for (_, _, _, day), sums in self._sums.items():
            rows[day] = rows.get(day, 0) + sums[0]
        return {day_of(day * DAY).isoformat(): rows[day] for day in sorted(rows)}

    def users_by_month(self) -> dict[int, set[str]]:
        """Return {month, counted since year 0: users}."""
        months = {day: first.year * 12 + first.month - 1 for day, first in self._dates().items()}
        found: dict[int, set[str]] = {}
        for user, _, _, day in self._sums:
            found.setdefault(months[day], set()).add(user)
        return found

    def _dates(self) -> dict[int, date]:
        return {day: day_of(day * DAY) for day in {key[3] for key in self._sums}}

    def actions(self) -> dict[str, tuple[int, int]]:
        """Return {action: (activities, users)}, by name."""
        rows: dict[str, int] = {}
        users: dict[str, set[str]] = {}
        for (user, _, action, _), sums in self._sums.items():
            rows[action] = rows.get(action, 0) + sums[0]
            users.setdefault(action, set()).add(user)
        return {action: (rows[action], len(users[action])) for action in sorted(rows)}
