"""From a user back to the lines: every row of a file that one person's activity was counted from."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from rollcall.formats.profile import COUNTS, SNAPSHOT
from rollcall.intake.checks import Names, checker
from rollcall.intake.findings import FileRefused, QuestionsOpen
from rollcall.intake.records import Fault, shown
from rollcall.intake.request import Bounds, ReadRequest
from rollcall.intake.source import Source
from rollcall.intake.sources import open_sources
from rollcall.terms.identity import user_ref
from rollcall.zones import DAY, day_of, instant_text, zone_table

_PROGRESS_ROWS = 50_000
_SHOWN = 200

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, kw_only=True)
class Trace:
    """The rows of one person: {"file", "line", "at" (UTC), "day" (as billed), "action"}, in the order of the files.

    `total` counts all of them, `lines` holds the first; a repeat of an event id is no row of its own. `refused` says
    why the files cannot be gone through.
    """

    lines: tuple[dict[str, Any], ...] = ()
    total: int = 0
    refused: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"lines": list(self.lines), "total": self.total, "refused": self.refused}


def trace(
    request: ReadRequest, *, wanted: Collection[str], first_day: str, end_day: str, at_most: int, on_progress: Progress
) -> Trace:
    """Go through the files of a reading for one person, known by any of the references in `wanted`.

    `first_day` and `end_day` (exclusive) are civil days in the zone of the bill. Never raises for what a file contains.
    """
    search = _Search(request, frozenset(wanted), (first_day, end_day), at_most)
    try:
        for source in open_sources(request):
            if source.kind in (COUNTS, SNAPSHOT):
                return Trace(refused="The file holds numbers or a list of accounts, no activity of a person.")
            search.through(source, on_progress)
    except (FileRefused, QuestionsOpen) as refused:
        return Trace(refused=f"The file can no longer be gone through: {refused}")
    return Trace(lines=tuple(search.lines), total=search.total)


class _Search:
    def __init__(self, request: ReadRequest, wanted: frozenset[str], days: tuple[str, str], at_most: int) -> None:
        self._request, self._wanted, self._days, self._at_most = request, wanted, days, at_most
        self._names = Names(rule=request.identity_rule, id_characters=request.limits.id_characters)
        self._bounds: Bounds = request.bounds()
        self._zone = zone_table(request.timezone)
        self._is_wanted: dict[str, bool] = {}
        self._ids: set[str] = set()
        self._read = 0
        self.lines: list[dict[str, Any]] = []
        self.total = 0

    def through(self, source: Source, on_progress: Progress) -> None:
        """Look at every row of one file. Raises FileRefused."""
        check = checker(source, self._bounds, self._names, self._request.instance)
        user = source.positions["user"]
        for record in source.records():
            self._read += 1
            if self._read % _PROGRESS_ROWS == 0:
                on_progress(self._read, 0, "rows looked at")
            if record.fault is not None or not self._is_theirs(record.fields[user]):
                continue
            row = check(record.fields)
            if isinstance(row, Fault) or not self._bounds.owns(row.instant):
                continue
            if row.event_id and row.event_id in self._ids:
                continue
            self._ids.add(row.event_id)
            day = day_of(self._zone.local(row.instant) // DAY * DAY).isoformat()
            if not self._days[0] <= day < self._days[1]:
                continue
            self.total += 1
            if len(self.lines) < self._at_most:
                self.lines.append(
                    {
                        "file": shown(source.filename),
                        "line": record.line,
                        "at": instant_text(row.instant),
                        "day": day,
                        "action": shown(row.action[:_SHOWN]),
                    }
                )

    def _is_theirs(self, raw: str) -> bool:
        """Return whether an id as written is the person's; each distinct spelling is computed once."""
        found = self._is_wanted.get(raw)
        if found is None:
            key = self._names.user(raw)
            found = isinstance(key, str) and user_ref(self._request.salt, key) in self._wanted
            self._is_wanted[raw] = found
        return found
