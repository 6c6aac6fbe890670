"""What people decided about the usage of a term: days that are left out, with the reason and whose word it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from rollcall.terms.calculations import day_in_words
from rollcall.terms.fields import Fields, day_of


@dataclass(frozen=True, kw_only=True)
class ExcusedDays:
    """Days whose numbers do not count. `metric` is empty for every metric of the terms that has a daily series."""

    days: tuple[date, ...]
    reason: str
    decided_by: str = ""
    metric: str = ""

    @classmethod
    def from_fields(cls, fields: Fields) -> ExcusedDays:
        """Read `{"excused_days": ["2026-09-03"], "reason": "load test of the vendor"}`. Raises TermsRefused."""
        rows = enumerate(fields.listed("excused_days"))
        days = tuple(day_of(row, f"{fields.at('excused_days')}[{number}]") for number, row in rows)
        if not days:
            raise fields.refuse("excused_days", "is empty; name the days that are left out.")
        decision = cls(
            days=tuple(sorted(set(days))),
            reason=fields.text("reason"),
            decided_by=fields.text("decided_by") if fields.has("decided_by") else "",
            metric=fields.text("metric") if fields.has("metric") else "",
        )
        fields.nothing_else("a decision about days")
        return decision

    def concerns(self, metric: str) -> bool:
        """Return whether the decision is about this metric."""
        return self.metric in ("", metric)

    def words(self, days: Iterable[date]) -> str:
        """Say which of the days are left out, why, and whose decision it was."""
        named = ", ".join(map(day_in_words, sorted(days)))
        by = f", decided by {self.decided_by}" if self.decided_by else ""
        return f"{named} excused ({self.reason}{by})"
