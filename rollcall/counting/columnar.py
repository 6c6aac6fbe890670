"""The fast counter: DuckDB over evidence files, in one pass for the figures.

It gathers a day bitmap per unit (person, or person and instance) and reads the figures from the bitmaps; minutes and
sums for the list of verdicts are read in a second pass, when somebody asks for the list. It must say exactly what
`plain` says; a property test and deliberate mutations hold it to that.

The connection sees the given evidence files and nothing else: no other file, no network, no extension; its
configuration is locked before the first query.
"""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from rollcall.counting import rules
from rollcall.counting.answer import COUNTED, CountResult, Verdicts
from rollcall.counting.rules import actions
from rollcall.counting.rules.exclusions import EXCLUDED
from rollcall.period import Period
from rollcall.rows import PARQUET_COLUMNS
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import NO_RESOLUTION, Resolution

THREADS = 2
MEMORY_LIMIT_MB = 512

# Evidence with more rows is counted in shares of its people, one after the other, so that memory stays flat. A person
# is in one share, so shares add up exactly. The list of verdicts needs four times the memory of the figures.
ROWS_AT_A_TIME = 1_000_000
_MOST_SHARES = 256


class EvidenceUnreadable(ValueError):
    """An evidence file is missing, damaged or not evidence; it can be made again from the raw report."""


def count(
    *,
    parquet_paths: Sequence[Path],
    definition: ActivityDefinition,
    period: Period,
    resolution: Resolution = NO_RESOLUTION,
    rows_at_a_time: int = ROWS_AT_A_TIME,
) -> CountResult:
    """Count the active users of a period from evidence files, in any order; a path given twice is read once.

    Rows of the same user, instance, action and day from several files add up. The verdicts read the files again, so the
    files must stay where they are until the verdicts are written. Raises EvidenceUnreadable, WindowNotCounted.
    """
    rules.check(definition)
    paths = sorted({Path(path).resolve() for path in parquet_paths})

    def verdict_text() -> Iterator[bytes]:
        with _counting(paths, definition, period, resolution) as connection:
            for share in _shares(connection, rows_at_a_time // 4):
                connection.execute(_verdict_text(period, share))
                while pieces := connection.fetchmany(16):
                    yield from (piece.encode() for (piece,) in pieces)

    sums = [0] * (period.days + 1)
    with _counting(paths, definition, period, resolution) as connection:
        for share in _shares(connection, rows_at_a_time):
            figures = connection.execute(_figures(period, share)).fetchall()[0]
            sums = [before + (more or 0) for before, more in zip(sums, figures, strict=True)]
    return CountResult(
        period=period,
        definition_digest=definition.digest(),
        active_users=sums[0],
        daily_active_users={day: users for day, users in zip(period.each_day(), sums[1:], strict=True) if users},
        verdicts=Verdicts(verdict_text),
    )


@contextmanager
def _counting(
    paths: Sequence[Path], definition: ActivityDefinition, period: Period, resolution: Resolution
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection with the view `judged`: every unit of the period with its sums and its verdict."""
    for path in paths:
        if not path.is_file():
            raise EvidenceUnreadable(f"The evidence file {path.name} is not there.")
    limits: dict[str, str | bool | int | float | list[str]] = {
        "threads": THREADS,
        "memory_limit": f"{MEMORY_LIMIT_MB}MB",
        "temp_directory": "",
    }
    with duckdb.connect(config=limits) as connection:
        try:
            _lock(connection, paths)
            _load(connection, definition, resolution)
            connection.execute(_judged(definition, period, resolution))
            yield connection
        except duckdb.Error as error:
            names = ", ".join(path.name for path in paths)
            raise EvidenceUnreadable(f"The evidence cannot be counted ({names}): {error}") from error


def _shares(connection: duckdb.DuckDBPyConnection, rows: int) -> list[str]:
    """Return conditions on `user_ref` that part the people, in the order of their references."""
    [(stored,)] = connection.execute("SELECT count(*) FROM evidence").fetchall()
    number = min(_MOST_SHARES, 1 + stored // max(1, rows))
    edges = [f"{256 * share // number:02x}" for share in range(1, number)]
    lower = ["true", *(f"user_ref >= '{edge}'" for edge in edges)]
    upper = [*(f"user_ref < '{edge}'" for edge in edges), "true"]
    return [f"{first} AND {last}" for first, last in zip(lower, upper, strict=True)]


def _lock(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> None:
    """Let the connection see the evidence, under the name `evidence`, and nothing else in the world."""
    # DuckDB takes a path for a pattern: here it is a name, and both spellings of that name may be opened.
    names = sorted({spelling for path in paths for spelling in (str(path), glob.escape(str(path)))})
    connection.execute(f"SET allowed_paths = [{', '.join(map(_text, names))}]")
    connection.execute("SET enable_external_access = false; SET lock_configuration = true")
    if paths:
        files = ", ".join(_text(glob.escape(str(path))) for path in paths)
        connection.execute(f"CREATE TEMP VIEW evidence AS SELECT * FROM read_parquet([{files}])")
    else:
        columns = ", ".join(f"NULL::{kind} AS {name}" for name, kind in PARQUET_COLUMNS.items())
        connection.execute(f"CREATE TEMP VIEW evidence AS SELECT {columns} WHERE false")
    found = {name: kind for name, kind, *_ in connection.execute("DESCRIBE evidence").fetchall()}
    if found != {name: kind.replace(" ", "") for name, kind in PARQUET_COLUMNS.items()}:
        raise EvidenceUnreadable("A file that should be evidence has other columns than evidence has.")


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


def _judged(definition: ActivityDefinition, period: Period, resolution: Resolution) -> str:
    """Return the view: a day bitmap, sums and minutes per unit, and the first rule that refuses it."""
    forms = {part: rule.sql(definition, resolution) for part, rule in rules.UNIT.items()}
    parts = ", ".join(f"{form} AS {part}" for part, form in forms.items() if form)
    key = ", ".join(part for part, form in forms.items() if form)
    unit = ", ".join(part if form else f"'' AS {part}" for part, form in forms.items())
    scope = " AND ".join(f"({rule.sql(definition, period)})" for rule in rules.SCOPE)
    qualifies = " AND ".join(f"({rule.sql(definition)})" for rule in rules.ROW)
    verdict = " ".join(f"WHEN {rule.sql(definition, resolution)} THEN {_text(rule.name)}" for rule in rules.VERDICT)
    return f"""
        CREATE TEMP VIEW judged AS SELECT *, CASE {verdict} ELSE '{COUNTED}' END AS why FROM (
            SELECT {unit},
                bitstring_agg(number, 0, {period.days - 1}) FILTER (qualifies) AS days,
                coalesce(bit_count(bitstring_agg(number, 0, {period.days - 1}) FILTER (qualifies)), 0) AS active_days,
                coalesce(sum(events) FILTER (qualifies), 0) AS events,
                min(number * 1440 + first_minute) FILTER (qualifies) AS first_minute,
                max(number * 1440 + last_minute) FILTER (qualifies) AS last_minute
            FROM (SELECT {parts}, events, first_minute, last_minute,
                    day - DATE '{period.start}' AS number, {qualifies} AS qualifies
                FROM evidence WHERE {scope})
            GROUP BY {key}) AS units"""


def _figures(period: Period, share: str) -> str:
    """Return the query for the number of active users and for one number per day; NULL where there are no rows."""
    days = ", ".join(f"count_if(why <> '{EXCLUDED}' AND get_bit(days, {number}) = 1)" for number in range(period.days))
    return f"SELECT count_if(why = '{COUNTED}'), {days} FROM judged WHERE {share}"


def _verdict_text(period: Period, share: str) -> str:
    """Return the query for the canonical lines: sorted pieces, in the order of the references."""
    first, last = (
        f"coalesce(strftime(TIMESTAMP '{period.start}' + to_minutes({column}), '%Y-%m-%dT%H:%M'), '')"
        for column in ("first_minute", "last_minute")
    )
    return f"""
        SELECT array_to_string(list_sort(list(line)), '') FROM (
            SELECT left(user_ref, 2) AS shelf, concat_ws(',', user_ref,
                CASE WHEN why = '{COUNTED}' THEN 'yes' ELSE 'no' END, why, {first}, {last}, active_days, events,
                CASE WHEN instance = '' THEN '' ELSE '"' || replace(instance, '"', '""') || '"' END) || chr(10) AS line
            FROM judged WHERE {share})
        GROUP BY shelf ORDER BY shelf"""


def _text(value: str) -> str:
    """Return an SQL text literal."""
    return "'" + value.replace("'", "''") + "'"
