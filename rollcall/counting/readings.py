"""A rolling window that is read on every day of a period: what a unit has in each reading, without looking at each.

What is in the window changes only where a day of activity enters it or leaves it, so that a unit has one row for each
such change and no more, however many readings there are.
"""

from __future__ import annotations

from dataclasses import dataclass

from rollcall.counting.rules.exclusions import EXCLUDED
from rollcall.counting.rules.kinds import Windows
from rollcall.period import Period
from rollcall.terms.activity import ActivityDefinition


@dataclass(frozen=True, kw_only=True)
class Readings:
    """The SQL of the readings. `key` are the columns of a unit; readings are numbered by the days of the period."""

    definition: ActivityDefinition
    period: Period
    windows: Windows
    key: str

    def view(self) -> str:
        """Return the view `readings` over `looked_at`: `events` and `days` in the window from `first` to before `next`.

        A day enters the reading of its own evening, one before the period the first, and leaves as many days later as
        the window has.
        """
        before = (self.period.start - self.windows[0].start).days
        gone = f"number - {before} + {self.definition.window_days}"
        return f"""
            CREATE TEMP VIEW readings AS
            SELECT {self.key}, first, lead(first, 1, {len(self.windows)}) OVER in_time AS next,
                   sum(events) OVER in_time AS events, sum(days) OVER in_time AS days
            FROM (
                SELECT {self.key}, first, sum(events) AS events, sum(days) AS days FROM (
                    SELECT {self.key}, unnest([greatest(number - {before}, 0), {gone}]) AS first,
                           unnest([events, -events]) AS events, unnest([1, -1]) AS days
                    FROM (SELECT {self.key}, number, sum(events) AS events FROM looked_at WHERE qualifies
                          GROUP BY {self.key}, number))
                WHERE first < {len(self.windows)} GROUP BY {self.key}, first)
            WINDOW in_time AS (PARTITION BY {self.key} ORDER BY first);"""

    def rows(self) -> str:
        """Return the rows looked at with the readings behind them, which are no activity themselves."""
        return f"""(
            SELECT *, NULL AS read_events, NULL AS read_days FROM looked_at
            UNION ALL BY NAME SELECT {self.key}, events AS read_events, days AS read_days, false AS qualifies
            FROM readings)"""

    def columns(self) -> str:
        """Return the columns of a unit: its most events in a window, and whether a window reaches both thresholds."""
        return f""",
            coalesce(max(read_events), 0) AS most_events,
            coalesce(bool_or({self._reaches("read_events", "read_days")}), false) AS reaches"""

    def changes(self, share: str, *, by: str = "''") -> str:
        """Return the query for (`by`, reading, units more than in the one before) over the units that are shown."""
        return f"""
            SELECT name, reading, sum(change) FROM (
                SELECT {by} AS name, unnest([first, next]) AS reading, unnest([1, -1]) AS change FROM readings
                JOIN (SELECT {self.key} FROM judged WHERE why <> '{EXCLUDED}' AND {share}) USING ({self.key})
                WHERE {self._reaches("events", "days")} AND {share})
            GROUP BY name, reading"""

    def _reaches(self, events: str, days: str) -> str:
        return f"{events} >= {self.definition.min_events:d} AND {days} >= {self.definition.min_days:d}"
