"""What the spellings of a file mean in evidence: users, actions and instances, each distinct spelling settled once."""

from __future__ import annotations

from typing import Any

from rollcall.intake.checks import Names
from rollcall.intake.request import ReadRequest
from rollcall.intake.source import Source
from rollcall.rows import escape
from rollcall.terms.identity import user_refs


class Spellings:
    """The names in the table `sums` of one connection.

    `settle` makes `spelled` (u, ref, key where it differs from u), `people` (u, r), `actions` (b, a) and `places`
    (j, i), of good spellings alone; r, a and i are enumerations that sort as the canonical text does. `escapes` says
    whether a label needs the escapes of that text, `merge` whether two spellings mean the same.
    """

    def __init__(self, connection: Any, source: Source, request: ReadRequest) -> None:
        self._connection = connection
        self._source = source
        self._request = request
        self._names = Names(rule=request.identity_rule, id_characters=request.limits.id_characters)
        self.escapes = False
        self.merge = False

    def settle(self) -> None:
        """Make the tables."""
        self._people(self._spelled("u"))
        self._labels("actions", "b", "a", self._spelled("b"))
        self._labels("places", "j", "i", self._spelled("j"))

    def _spelled(self, column: str) -> list[str]:
        rows = self._connection.execute(f"SELECT DISTINCT {column} FROM sums").fetchall()
        return [text for (text,) in rows]

    def _people(self, spellings: list[str]) -> None:
        keys = {raw: key for raw in spellings if isinstance(key := self._names.user(raw), str)}
        refs = user_refs(self._request.salt, keys.values())
        self.merge = len(set(refs)) < len(refs)
        differing = [None if key == raw else key for raw, key in keys.items()]
        make_table(self._connection, "spelled", {"u": list(keys), "ref": refs, "key": differing})
        self._connection.execute("CREATE TYPE ref_type AS ENUM (SELECT DISTINCT ref FROM spelled ORDER BY ref)")
        self._connection.execute("CREATE TABLE people AS SELECT u, ref::ref_type AS r FROM spelled")

    def _labels(self, table: str, written: str, kept: str, spellings: list[str]) -> None:
        """Make a table from spelling to name, whose names sort as their canonical text does."""
        role = "action" if table == "actions" else "instance"
        good = {raw: name for raw in spellings if (name := self._label(role, raw)) is not None}
        ordered = sorted(set(good.values()), key=lambda name: f"{escape(name)}\t".encode())
        self.merge = self.merge or len(ordered) < len(good)
        self.escapes = self.escapes or any(escape(name) != name for name in ordered)
        make_table(self._connection, f"{table}_order", {"name": ordered, "rank": list(range(len(ordered)))})
        self._connection.execute(f"CREATE TYPE {table}_type AS ENUM (SELECT name FROM {table}_order ORDER BY rank)")
        make_table(self._connection, f"{table}_spelled", {written: list(good), kept: list(good.values())})
        self._connection.execute(
            f"CREATE TABLE {table} AS SELECT {written}, {kept}::{table}_type AS {kept} FROM {table}_spelled"
        )

    def _label(self, role: str, raw: str) -> str | None:
        """Return an action or instance as the plain reader keeps it, None when its rows are bad."""
        if role == "action":
            name = self._names.action(raw)
        elif role in self._source.positions:
            name = self._names.label(raw)
        else:
            return raw
        if not isinstance(name, str):
            return None
        constant = self._source.mapping.constants.get("instance") or self._request.instance
        return name or (constant if role == "instance" else "")


def make_table(connection: Any, table: str, columns: dict[str, list[Any]]) -> None:
    """Make a table of lists of texts; `rank` is a list of numbers."""
    parts = (
        f"unnest(${number}::{'BIGINT' if name == 'rank' else 'VARCHAR'}[]) AS {name}"
        for number, name in enumerate(columns, start=1)
    )
    connection.execute(f"CREATE TABLE {table} AS SELECT {', '.join(parts)}", list(columns.values()))
