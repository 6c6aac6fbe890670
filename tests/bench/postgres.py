"""The peer: an unlogged PostgreSQL table, filled by COPY and asked in SQL."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from config.private_postgres import private_postgres

SCHEMA = "rollcall_bench"
_CHUNK = 1 << 18
_COLUMNS = {
    "event_id": "text",
    "user_id": "text",
    "occurred_at": "timestamptz",
    "action": "text",
    "instance_id": "text",
    "quantity": "bigint",
}
# Distinct pairs first: count(DISTINCT ...) would sort everything in one process.
_QUESTION = """
    WITH active AS (
        SELECT DISTINCT lower(user_id) AS person, (occurred_at AT TIME ZONE %(timezone)s)::date AS day
        FROM usage WHERE action = ANY(%(actions)s)
    ), month AS (SELECT * FROM active WHERE day >= %(start)s AND day < %(end)s)
    SELECT NULL::date, count(*) FROM (SELECT DISTINCT person FROM month)
    UNION ALL (SELECT day, count(*) FROM month GROUP BY day ORDER BY day)"""


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Yield the address of the project's own server where one is named, else of a private one in a folder."""
    for name in ("ROLLCALL_PG_URL", "DATABASE_OWNER_URL", "DATABASE_URL"):
        if os.environ.get(name):
            yield os.environ[name]
            return
    with private_postgres(folder) as addresses:
        yield addresses.owner()


class Postgres:
    """A connection with a schema of its own, dropped at the end."""

    def __init__(self, address: str) -> None:
        self._connection = psycopg.connect(address, autocommit=True)
        self._connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {0} CASCADE; CREATE SCHEMA {0}").format(_schema()))
        self._connection.execute(sql.SQL("SET search_path TO {}").format(_schema()))
        self._connection.execute("SET work_mem = '256MB'")

    def __enter__(self) -> Postgres:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(_schema()))
        self._connection.close()

    @property
    def version(self) -> str:
        """The server's version."""
        return str(self._connection.info.server_version // 10_000)

    def _worked(self) -> float:
        """Return the processor seconds that this process and the server's have used; the server's where they show."""
        stat = Path(f"/proc/{self._connection.info.backend_pid}/stat")
        if not stat.exists():
            return time.process_time()
        user, system = stat.read_text().rpartition(")")[2].split()[11:13]
        return time.process_time() + (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def copy(self, path: Path) -> tuple[float, float]:
        """Load a CSV file into a new unlogged table and return (seconds, processor seconds)."""
        with path.open() as file:
            header = file.readline().strip().split(",")
        columns = sql.SQL(", ").join(sql.SQL(f"{name} {_COLUMNS[name]}") for name in header)
        self._connection.execute(
            sql.SQL("DROP TABLE IF EXISTS usage; CREATE UNLOGGED TABLE usage ({})").format(columns)
        )
        started, worked = time.perf_counter(), self._worked()
        with (
            path.open("rb") as source,
            self._connection.cursor() as cursor,
            cursor.copy("COPY usage FROM STDIN (FORMAT csv, HEADER true)") as loading,
        ):
            while chunk := source.read(_CHUNK):
                loading.write(chunk)
        return time.perf_counter() - started, self._worked() - worked

    def count(self, request: dict[str, Any]) -> tuple[float, int, dict[str, int]]:
        """Return (seconds, active users of the period, users by day)."""
        asked = {key: request[key] for key in ("timezone", "start", "end")} | {
            "actions": request["definition"]["actions"]
        }
        started = time.perf_counter()
        (_, users), *daily = self._connection.execute(_QUESTION, asked).fetchall()
        return time.perf_counter() - started, users, {day.isoformat(): found for day, found in daily}


def _schema() -> sql.Identifier:
    return sql.Identifier(SCHEMA)
