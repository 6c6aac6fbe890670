"""The fast counter: DuckDB over evidence files, in one pass for the figures.

It gathers a day bitmap per unit (person, or person and instance) and reads the figures from the bitmaps; minutes and
sums for the list of verdicts are read in a second pass, when somebody asks for the list. It must say exactly what
`plain` says; a property test and deliberate mutations hold it to that.

The connection sees the given evidence files and nothing else: no other file, no network, no extension; its
configuration is locked before the first query. Several counts may share one, which then sees the files of all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import accumulate
from pathlib import Path

import duckdb

from rollcall.counting import rules
from rollcall.counting.answer import COUNTED, AddedUp, CountResult, Verdicts
from rollcall.counting.connection import EvidenceUnreadable, Together, lock, opened, resolved, show, text_literal
from rollcall.counting.funnel import Funnel, named_first
from rollcall.counting.readings import Readings
from rollcall.counting.rules import actions
from rollcall.counting.rules.exclusions import EXCLUDED
from rollcall.counting.rules.kinds import Windows
from rollcall.money import exactly
from rollcall.period import Period
from rollcall.terms.action_quantity import COUNT
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import NO_RESOLUTION, Resolution

# Evidence with more rows is counted in shares of its people, one after the other, so that memory stays flat. A person
# is in one share, so shares add up exactly. The list of verdicts needs four times the memory of the figures.
ROWS_AT_A_TIME = 1_000_000
_MOST_SHARES = 256


def count(
    *,
    parquet_paths: Sequence[Path],
    definition: ActivityDefinition,
    period: Period,
    resolution: Resolution = NO_RESOLUTION,
    since: date | None = None,
    rows_at_a_time: int = ROWS_AT_A_TIME,
    on: Together | None = None,
) -> CountResult:
    """Count the active users of a period from evidence files, in any order; a path given twice is read once.

    Rows of the same user, instance, action and day from several files add up. `since` is the first day of the contract:
    a rolling window looks at days before it only where the definition says so. The verdicts read the files again, so
    the files must stay where they are until the verdicts are written. `on` is what `together` gave for several counts.
    Raises EvidenceUnreadable.
    """
    asked = _Asked.of(parquet_paths, definition, period, resolution, since, on)

    def verdict_text() -> Iterator[bytes]:
        with _counting(asked) as connection:
            for share in _shares(connection, asked, rows_at_a_time // 4):
                connection.execute(_verdict_text(asked.scope, share))
                while pieces := connection.fetchmany(16):
                    yield from (piece.encode() for (piece,) in pieces)

    reasons = [COUNTED, *(rule.name for rule in rules.VERDICT)]
    sums = [0] * (len(reasons) + period.days)
    with _counting(asked) as connection:
        for share in _shares(connection, asked, rows_at_a_time):
            figures = list(connection.execute(_figures(asked, reasons, share)).fetchall()[0])
            if asked.readings is not None:
                figures += _read(connection, asked.readings.changes(share), period).get("", [0] * period.days)
            sums = [before + (more or 0) for before, more in zip(sums, figures, strict=True)]
    return CountResult(
        period=period,
        definition_digest=definition.digest(),
        active_users=sums[0],
        daily_active_users=_by_day(period, sums[len(reasons) :]),
        verdicts=Verdicts(verdict_text),
        by_verdict={reason: units for reason, units in zip(reasons, sums, strict=False) if units},
    )


def funnel(
    *,
    parquet_paths: Sequence[Path],
    definition: ActivityDefinition,
    period: Period,
    resolution: Resolution = NO_RESOLUTION,
    since: date | None = None,
    rows_at_a_time: int = ROWS_AT_A_TIME,
    on: Together | None = None,
) -> Funnel:
    """Return how many rows and people fall at each step of the same count. Raises EvidenceUnreadable."""
    asked = _Asked.of(parquet_paths, definition, period, resolution, since, on)
    outside = qualifying = ids = people = units = 0
    others: dict[str, int] = {}
    ids_by_instance: dict[str, int] = {}
    with _counting(asked) as connection:
        for action, counts, inside, beyond in connection.execute(_rows_by_action(asked)).fetchall():
            outside += beyond
            if counts:
                qualifying += inside
            elif inside:
                others[action] = inside
        for share in _shares(connection, asked, rows_at_a_time):
            for instance, ids_there, people_there, units_there in connection.execute(_ids(asked, share)).fetchall():
                if instance is None:
                    ids, people, units = ids + ids_there, people + people_there, units + units_there
                else:
                    ids_by_instance[instance] = ids_by_instance.get(instance, 0) + ids_there
    return Funnel(
        outside=outside,
        not_qualifying=sum(others.values()),
        qualifying=qualifying,
        other_actions=named_first(others),
        ids_by_instance=dict(sorted(ids_by_instance.items())),
        same_person=ids - people,
        on_several=people - units,
    )


def daily_by_instance(
    *,
    parquet_paths: Sequence[Path],
    definition: ActivityDefinition,
    period: Period,
    resolution: Resolution = NO_RESOLUTION,
    since: date | None = None,
    rows_at_a_time: int = ROWS_AT_A_TIME,
    on: Together | None = None,
) -> dict[str, dict[date, int]]:
    """Return the daily active users of each instance: a person on two instances is in the series of both."""
    apart = replace(definition, per_instance=True)
    asked = _Asked.of(parquet_paths, apart, period, resolution, since, on)
    sums: dict[str, list[int]] = {}
    with _counting(asked) as connection:
        for share in _shares(connection, asked, rows_at_a_time):
            for instance, figures in _of_each_instance(connection, asked, share).items():
                before = sums.setdefault(instance, [0] * period.days)
                sums[instance] = [one + (more or 0) for one, more in zip(before, figures, strict=True)]
    return {instance: _by_day(period, figures) for instance, figures in sorted(sums.items()) if any(figures)}


def _of_each_instance(
    connection: duckdb.DuckDBPyConnection, asked: _Asked, share: str
) -> Mapping[str, Sequence[int | None]]:
    if asked.readings is not None:
        return _read(connection, asked.readings.changes(share, by="instance"), asked.period)
    query = f"SELECT instance, {_days(asked)} FROM ({_SHOWN}) WHERE {share} GROUP BY instance"
    return {instance: figures for instance, *figures in connection.execute(query).fetchall()}


def add_up(
    *,
    parquet_paths: Sequence[Path],
    definition: ActivityDefinition,
    period: Period,
    measure: str,
    resolution: Resolution = NO_RESOLUTION,
    rows_at_a_time: int = ROWS_AT_A_TIME,
    on: Together | None = None,
) -> AddedUp:
    """Add up what the active users of a period did: the quantities of their actions, or the number of these.

    `measure` is "sum" or "count", as in the metric. Raises EvidenceUnreadable.
    """
    asked = _Asked.of(parquet_paths, definition, period, resolution, None, on)
    by_user: dict[Decimal, int] = {}
    without_quantity = 0
    with _counting(asked) as connection:
        for share in _shares(connection, asked, rows_at_a_time):
            for amount, users, without in connection.execute(_added_up(measure, share)).fetchall():
                by_user[Decimal(amount)] = by_user.get(Decimal(amount), 0) + users
                without_quantity += int(without)
    with exactly():
        total = sum((amount * users for amount, users in by_user.items()), Decimal(0))
    return AddedUp(quantity=total, by_user=tuple(sorted(by_user.items())), without_quantity=without_quantity)


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What is to be counted. `scope` are the days that any window looks at."""

    paths: Sequence[Path]
    definition: ActivityDefinition
    period: Period
    resolution: Resolution
    windows: Windows
    on: Together | None

    @classmethod
    def of(
        cls,
        paths: Sequence[Path],
        definition: ActivityDefinition,
        period: Period,
        resolution: Resolution,
        since: date | None,
        on: Together | None = None,
    ) -> _Asked:
        """Return the question with its windows; a path given twice is there once."""
        return cls(
            paths=resolved(paths),
            definition=definition,
            period=period,
            resolution=resolution,
            windows=definition.windows(period, since),
            on=on,
        )

    @property
    def unit(self) -> dict[str, str | None]:
        """The SQL forms of what counts once, by part; None for a part that says nothing."""
        return {part: rule.sql(self.definition, self.resolution) for part, rule in rules.UNIT.items()}

    @property
    def key(self) -> str:
        return ", ".join(part for part, form in self.unit.items() if form)

    @property
    def readings(self) -> Readings | None:
        """The readings of a window that is read more than once."""
        if len(self.windows) == 1:
            return None
        return Readings(definition=self.definition, period=self.period, windows=self.windows, key=self.key)

    @property
    def scope(self) -> Period:
        return Period(self.windows[0].start, self.windows[-1].end)


def _read(connection: duckdb.DuckDBPyConnection, changes: str, period: Period) -> dict[str, list[int]]:
    """Return the units of each reading by what the query names: each number is the one before it with its change."""
    found: dict[str, list[int]] = {}
    for name, reading, change in connection.execute(changes).fetchall():
        numbers = found.setdefault(name, [0] * (period.days + 1))
        numbers[reading] += change
    return {name: list(accumulate(numbers[:-1])) for name, numbers in found.items()}


def _by_day(period: Period, figures: Sequence[int]) -> dict[date, int]:
    return {day: users for day, users in zip(period.each_day(), figures, strict=True) if users}


@contextmanager
def _counting(asked: _Asked) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection with the view `judged`: every unit of the period with its sums and its verdict."""
    paths = asked.paths
    for path in paths:
        if not path.is_file():
            raise EvidenceUnreadable(f"The evidence file {path.name} is not there.")
    shares = asked.on is not None and asked.on.paths.issuperset(paths)
    with asked.on.connection.cursor() if asked.on is not None and shares else opened() as connection:
        try:
            if not shares:
                lock(connection, paths)
            show(connection, paths)
            _load(connection, asked.definition, asked.resolution)
            connection.execute(_judged(asked))
            yield connection
        except duckdb.Error as error:
            names = ", ".join(path.name for path in paths)
            raise EvidenceUnreadable(f"The evidence cannot be counted ({names}): {error}") from error


def _shares(connection: duckdb.DuckDBPyConnection, asked: _Asked, rows: int) -> list[str]:
    """Return conditions on `user_ref` that part the people, in the order of their references.

    What a window holds in each of its readings is a row for every change, which needs four times the memory.
    """
    [(stored,)] = connection.execute("SELECT count(*) FROM evidence").fetchall()
    at_a_time = rows if asked.readings is None else rows // 4
    number = min(_MOST_SHARES, 1 + stored // max(1, at_a_time))
    edges = [f"{256 * share // number:02x}" for share in range(1, number)]
    lower = ["true", *(f"user_ref >= '{edge}'" for edge in edges)]
    upper = [*(f"user_ref < '{edge}'" for edge in edges), "true"]
    return [f"{first} AND {last}" for first, last in zip(lower, upper, strict=True)]


def _load(connection: duckdb.DuckDBPyConnection, definition: ActivityDefinition, resolution: Resolution) -> None:
    """Put what the rules know besides evidence into tables: counted actions, aliases, excluded people."""
    if not actions.all_count(definition):
        found = [action for (action,) in connection.execute("SELECT DISTINCT action FROM evidence").fetchall()]
        counted = sorted(definition.counted_actions(found))
        connection.execute("CREATE TEMP TABLE counted_actions AS SELECT unnest($1::VARCHAR[]) AS action", [counted])
    if resolution.excluded:
        excluded = sorted(resolution.excluded)
        connection.execute("CREATE TEMP TABLE excluded AS SELECT unnest($1::VARCHAR[]) AS user_ref", [excluded])
    if resolution.aliases:
        pairs = [list(resolution.aliases.keys()), list(resolution.aliases.values())]
        columns = "unnest($1::VARCHAR[]) AS user_ref, unnest($2::VARCHAR[]) AS person"
        connection.execute(f"CREATE TEMP TABLE aliases AS SELECT {columns}", pairs)


def _judged(asked: _Asked) -> str:
    """Return the views: rows looked at, and a day bitmap, sums and minutes per unit with the rule that refuses it."""
    definition, resolution, windows, scope = asked.definition, asked.resolution, asked.windows, asked.scope
    forms, several = asked.unit, asked.readings
    parts = ", ".join(f"{form} AS {part}" for part, form in forms.items() if form)
    unit = ", ".join(part if form else f"'' AS {part}" for part, form in forms.items())
    inside = " AND ".join(f"({rule.sql(definition, windows)})" for rule in rules.SCOPE)
    qualifies = " AND ".join(f"({rule.sql(definition)})" for rule in rules.ROW)
    refused = ((rule.sql(definition, resolution, windows), rule.name) for rule in rules.VERDICT)
    verdict = " ".join(f"WHEN {condition} THEN {text_literal(name)}" for condition, name in refused)
    return f"""
        CREATE TEMP VIEW looked_at AS SELECT {parts}, events, quantity, first_minute, last_minute,
            day - DATE '{scope.start}' AS number, {qualifies} AS qualifies FROM evidence WHERE {inside};
        {several.view() if several else ""}
        CREATE TEMP VIEW judged AS SELECT *, CASE {verdict} ELSE '{COUNTED}' END AS why FROM (
            SELECT {unit},
                bitstring_agg(number, 0, {scope.days - 1}) FILTER (qualifies) AS days,
                coalesce(bit_count(bitstring_agg(number, 0, {scope.days - 1}) FILTER (qualifies)), 0) AS active_days,
                coalesce(sum(events) FILTER (qualifies), 0) AS events{several.columns() if several else ""},
                coalesce(sum(quantity) FILTER (qualifies), 0) AS quantity,
                coalesce(sum(events) FILTER (qualifies AND quantity IS NULL), 0) AS without_quantity,
                min(number * 1440 + first_minute) FILTER (qualifies) AS first_minute,
                max(number * 1440 + last_minute) FILTER (qualifies) AS last_minute
            FROM {several.rows() if several else "looked_at"} GROUP BY {asked.key}) AS units"""


def _figures(asked: _Asked, reasons: Sequence[str], share: str) -> str:
    """Return the query for the units of each verdict and for one number per day; NULL where there are no rows."""
    verdicts = ", ".join(f"count_if(why = {text_literal(reason)})" for reason in reasons)
    days = "" if asked.readings is not None else f", {_days(asked)}"
    return f"SELECT {verdicts}{days} FROM ({_SHOWN}) WHERE {share}"


def _rows_by_action(asked: _Asked) -> str:
    """Return the query for each action: whether it qualifies, its rows inside the windows and beyond them."""
    definition = asked.definition
    inside = " AND ".join(f"({rule.sql(definition, asked.windows)})" for rule in rules.SCOPE)
    qualifies = " AND ".join(f"({rule.sql(definition)})" for rule in rules.ROW)
    sums = ", ".join(f"coalesce(sum(events) FILTER ({which}), 0)" for which in (inside, f"NOT ({inside})"))
    return f"SELECT action, bool_and({qualifies}), {sums} FROM evidence GROUP BY action"


def _ids(asked: _Asked, share: str) -> str:
    """Return the query for the ids of each instance, and for all: ids, people per instance, people who count once."""
    definition, resolution = asked.definition, asked.resolution
    inside = " AND ".join(f"({rule.sql(definition, asked.windows)})" for rule in rules.SCOPE)
    person = rules.UNIT["user_ref"].sql(definition, resolution)
    units = "count(*)" if definition.per_instance else "count(DISTINCT user_ref)"
    ids = "count(DISTINCT id)" if resolution.aliases else "1"
    return f"""
        WITH there AS (
            SELECT instance, user_ref, {ids} AS ids FROM (
                SELECT instance, {person} AS user_ref, evidence.user_ref AS id FROM evidence WHERE {inside})
            WHERE {share} GROUP BY instance, user_ref)
        SELECT instance, sum(ids), count(*), 0 FROM there GROUP BY instance
        UNION ALL SELECT NULL, coalesce(sum(ids), 0), count(*), {units} FROM there"""


# `shown` are the days of people who are in the daily series, whatever the thresholds of the period say.
_SHOWN = f"SELECT *, CASE WHEN why <> '{EXCLUDED}' AND active_days > 0 THEN days END AS shown FROM judged"


def _days(asked: _Asked) -> str:
    """Return one number for each day of the period: of the day itself, or of the one window that is read at its end."""
    definition, scope = asked.definition, asked.scope
    if definition.reads_daily:
        reached = f"events >= {definition.min_events:d} AND active_days >= {definition.min_days:d}"
        return f"count_if(shown IS NOT NULL AND {reached})"
    numbers = ((day - scope.start).days if scope.contains(day) else None for day in asked.period.each_day())
    return ", ".join("0" if number is None else f"sum(get_bit(shown, {number}))" for number in numbers)


def _added_up(measure: str, share: str) -> str:
    """Return the query for each quantity of a person, how many have it, and their events without a quantity."""
    amount = "events::DECIMAL(38, 0)" if measure == COUNT else "quantity"
    without = "0" if measure == COUNT else "without_quantity"
    return f"""
        SELECT amount, count(*), sum(without) FROM (
            SELECT user_ref, sum({amount}) AS amount, sum({without}) AS without
            FROM judged WHERE why = '{COUNTED}' AND {share} GROUP BY user_ref)
        GROUP BY amount"""


def _verdict_text(scope: Period, share: str) -> str:
    """Return the query for the canonical lines: sorted pieces, in the order of the references."""
    first, last = (
        f"coalesce(strftime(TIMESTAMP '{scope.start}' + to_minutes({column}), '%Y-%m-%dT%H:%M'), '')"
        for column in ("first_minute", "last_minute")
    )
    return f"""
        SELECT array_to_string(list_sort(list(line)), '') FROM (
            SELECT left(user_ref, 2) AS shelf, concat_ws(',', user_ref,
                CASE WHEN why = '{COUNTED}' THEN 'yes' ELSE 'no' END, why, {first}, {last}, active_days, events,
                CASE WHEN instance = '' THEN '' ELSE '"' || replace(instance, '"', '""') || '"' END) || chr(10) AS line
            FROM judged WHERE {share})
        GROUP BY shelf ORDER BY shelf"""
