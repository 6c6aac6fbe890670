"""What the spellings of a file mean in evidence: users, actions and instances, each distinct spelling settled once."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from rollcall.intake import columnar_sql as sql
from rollcall.intake.checks import Names
from rollcall.intake.columnar_rows import literal
from rollcall.intake.columnar_sample import Sample
from rollcall.intake.records import Fault
from rollcall.intake.request import ReadRequest
from rollcall.intake.source import Source
from rollcall.rows import escape
from rollcall.terms.identity import user_refs


class HashesCollide(Exception):
    """Two users or two kinds of a file have one hash; nobody can add up its rows by hashes."""


class Spellings:
    """The names in the tables `users`, `others` and `sums` of one connection.

    `settle_people` makes `spelled` (u, ref, key where it differs from u) and `people` (p, u, r); `settle_kinds` makes
    `actions` (b, a), `places` (j, i) and `kinds` (k, i, a, day, t), of good spellings alone. r, a, i and t, the middle
    of a line of canonical text, are enumerations that sort as that text does. `merge` says whether two spellings mean
    the same.
    """

    def __init__(self, connection: Any, source: Source, request: ReadRequest, sample: Sample) -> None:
        self._connection = connection
        self._source = source
        self._request = request
        self._names = Names(rule=request.identity_rule, id_characters=request.limits.id_characters)
        self._times = 0
        self.merge = False
        for table, column, names in (("actions", "b", sample.actions), ("places", "j", sample.instances)):
            make_table(connection, f"{table}_coded", {column: list(names), "rank": list(range(len(names)))})

    def settle_people(self) -> None:
        """Settle the users. Raises HashesCollide."""
        spellings = self._texts("SELECT u FROM users")
        keys = {raw: key for raw in spellings if isinstance(key := self._names.user(raw), str)}
        refs = user_refs(self._request.salt, keys.values())
        self.merge = self.merge or len(set(refs)) < len(refs)
        differing = [None if key == raw else key for raw, key in keys.items()]
        make_table(self._connection, "spelled", {"u": list(keys), "ref": refs, "key": differing})
        self._connection.execute("CREATE TYPE ref_type AS ENUM (SELECT DISTINCT ref FROM spelled ORDER BY ref)")
        self._connection.execute(
            "CREATE TABLE people AS SELECT p, u, ref::ref_type AS r FROM spelled JOIN users USING (u)"
        )

    def settle_kinds(self) -> None:
        """Settle the actions, instances and days of `sums`. Raises HashesCollide."""
        [(collisions,)] = self._connection.execute(sql.COLLISIONS).fetchall()
        if collisions:
            raise HashesCollide
        self._connection.execute(f"CREATE OR REPLACE TABLE spelled_kinds AS {sql.SPELLED_KINDS}")
        if not self._times:
            self._labels("actions", "b", "a", self._texts("SELECT DISTINCT b FROM spelled_kinds"))
            self._labels("places", "j", "i", self._texts("SELECT DISTINCT j FROM spelled_kinds"))
        self._times += 1
        self._connection.execute(f"CREATE OR REPLACE TABLE meant AS {sql.MEANT}")
        self._connection.execute(f"CREATE TYPE middle{self._times} AS ENUM ({sql.MIDDLES})")
        self._connection.execute(
            f"CREATE OR REPLACE TABLE kinds AS SELECT k, i, a, day, t::middle{self._times} AS t FROM meant"
        )

    def _texts(self, query: str) -> list[str]:
        return [text for (text,) in self._connection.execute(query).fetchall()]

    def _labels(self, table: str, written: str, kept: str, spellings: list[str]) -> None:
        """Make a table from spelling to name, whose names sort as their canonical text does."""
        role = "action" if table == "actions" else "instance"
        named = {raw: label_of(role, raw, self._names, self._source, self._request) for raw in spellings}
        good = {raw: name for raw, name in named.items() if isinstance(name, str)}
        ordered = sorted(set(good.values()), key=lambda name: f"{escape(name)}\t".encode())
        self.merge = self.merge or len(ordered) < len(good)
        self._connection.execute(f"CREATE TYPE {table}_type AS ENUM ({', '.join(map(literal, ordered))})")
        make_table(
            self._connection, table, {written: list(good), kept: list(good.values())}, types={kept: f"{table}_type"}
        )


def label_of(role: str, raw: str, names: Names, source: Source, request: ReadRequest) -> str | Fault:
    """Return an action or an instance as the plain reader keeps it, or why its rows are bad; `raw` is as written, or
    what stands for it in a file that has no column of them.
    """
    if role == "action":
        return names.action(raw)
    if role not in source.positions:
        return raw
    name = names.label(raw)
    return name if name else source.mapping.constants.get("instance") or request.instance


def make_table(
    connection: Any, table: str, columns: dict[str, list[Any]], types: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Make a table of lists of texts, some of another type; `rank` is a list of numbers."""
    parts = ", ".join(
        f"unnest(${number}::{'BIGINT' if name == 'rank' else 'VARCHAR'}[]) AS {name}"
        for number, name in enumerate(columns, start=1)
    )
    cast = ", ".join(f"{name}::{types[name]} AS {name}" if name in types else name for name in columns)
    connection.execute(f"CREATE TABLE {table} AS SELECT {cast} FROM (SELECT {parts})", list(columns.values()))
